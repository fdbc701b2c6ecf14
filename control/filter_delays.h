// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The newest round trips of one source, for control/filter.c: the least of them, how they are
 * spread, and whether all of a sudden they are those of a longer route. What
 * follows for the time is the filter's. Pure; the filter owns the struct. Units: ns.
 */
#ifndef CONTROL_FILTER_DELAYS_H
#define CONTROL_FILTER_DELAYS_H

#include <stdbool.h>
#include <stdint.h>

#define FILTER_DELAYS        64 /* least delay over so many samples */
#define FILTER_ROUTE_SAMPLES 8  /* so many in a row say that the route has changed */

/* All zero: no delay yet. */
struct filter_delays {
	int64_t newest[FILTER_DELAYS]; /* a ring */
	unsigned count;                /* ever seen since the start or a longer route */
	int64_t least_ns;
};

/*
 * Takes a delay in. True when this and those just before it are of a longer route than the rest
 * was: then only they count. slack_ns: what reading the clocks may add.
 */
bool filter_delays_add(struct filter_delays *delays, int64_t delay_ns, int64_t slack_ns);

/* How many there are, up to FILTER_DELAYS. */
unsigned filter_delays_count(const struct filter_delays *delays);

/* The value at a share (0..1) of the newest `count` of them, sorted. */
int64_t filter_delays_quantile(const struct filter_delays *delays, unsigned count, double share);

#endif
