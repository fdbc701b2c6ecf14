// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The virtual machine's counter: what CLOCK_MONOTONIC_RAW shows at a true moment, with an
 * oscillator that is off, wanders, follows the temperature and jumps; and
 * CLOCK_MONOTONIC, which another program may be steering. Moments go forward only. The
 * caller (world.c) owns the object.
 */
#ifndef TESTS_SIM_OSCILLATOR_H
#define TESTS_SIM_OSCILLATOR_H

#include <stdint.h>

#include "tests/unit/dice.h"

struct oscillator_kind {
	double off_ppm;    /* constant error, uniform within +- this */
	double wander_ppb; /* random walk of the frequency, within a second (sd) */
	double swing_ppm;  /* temperature: a sine of this amplitude ... */
	double swing_s;    /* ... and period */
	double step_ppm;   /* the frequency jumps by this, up and down in turns ... */
	double step_s;     /* ... every so often, from then on; 0: never */
	double steer_ppm;  /* MONOTONIC runs so much faster and slower in turns */
};

struct oscillator {
	struct oscillator_kind kind;
	struct dice dice;
	int64_t true_ns; /* since the start of the world */
	double phase_ns; /* RAW less true time */
	double constant, walk;
};

void oscillator_start(
	struct oscillator *oscillator, const struct oscillator_kind *kind, struct dice dice);

/* To a later moment. */
void oscillator_advance(struct oscillator *oscillator, int64_t true_ns);

/* d(RAW)/d(true) - 1, now. */
double oscillator_frequency(const struct oscillator *oscillator);

uint64_t oscillator_raw_ns(const struct oscillator *oscillator);
uint64_t oscillator_mono_ns(const struct oscillator *oscillator);

#endif
