// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A source whose truth is known, and the path to it: shared by the tests of the filter. Time and
 * dice are the test's.
 */
#ifndef TESTS_FILTER_WORLD_H
#define TESTS_FILTER_WORLD_H

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "control/filter.h"

#define NS_PER_S 1000000000ULL
#define UNIX_NOW 1790000000LL /* some day in 2026 */

static uint64_t dice;

static inline double uniform(void)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return ((double)(dice >> 11) + 0.5) / 9007199254740992.0;
}

static inline double gaussian(void)
{
	return sqrt(-2.0 * log(uniform())) * cos(2.0 * M_PI * uniform());
}

static inline double exponential(double mean)
{
	return -mean * log(uniform());
}

/* A source and the path to it; the truth is kept beside. */
struct world {
	struct filter *filter;
	uint64_t raw_ns;
	int64_t offset_ns;                  /* true UTC - RAW at raw_ns */
	double frequency;                   /* true */
	double remainder_ns;                /* of the true offset, below 1 ns */
	double queue_out_ns, queue_back_ns; /* mean of the exponential queues */
	double noise_ns;                    /* timestamping, gaussian */
	int64_t path_ns;                    /* round trip without queues */
	int last_result;
};

static inline struct world begin(void)
{
	struct world world = {.filter = filter_new(),
		.raw_ns = 1000 * NS_PER_S,
		.offset_ns = UNIX_NOW * (int64_t)NS_PER_S,
		.path_ns = 400000};

	assert_non_null(world.filter);
	return world;
}

static inline void pass(struct world *world, double seconds)
{
	double moved = world->remainder_ns + world->frequency * seconds * 1e9;

	world->raw_ns += (uint64_t)(seconds * 1e9);
	world->offset_ns += (int64_t)floor(moved);
	world->remainder_ns = moved - floor(moved);
}

static inline void sample(struct world *world)
{
	double out = exponential(world->queue_out_ns), back = exponential(world->queue_back_ns);
	struct ntp_sample s = {.raw_ns = world->raw_ns,
		.offset_ns = world->offset_ns +
			     (int64_t)((out - back) / 2.0 + gaussian() * world->noise_ns),
		.delay_ns =
			world->path_ns + (int64_t)(out + back + 2.0 * gaussian() * world->noise_ns),
		.dispersion_ns = 200,
		.root_delay_ns = 1000000,
		.root_dispersion_ns = 2000000,
		.stratum = 2};

	world->last_result = filter_add(world->filter, &s);
}

static inline void run(struct world *world, int samples, double interval_s)
{
	while (samples-- > 0) {
		pass(world, interval_s);
		sample(world);
	}
}

static inline struct filter_estimate estimate(const struct world *world)
{
	struct filter_estimate e;

	assert_true(filter_estimate(world->filter, world->raw_ns, &e));
	return e;
}

static inline double error_ns(const struct world *world)
{
	return (double)(estimate(world).offset_ns - world->offset_ns);
}

#endif
