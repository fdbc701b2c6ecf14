/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The settings of one ntpxdp.conf, as values. Reading a file checks every line
 * against the table in config_table.h and hands all complaints and remarks to the
 * caller's sink: this module logs nothing and changes nothing outside the struct.
 * Used by the daemon, by `ntpxdp attach` without a daemon, and by the tests.
 * The caller owns the struct; nothing in it changes after loading.
 */
#ifndef CONTROL_CONFIG_H
#define CONTROL_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "control/config_answered.h"
#include "control/config_hardware.h"
#include "control/config_remark.h"
#include "control/config_types.h"

#define CONFIG_DEFAULT_FILE "/etc/ntpxdp/ntpxdp.conf"
#define CONFIG_PATH_MAX     1024
#define CONFIG_SOCKET_MAX   108  /* sun_path */
#define CONFIG_ROWS_MAX     192  /* rows of the table; checked where the table is */
#define CONFIG_LIST_MAX     1024 /* sources, interfaces or serve addresses in all files */
#define CONFIG_FILES_MAX    1024 /* that one file includes */

struct config {
	struct config_source *sources;
	size_t source_count;
	bool mirror; /* the one source is the server of a `mirror` line */
	struct config_interface *interfaces;
	size_t interface_count;
	struct config_address *serve;
	size_t serve_count;
	struct config_rule
		*rules; /* in the order of the file; of the same prefix the later holds */
	size_t rule_count;
	uint32_t access_default; /* ACCESS_* of clients that no rule holds for */
	struct config_ratelimit ratelimit;
	double clientlog_bytes; /* of the client table; 0: clients are neither counted nor limited
				 */
	struct config_hardware_list hardware;
	struct config_answered_list answered;
	int dscp; /* 0 to 63, of replies */

	int port;                          /* UDP port served; 0 serves on no socket */
	char driftfile[CONFIG_PATH_MAX];   /* empty: none */
	char leapseclist[CONFIG_PATH_MAX]; /* empty: none */
	struct config_local local;
	int clock; /* enum config_clock */
	struct config_makestep makestep;
	struct config_maxchange maxchange;
	bool rtcsync; /* was asked for; the kernel does it whenever its clock is steered */
	double maxslewrate_ppm;
	int minsources; /* 0: 3 where three or more are configured, else all of them */
	double maxdistance_s;
	double holdover_s;
	bool unsynchronised_drop;
	bool interleaved;
	double busypoll_s;
	int workers; /* threads of the socket engine; 0: the daemon's loop is */
	struct config_listen metrics;
	char control[CONFIG_SOCKET_MAX]; /* empty: off */
	char pindir[CONFIG_PATH_MAX];
	char user[64];

	char **files; /* that were read: first what config_load() was given, then those included */
	int file_count;
	struct config_origin origins[CONFIG_ROWS_MAX]; /* by table row: the line that set it */
	struct config_remembered *remembered;          /* what else was said about lines, for -p */
	size_t remembered_count;
};

/* Every default of the table. NULL and errno on failure. */
struct config *config_new(void);
void config_free(struct config *config);
/* The file that was given to config_load(), "" before. */
const char *config_file_name(const struct config *config);
/*
 * Reads a file, and all that it includes, into settings fresh from config_new(). All errors of the
 * file are said, not only the first. 0; -EINVAL after at least one CONFIG_ERROR; another negative
 * errno when the file cannot be read (nothing said).
 */
int config_load(struct config *config, const char *path, const struct config_sink *sink);

/* From memory. */
struct config_text {
	const char *name, *text; /* the name stands in the remarks; what is included is beside it */
	size_t length;
	bool alone; /* it may include nothing */
};
int config_parse(
	struct config *config, const struct config_text *text, const struct config_sink *sink);
/* Writes every setting as a line that config_load() would take, and where it came from. */
void config_print(const struct config *config, FILE *out);
/* Writes the table: each word, its default and what it does. */
void config_help(FILE *out);

/* With fewer, one that lies and one that is down cannot both be borne; more are a burden to others
 * and no gain: what the NTP pool asks of its servers, and RFC 8633 sec. 3.2 ("at least four"). */
#define CONFIG_SOURCES_MIN 4
#define CONFIG_SOURCES_MAX 7

/* pool.ntp.org, its zones, and those of vendors, such as 2.debian.pool.ntp.org. */
bool config_is_the_pool(const char *host);

/* Calls `differs` for each setting that differs; `live`: a running daemon can take the new one. */
void config_compare(const struct config *old, const struct config *new,
	void (*differs)(void *arg, const char *name, bool live), void *arg);
/* Puts back into `config` what a running daemon cannot change. Lists can all change. */
void config_keep_fixed(struct config *config, const struct config *running);

#endif
