// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A machine with a clock that is read right, and a page: shared by the tests of the publisher. All
 * clocks are the test's. Who reads the page is publisher_client.h's.
 */
#ifndef TESTS_PUBLISHER_WORLD_H
#define TESTS_PUBLISHER_WORLD_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "control/publisher.h"

#define NS_PER_S 1000000000LL
#define MS       1000000LL
#define JUNE_30  1782777600LL /* 2026-06-30 00:00:00 UTC */
#define MIDNIGHT (JUNE_30 + 86400)

struct world {
	struct timepage page;
	struct publisher *publisher;
	struct clocks_pair pair;
	double mono_rest, utc_rest;
	double mono_rate; /* of MONOTONIC against RAW, less 1 */
	double frequency; /* of UTC against RAW, less 1 */
	int64_t utc_ns;   /* true time */
	struct clock_reading reading;
	struct leap leap;
	enum publisher_action action;
	int64_t last_ns; /* served last */
};

static const struct publisher_options usual = {
	.maxslewrate = PUBLISHER_MAXSLEWRATE, .precision = -24, .answer_cost_ns = 200};

static inline void begin_at(struct world *world, int64_t utc_s)
{
	*world = (struct world){.publisher = publisher_new(&usual),
		.pair = {.raw_ns = 5000 * NS_PER_S, .mono_ns = 4000 * NS_PER_S, .window_ns = 80},
		.utc_ns = utc_s * NS_PER_S,
		.reading = {.state = CLOCK_SYNCHRONISED,
			.synchronised = true,
			.root_delay_ns = 10 * MS,
			.root_dispersion_ns = 2 * MS,
			.dispersion_rate = FILTER_PHI,
			.maxdistance_ns = 1500 * MS,
			.stratum = 3,
			.reference_id = {0x01020304}}};
	assert_non_null(world->publisher);
	timepage_init(&world->page);
}

static inline void end(struct world *world)
{
	publisher_free(world->publisher);
}

static inline void pass(struct world *world, int64_t ns)
{
	world->mono_rest += (double)ns * world->mono_rate;
	world->utc_rest += (double)ns * world->frequency;
	world->pair.raw_ns += (uint64_t)ns;
	world->pair.mono_ns += (uint64_t)(ns + (int64_t)floor(world->mono_rest));
	world->utc_ns += ns + (int64_t)floor(world->utc_rest);
	world->mono_rest -= floor(world->mono_rest);
	world->utc_rest -= floor(world->utc_rest);
}

static inline void publish(struct world *world)
{
	struct publisher_input input = {&world->reading, &world->pair, &world->leap};
	struct timepage_sample sample;

	world->reading.raw_ns = world->pair.raw_ns;
	world->reading.offset_ns = world->utc_ns - (int64_t)world->pair.raw_ns;
	world->reading.frequency = world->frequency;
	world->reading.update_raw_ns = world->pair.raw_ns - 100 * MS;
	world->reading.reference_utc_ns = world->utc_ns - 100 * MS;
	world->reading.root_distance_ns =
		world->reading.root_delay_ns / 2 + world->reading.root_dispersion_ns;
	world->reading.expires_raw_ns = world->reading.update_raw_ns + 3600 * NS_PER_S;
	world->pair.real_ns = world->utc_ns + 7 * NS_PER_S;
	world->action = publisher_prepare(world->publisher, &input, &sample);
	if (world->action == PUBLISHER_KEEP)
		return;
	timepage_publish(&world->page, &sample);
	publisher_commit(world->publisher);
}

/* Good time is in the page. */
static inline void begin_served(struct world *world)
{
	begin_at(world, JUNE_30);
	publish(world);
}

/* Restarts the daemon: the page is all that is left. */
static inline void restart(struct world *world)
{
	publisher_free(world->publisher);
	world->publisher = publisher_new(&usual);
	assert_non_null(world->publisher);
	publisher_adopt(world->publisher, timepage_current(&world->page), world->pair.mono_ns);
	world->leap = (struct leap){0};
}

#endif
