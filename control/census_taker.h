/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Takes the census (control/census.h) in the daemon's loop: a slice of half a millisecond at most,
 * then a pause in which the clock has its turn. Nobody asks, nothing is counted.
 * Owned by the daemon.
 */
#ifndef CONTROL_CENSUS_TAKER_H
#define CONTROL_CENSUS_TAKER_H

#include "control/census.h"

struct census_taker;
struct event_base;

/* 0 or -ENOMEM. The state outlives it. */
int census_taker_new(
	struct event_base *base, const struct state *state, struct census_taker **ret_taker);
void census_taker_free(struct census_taker *taker);

/* The last complete count, or NULL; one that is older than some seconds is made anew, for the next
 * who asks. */
const struct census_result *census_taker_ask(struct census_taker *taker);

/* The longest slice so far, s: how long the loop was held up at most. */
double census_taker_longest_s(const struct census_taker *taker);

#endif
