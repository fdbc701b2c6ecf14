// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The clock of one network card against CLOCK_MONOTONIC_RAW, out of readings of both: a straight
 * line through the last readings, weighted by how short a time each took, with a bound of its
 * error. The card may count from any epoch (TAI, UTC, 0), drift, and be stepped or stand still:
 * what does not fit the line begins a new one, and until that is known no stamp is converted. Pure;
 * control/hardware.c reads the card and owns the struct.
 */
#ifndef CONTROL_HARDWARE_RELATION_H
#define CONTROL_HARDWARE_RELATION_H

#include <stdbool.h>
#include <stdint.h>

#include "control/clocks.h"
#include "dataplane/core/cardclock.h"

#define HARDWARE_RELATION_SAMPLES 16
/* A longer reading was interrupted and tells too little. */
#define HARDWARE_WINDOW_MAX_NS    1000000U
/* Cards are within 100 ppm, and may be steered by some 100 more; what runs otherwise is no clock.
 */
#define HARDWARE_RATE_MAX         1e-3
/* A stamp so long before or after the last reading is not converted. */
#define HARDWARE_REACH_NS         60000000000ULL

/* One reading of both clocks. */
struct hardware_sample {
	uint64_t card_ns;
	uint64_t raw_ns;    /* middle of the time that the reading took */
	uint32_t window_ns; /* that time: the card was read within it */
};

struct hardware_relation {
	struct hardware_sample list[HARDWARE_RELATION_SAMPLES]; /* oldest first */
	unsigned count;
	unsigned resets;          /* lines given up, since the start */
	bool known;               /* what follows is a line */
	uint64_t card_ns, raw_ns; /* a point of it, at the newest reading */
	double rate;              /* RAW ns per card ns, less 1 */
	double error_ns;          /* bound at that point */
	double rate_error;        /* bound of the rate's, with the oscillators' wander */
};

enum hardware_relation_result {
	HARDWARE_RELATION_ADDED,
	HARDWARE_RELATION_RESET,  /* the card was stepped, or does not run: begun anew */
	HARDWARE_RELATION_REFUSED /* the reading took too long */
};

/* All zeros is a relation that knows nothing yet. */
enum hardware_relation_result hardware_relation_add(
	struct hardware_relation *relation, const struct hardware_sample *sample);

/* A card's moment in RAW, with a bound of its error. False: no line, or too far from it. */
bool hardware_relation_to_raw(const struct hardware_relation *relation, uint64_t card_ns,
	uint64_t *ret_raw_ns, uint32_t *ret_error_ns);

/*
 * The same for the XDP program: card to CLOCK_MONOTONIC at the moment `now`. `before` is an earlier
 * reading, which gives the rate at which MONOTONIC is slewed against RAW. False: no line, or too
 * little time between the two.
 */
bool hardware_relation_to_counter(const struct hardware_relation *relation,
	const struct clocks_pair *before, const struct clocks_pair *now,
	struct cardclock_relation *ret_relation);

#endif
