/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pool_rules: what the NTP pool asks of a server that joins, as far as it can be seen from here:
 * the pages "How do I join pool.ntp.org" and "Configuration recommendations" of ntppool.org, and
 * the tests of its web side when a server is added. Pure: facts in, verdicts and words out; finding
 * the facts out is poolcheck.c's.
 */
#ifndef CONTROL_CLI_POOL_RULES_H
#define CONTROL_CLI_POOL_RULES_H

#include "control/cli/own_address.h"

#include <stdbool.h>
#include <stddef.h>

struct config;

/* Facts about one server, of which it may have an address of each family. */
struct pool_rules_address {
	const struct sockaddr_storage *address; /* NULL: the host has none of this family */
	enum own_address own;
	int stratum; /* that it answered; 0: it gave no time, or was not asked */
};

struct pool_rules_facts {
	const struct config *config; /* of the server; NULL: not to be seen from here */
	struct pool_rules_address ipv4, ipv6;
	bool one_family; /* nobody looked for the other one */
};

enum pool_rules_state {
	POOL_RULES_KEPT,
	POOL_RULES_BROKEN,
	POOL_RULES_UNKNOWN,
};

#define POOL_RULES_TEXT_MAX 320
#define POOL_RULES_MAX      7

struct pool_rule {
	const char *name; /* one word */
	enum pool_rules_state state;
	char text[POOL_RULES_TEXT_MAX];
};

const char *pool_rules_state_name(enum pool_rules_state state); /* "kept", "broken", "unknown" */

/* All rules, in a fixed order. Their number. */
size_t pool_rules_look(
	const struct pool_rules_facts *facts, struct pool_rule ret_rules[POOL_RULES_MAX]);

#endif
