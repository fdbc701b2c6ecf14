// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A machine with some sources: shared by the tests of the clock. Time and dice are the test's.
 */
#ifndef TESTS_CLOCK_WORLD_H
#define TESTS_CLOCK_WORLD_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "control/clock.h"

#define NS_PER_S 1000000000LL
#define UNIX_NOW 1790000000LL
#define SOURCES  8

static uint64_t dice;

static inline double uniform(void)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return ((double)(dice >> 11) + 0.5) / 9007199254740992.0;
}

/* A machine with some sources. */
struct world {
	struct clock *clock;
	struct filter *filters[SOURCES];
	struct clock_input inputs[SOURCES];
	int64_t lies_ns[SOURCES];
	bool silent[SOURCES];
	uint8_t leap[SOURCES];
	size_t count;
	uint64_t raw_ns;
	int64_t offset_ns;
	double frequency, rest;
	int result;
};

static inline struct clock_options options(void)
{
	return (struct clock_options){.maxdistance_s = 1.5, .holdover_s = 3600.0};
}

static inline void begin_with(
	struct world *world, size_t count, const struct clock_options *clock_options)
{
	size_t i;

	*world = (struct world){.clock = clock_new(clock_options),
		.count = count,
		.raw_ns = 1000 * NS_PER_S,
		.offset_ns = UNIX_NOW * NS_PER_S,
		.frequency = 25e-6};
	assert_non_null(world->clock);
	for (i = 0; i < count; i++) {
		world->filters[i] = filter_new();
		assert_non_null(world->filters[i]);
		world->inputs[i].id = i + 1;
		world->inputs[i].reference_id.raw = (uint32_t)i;
	}
}

static inline void begin(struct world *world, size_t count)
{
	const struct clock_options defaults = options();

	begin_with(world, count, &defaults);
}

static inline void end(struct world *world)
{
	size_t i;

	clock_free(world->clock);
	for (i = 0; i < world->count; i++)
		filter_free(world->filters[i]);
}

static inline void pass(struct world *world, double seconds)
{
	world->rest += seconds * 1e9 * world->frequency;
	world->raw_ns += (uint64_t)(seconds * 1e9);
	world->offset_ns += (int64_t)floor(world->rest);
	world->rest -= floor(world->rest);
}

/* One reply from source i: 200 us of path, and queues of 20 us in both directions. */
static inline void hear(struct world *world, size_t i)
{
	double out = -20e3 * log(uniform()), back = -20e3 * log(uniform());
	struct ntp_sample sample = {.raw_ns = world->raw_ns,
		.offset_ns = world->offset_ns + world->lies_ns[i] + (int64_t)((out - back) / 2.0),
		.delay_ns = 200000 + (int64_t)(out + back),
		.dispersion_ns = 200,
		.root_delay_ns = 100000,
		.root_dispersion_ns = 50000,
		.stratum = 2,
		.leap = world->leap[i]};

	filter_add(world->filters[i], &sample);
}

static inline void update(struct world *world)
{
	size_t i;

	for (i = 0; i < world->count; i++)
		world->inputs[i].usable =
			!world->silent[i] && filter_estimate(world->filters[i], world->raw_ns,
						     &world->inputs[i].estimate);
	world->result = clock_update(world->clock, world->raw_ns, world->inputs, world->count);
}

/* Rounds of all sources, one after the other. */
static inline void run(struct world *world, int rounds, double interval_s)
{
	size_t i;

	while (rounds-- > 0) {
		for (i = 0; i < world->count; i++) {
			pass(world, interval_s / (double)world->count);
			if (!world->silent[i])
				hear(world, i);
			update(world);
		}
	}
}

static inline struct clock_reading reading(const struct world *world)
{
	struct clock_reading ret;

	clock_read(world->clock, world->raw_ns, &ret);
	return ret;
}

static inline int64_t error_ns(const struct world *world)
{
	return reading(world).offset_ns - world->offset_ns;
}

#endif
