/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * poolcheck: what `ntpxdp poolcheck` has found out about a host, between the one who asks
 * (poolcheck.c) and the one who prints (poolcheck_report.c). The judgement is pool_score.h's, the
 * rules are pool_rules.h's.
 */
#ifndef CONTROL_CLI_POOLCHECK_H
#define CONTROL_CLI_POOLCHECK_H

#include "control/cli/options.h"
#include "control/cli/own_time.h"
#include "control/cli/pool_rules.h"
#include "control/cli/pool_score.h"

struct json_object;
struct session;

#define POOLCHECK_REASON_MAX 160

/* One address of the host. */
struct poolcheck_family {
	int family; /* AF_INET, AF_INET6 */
	struct sockaddr_storage address;
	char text[64];
	enum own_address own;
	char not_judged[POOLCHECK_REASON_MAX]; /* why no check can be made from here; "": it can */
	struct pool_score_reply replies[POOL_SCORE_REQUESTS]; /* of the last check */
	int reply_count;
	struct pool_score_check check; /* the last one */
	struct pool_score_course course;
	int stratum;                     /* of the last reply that counted; 0: none */
	struct json_object *json_checks; /* NULL without --json */
};

struct poolcheck {
	const struct options *options;
	const struct session *session;
	struct own_time clock;
	bool own_page; /* the server served the very time that it was judged by */
	struct poolcheck_family families[2];
	int family_count;
	struct pool_rule rules[POOL_RULES_MAX];
	size_t rule_count;
};

/* Would the pool give this address to clients, if checks go on like this? */
bool poolcheck_in_pool(const struct poolcheck_family *family);

/* After the clock was chosen, and before the first check of an address. */
void poolcheck_print_clock(const struct poolcheck *poolcheck);
void poolcheck_print_address(const struct poolcheck_family *family);

/* After each check: the lines, or an entry in json_checks. */
void poolcheck_report_check(struct poolcheck_family *family);

/* After each check: leaves it with this host's daemon, where the address is this host's (silently,
 * if it can be) or where --record asks for it (it says why it cannot be). */
void poolcheck_keep(const struct poolcheck *poolcheck, const struct poolcheck_family *family);

/* After the last check of an address. */
void poolcheck_print_course(const struct poolcheck_family *family);

/* After all: the rules; or the whole object, for --json. */
void poolcheck_print_rules(const struct poolcheck *poolcheck);
struct json_object *poolcheck_object(const struct poolcheck *poolcheck);

#endif
