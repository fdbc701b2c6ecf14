// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whether the daemon's answer to "health" (or the pins') is good enough for who asks, and if not,
 * which thresholds failed and why. Pure; for `ntpxdp health` (health.c).
 */
#ifndef CONTROL_CLI_HEALTH_JUDGE_H
#define CONTROL_CLI_HEALTH_JUDGE_H

#include "control/cli/options.h"

struct json_object;

#define HEALTH_REASON_MAX 400

/* What can fail; the names are the options'. X(symbol, name) */
#define HEALTH_CHECKS(X)                                                                           \
	X(TIME, "time")                                                                            \
	X(MAX_ERROR, "max-error")                                                                  \
	X(MIN_SOURCES, "min-sources")                                                              \
	X(MAX_AGE, "max-age")

enum health_check {
#define HEALTH_ENUM(symbol, name) HEALTH_##symbol,
	HEALTH_CHECKS(HEALTH_ENUM)
#undef HEALTH_ENUM
	HEALTH_COUNT
};

struct health_verdict {
	bool failed[HEALTH_COUNT];
	char reason[HEALTH_REASON_MAX]; /* all that failed; "" where nothing did */
};

/* TIME: there is good time at all; where it fails, no threshold is looked at. */
void health_judge(const struct options *options, struct json_object *answer,
	struct health_verdict *ret_verdict);

const char *health_check_name(enum health_check check);

#endif
