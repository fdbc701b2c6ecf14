/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The census: how many clients there are, how often they ask and how much, as sums over the client
 * table. The table may have millions of rows, and the loop that walks it keeps the time, so that it
 * is walked in slices of bounded time and the last complete count is kept. Nobody's address
 * is kept. Pure: time is handed in; control/census_taker.h turns it in the daemon's loop.
 */
#ifndef CONTROL_CENSUS_H
#define CONTROL_CENSUS_H

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/state/state.h"

/*
 * Upper bounds of the histograms' buckets. Clients ask every 2^n s, some a little later: the bounds
 * of intervals lie between.
 */
#define CENSUS_INTERVALS 13
#define CENSUS_REQUESTS  11
extern const double census_interval_bounds_s[CENSUS_INTERVALS];
extern const double census_request_bounds[CENSUS_REQUESTS];

#define CENSUS_MINUTE_S 60.0
#define CENSUS_HOUR_S   3600.0

/* Each client in one bucket, the one more is for what lies above all bounds. */
struct census_result {
	uint64_t clients[FRAME_FAMILIES]; /* in the table */
	uint64_t minute[FRAME_FAMILIES];  /* of them, those that asked in the last minute ... */
	uint64_t hour[FRAME_FAMILIES];    /* ... and hour */
	uint64_t limited; /* ... those that were over the rate limit since they are known */
	uint64_t interval[CENSUS_INTERVALS + 1]; /* of clients that asked twice */
	uint64_t requests[CENSUS_REQUESTS + 1];
	double interval_sum_s, request_sum;
	uint64_t capacity; /* rows of the table */
	uint64_t begun_ns; /* CLOCK_MONOTONIC */
};

struct census {
	struct census_result last, next;
	bool known;           /* `last` is a whole count of the table that there is */
	bool walking;         /* `next` is under way, up to the set `at` */
	uint32_t at, of_sets; /* of_sets: of the table that is walked */
	uint64_t seed;        /* that its clients are stored under */
};

/* Begins anew, unless a walk is under way. */
void census_begin(struct census *census, const struct state *state, uint64_t now_ns);

/*
 * Counts the clients of so many sets; true while there are more. A table that was replaced ends the
 * walk without a result.
 */
bool census_walk(struct census *census, const struct state *state, uint64_t now_ns, uint32_t sets);

/* The last complete count; NULL: there is none, or no table. */
const struct census_result *census_last(const struct census *census, const struct state *state);

#endif
