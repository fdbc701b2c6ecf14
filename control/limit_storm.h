/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When so much of the traffic is over the rate limit that somebody should look: a storm. It begins
 * when over LIMIT_STORM_WINDOW_S both a share of the requests and a number a second are over the
 * limit, so that a handful of impatient clients on a quiet server is none; it ends after
 * LIMIT_STORM_CALM_S with clearly less, so that what swings around the threshold is one storm.
 * Pure: the caller hands in the counters once a second (daemon_watch.c).
 */
#ifndef CONTROL_LIMIT_STORM_H
#define CONTROL_LIMIT_STORM_H

#include <stdbool.h>
#include <stdint.h>

#define LIMIT_STORM_WINDOW_S 10
#define LIMIT_STORM_CALM_S   30

/* Begins at both of these, is calm below one of those. */
#define LIMIT_STORM_BEGIN_SHARE 0.2
#define LIMIT_STORM_BEGIN_PER_S 100
#define LIMIT_STORM_CALM_SHARE  0.1
#define LIMIT_STORM_CALM_PER_S  50

/* Counters since the engines began; requests includes those over the limit. */
struct limit_storm_count {
	uint64_t requests, limited;
};

enum limit_storm_change {
	LIMIT_STORM_NONE,
	LIMIT_STORM_BEGINS,
	LIMIT_STORM_ENDS
};

/* Zero at first. */
struct limit_storm {
	struct limit_storm_count at[LIMIT_STORM_WINDOW_S + 1]; /* a ring; when: at_ns */
	uint64_t at_ns[LIMIT_STORM_WINDOW_S + 1];
	unsigned int next, known;
	bool raging;
	uint64_t began_ns, rough_ns;            /* when it began; when it was last not calm */
	struct limit_storm_count sum, at_rough; /* since it began; the same at rough_ns */
};

/* What is told: at the begin of the window, at the end of the whole storm until it was calm. */
struct limit_storm_figures {
	double requests_per_s, limited_per_s;
	uint64_t duration_ns;
};

/*
 * One look at the counters at `now_ns`, of a clock that does not go back. Counters that went back
 * (they were made anew) begin a new window. ret_figures is filled where something changed.
 */
enum limit_storm_change limit_storm_look(struct limit_storm *storm, uint64_t now_ns,
	const struct limit_storm_count *count, struct limit_storm_figures *ret_figures);

#endif
