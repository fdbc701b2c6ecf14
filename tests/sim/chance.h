// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random numbers of the laws that oscillators and networks follow, out of the seeded dice
 * of the tests: the same seed makes the same world on every machine. All means are 1.
 */
#ifndef TESTS_SIM_CHANCE_H
#define TESTS_SIM_CHANCE_H

#include <math.h>

#include "tests/unit/dice.h"

/* 0 < value < 1. */
static inline double chance_uniform(struct dice *dice)
{
	return ((double)(dice_roll(dice) >> 11) + 0.5) * 0x1p-53;
}

/* -1 < value < 1. */
static inline double chance_signed(struct dice *dice)
{
	return 2.0 * chance_uniform(dice) - 1.0;
}

/* Mean 0, variance 1 (Box and Muller, 1958). */
static inline double chance_gauss(struct dice *dice)
{
	double radius = sqrt(-2.0 * log(chance_uniform(dice)));

	return radius * cos(6.283185307179586 * chance_uniform(dice));
}

static inline double chance_exponential(struct dice *dice)
{
	return -log(chance_uniform(dice));
}

/* Shape 4: the sum of four queues. Short delays are rare. */
static inline double chance_gamma(struct dice *dice)
{
	return 0.25 * (chance_exponential(dice) + chance_exponential(dice) +
			      chance_exponential(dice) + chance_exponential(dice));
}

/* Lomax of shape 2.2: mean 1, a variance that comes from a few. */
static inline double chance_pareto(struct dice *dice)
{
	const double shape = 2.2;

	return (shape - 1.0) * (pow(chance_uniform(dice), -1.0 / shape) - 1.0);
}

#endif
