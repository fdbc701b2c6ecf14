// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The oscillator: see oscillator.h. The frequency is constant within each true second; phases
 * are doubles of less than 10^11 ns, good to a thousandth of a nanosecond.
 */
#include "tests/sim/oscillator.h"

#include <math.h>

#include "tests/sim/chance.h"

#define NS             1000000000LL
#define RAW_START_NS   5000000000000ULL
#define MONO_AHEAD_NS  70000000000ULL
#define STEER_PERIOD_S 2000.0

void oscillator_start(
	struct oscillator *oscillator, const struct oscillator_kind *kind, struct dice dice)
{
	*oscillator = (struct oscillator){.kind = *kind, .dice = dice};
	oscillator->constant = kind->off_ppm * 1e-6 * chance_signed(&oscillator->dice);
}

double oscillator_frequency(const struct oscillator *oscillator)
{
	const struct oscillator_kind *kind = &oscillator->kind;
	double second = (double)(oscillator->true_ns / NS);
	double frequency = oscillator->constant + oscillator->walk;

	if (kind->swing_s > 0.0)
		frequency +=
			kind->swing_ppm * 1e-6 * sin(6.283185307179586 * second / kind->swing_s);
	if (kind->step_s > 0.0 && fmod(floor(second / kind->step_s), 2.0) == 1.0)
		frequency += kind->step_ppm * 1e-6;
	return frequency;
}

void oscillator_advance(struct oscillator *oscillator, int64_t true_ns)
{
	while (oscillator->true_ns < true_ns) {
		int64_t next_ns = (oscillator->true_ns / NS + 1) * NS;
		int64_t end_ns = next_ns < true_ns ? next_ns : true_ns;

		oscillator->phase_ns +=
			oscillator_frequency(oscillator) * (double)(end_ns - oscillator->true_ns);
		oscillator->true_ns = end_ns;
		if (end_ns == next_ns && oscillator->kind.wander_ppb > 0.0)
			oscillator->walk += oscillator->kind.wander_ppb * 1e-9 *
					    chance_gauss(&oscillator->dice);
	}
}

uint64_t oscillator_raw_ns(const struct oscillator *oscillator)
{
	return RAW_START_NS +
	       (uint64_t)(oscillator->true_ns + (int64_t)llround(oscillator->phase_ns));
}

/* A triangle: faster for half the period, slower for the other half. */
uint64_t oscillator_mono_ns(const struct oscillator *oscillator)
{
	double at_s = fmod((double)oscillator->true_ns * 1e-9, STEER_PERIOD_S);
	double up_s = fmin(at_s, STEER_PERIOD_S - at_s);

	return oscillator_raw_ns(oscillator) + MONO_AHEAD_NS +
	       (uint64_t)llround(oscillator->kind.steer_ppm * 1e3 * up_s);
}
