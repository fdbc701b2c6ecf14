// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random numbers for the tests of the packet core: a random test prints its seed
 * and takes one from SEED, so that a failure can be had again.
 */
#ifndef TESTS_UNIT_DICE_H
#define TESTS_UNIT_DICE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct dice {
	uint64_t state;
};

/* Another seed in each run, unless SEED names one. */
static inline struct dice dice_new(const char *test)
{
	const char *seed = getenv("SEED");
	struct timespec now;
	uint64_t state;

	clock_gettime(CLOCK_REALTIME, &now);
	state = seed ? strtoull(seed, NULL, 0) : (uint64_t)now.tv_nsec << 20 ^ (uint64_t)now.tv_sec;
	printf("# %s: SEED=%llu\n", test, (unsigned long long)state);
	return (struct dice){state};
}

/* splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014). */
static inline uint64_t dice_roll(struct dice *dice)
{
	uint64_t mixed = dice->state += 0x9e3779b97f4a7c15ULL;

	mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9ULL;
	mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebULL;
	return mixed ^ mixed >> 31;
}

/* Numbers of all sizes, with many at the edges: 0, all ones, powers of two and their neighbours. */
static inline uint64_t dice_edgy(struct dice *dice)
{
	uint64_t roll = dice_roll(dice), shift = roll >> 8 & 63;

	switch (roll & 7) {
	case 0:
		return (1ULL << shift) - 1;
	case 1:
		return 1ULL << shift;
	case 2:
		return ~(1ULL << shift);
	case 3:
		return roll & 0x100 ? 0 : UINT64_MAX;
	default:
		return dice_roll(dice) >> shift;
	}
}

static inline void dice_fill(struct dice *dice, uint8_t *octets, size_t length)
{
	for (size_t i = 0; i < length; i++)
		octets[i] = (uint8_t)dice_roll(dice);
}

#endif
