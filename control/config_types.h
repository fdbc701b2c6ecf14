/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The settings that are more than one value: a source, an interface, an address, `makestep` and
 * the like, as struct config of config.h holds them. No state; included by config.h.
 */
#ifndef CONTROL_CONFIG_TYPES_H
#define CONTROL_CONFIG_TYPES_H

#include <stdbool.h>
#include <stdint.h>

#include "control/config_prefix.h"

#define CONFIG_HOST_MAX 256

/* The line that said something: control/config_origin.h tells its file. Line 0: no line did, it is
 * a default. */
struct config_origin {
	int line;
	int file; /* in struct config's `files` */
};

enum config_clock {
	CONFIG_CLOCK_PAGE,
	CONFIG_CLOCK_SYSTEM
};
enum config_mode {
	CONFIG_MODE_AUTO,
	CONFIG_MODE_NATIVE,
	CONFIG_MODE_GENERIC
};
enum config_reply_path {
	CONFIG_REPLY_REFLECT,
	CONFIG_REPLY_FIB
};

/* One `server`, `pool` or `mirror` line. */
struct config_source {
	char host[CONFIG_HOST_MAX];
	uint16_t port;
	bool pool;
	bool mirror; /* a `mirror` line: the only source */
	bool iburst;
	bool burst;
	bool prefer;
	bool noselect;
	bool xleave;          /* ask in interleaved mode (RFC 9769) */
	bool trust;           /* not voted down by sources without this mark */
	bool require;         /* one of these must agree, or nothing is believed */
	int family;           /* AF_UNSPEC, AF_INET (-4), AF_INET6 (-6) */
	int minpoll, maxpoll; /* log2 s */
	int maxsources;       /* members wanted of a pool */
	int version;          /* NTP version of the requests, 3 or 4 */
	double maxdelay_s;    /* samples with a longer round trip are refused */
	struct config_origin origin;
};

/* One `interface` line: attach there at start. */
struct config_interface {
	char name[16]; /* IFNAMSIZ */
	enum config_mode mode;
	enum config_reply_path reply_path;
	struct config_origin origin;
};

/* One `serve` line: answered for although no interface carries it. */
struct config_address {
	int family;        /* AF_INET, AF_INET6 */
	uint8_t bytes[16]; /* network order; 4 of them with AF_INET */
	struct config_origin origin;
};

/* `metrics ADDR:PORT|off`; port 0 is off. */
struct config_listen {
	char host[64];
	uint16_t port;
};

/* `makestep THRESHOLD LIMIT`, for `clock system`; limit 0 never, below 0 always. */
struct config_makestep {
	double threshold_s;
	int limit;
};

/* `ratelimit` (chrony.conf(5)); also of `discard` and `restrict ... limited` (ntp.conf(5)). */
struct config_ratelimit {
	bool on;      /* asked for; the values are set in any case */
	int interval; /* log2 s */
	int burst;
	int leak;    /* one in 2^leak of those over the limit is answered; log2 */
	int kod;     /* one in 2^kod of the limited gets a RATE kiss; log2, 0: none */
	int prefix6; /* IPv6 clients count by networks of so many bits */
};

enum config_rule_word {
	CONFIG_RULE_ALLOW,
	CONFIG_RULE_DENY,
	CONFIG_RULE_RESTRICT
};

/* One prefix of an `allow`, `deny` or `restrict` line. */
struct config_rule {
	enum config_rule_word word;
	struct config_prefix prefix;
	uint32_t flags; /* ACCESS_* of dataplane/core/access.h */
	bool ntpport;   /* only for requests from port 123 */
	struct config_origin origin;
};

/* `maxchange OFFSET START IGNORE`, for `clock system`. */
struct config_maxchange {
	double offset_s; /* 0: no limit */
	int start;       /* not asked in the first so many updates */
	int ignored;     /* so many are let pass before the clock is given up; below 0: all */
};

/* `local`, as in control/local_reference.h. */
struct config_local {
	int stratum; /* 0: no local reference */
	bool orphan;
	double distance_s, activate_s;
	double waitsynced_s, waitunsynced_s;
};

#endif
