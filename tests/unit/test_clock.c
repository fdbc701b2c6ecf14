// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/clock.c control/combine.c control/select.c control/leap.c control/filter.c control/filter_bank.c
/*
 * The clock with several sources, from samples to readings: a liar of four, two against
 * two, holdover and its end, the drift file, the local reference, leap votes,
 * combination. Time and dice are the test's.
 */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/clock.h"

#define NS_PER_S 1000000000LL
#define UNIX_NOW 1790000000LL
#define SOURCES  8

static uint64_t dice;

static double uniform(void)
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

static struct clock_options options(void)
{
	return (struct clock_options){.maxdistance_s = 1.5, .holdover_s = 3600.0};
}

static void begin_with(struct world *world, size_t count, const struct clock_options *clock_options)
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

static void begin(struct world *world, size_t count)
{
	const struct clock_options defaults = options();

	begin_with(world, count, &defaults);
}

static void end(struct world *world)
{
	size_t i;

	clock_free(world->clock);
	for (i = 0; i < world->count; i++)
		filter_free(world->filters[i]);
}

static void pass(struct world *world, double seconds)
{
	world->rest += seconds * 1e9 * world->frequency;
	world->raw_ns += (uint64_t)(seconds * 1e9);
	world->offset_ns += (int64_t)floor(world->rest);
	world->rest -= floor(world->rest);
}

/* One reply from source i: 200 us of path, and queues of 20 us in both directions. */
static void hear(struct world *world, size_t i)
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

static void update(struct world *world)
{
	size_t i;

	for (i = 0; i < world->count; i++)
		world->inputs[i].usable =
			!world->silent[i] && filter_estimate(world->filters[i], world->raw_ns,
						     &world->inputs[i].estimate);
	world->result = clock_update(world->clock, world->raw_ns, world->inputs, world->count);
}

/* Rounds of all sources, one after the other. */
static void run(struct world *world, int rounds, double interval_s)
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

static struct clock_reading reading(const struct world *world)
{
	struct clock_reading ret;

	clock_read(world->clock, world->raw_ns, &ret);
	return ret;
}

static int64_t error_ns(const struct world *world)
{
	return reading(world).offset_ns - world->offset_ns;
}

static void test_waits(void **state)
{
	struct world world;
	struct clock_reading r;

	(void)state;
	begin(&world, 4);
	update(&world);
	assert_int_equal(world.result, -ENODATA);
	assert_false(clock_read(world.clock, world.raw_ns, &r));
	assert_false(r.synchronised);
	assert_int_equal(r.state, CLOCK_WAITING);
	assert_int_equal(r.stratum, 16);
	end(&world);
	clock_free(NULL);
}

static void test_settles(void **state)
{
	struct world world;
	struct clock_reading r;
	int i;

	(void)state;
	begin(&world, 4);
	for (i = 0; i < 4 && !reading(&world).synchronised; i++)
		run(&world, 1, 2.0);
	print_message("synchronised after %d rounds\n", i);
	assert_true(i <= 3);
	assert_true(llabs(error_ns(&world)) < 50000);
	run(&world, 4 - i, 2.0);
	pass(&world, 22.0);
	r = reading(&world);
	print_message("30 s after the start: %lld ns\n", (long long)error_ns(&world));
	/* 16 samples of 14 us of noise within 6 s know the frequency to 1.6 ppm. */
	assert_true(llabs(error_ns(&world)) < 150000);
	assert_true(llabs(error_ns(&world)) < r.root_distance_ns);
	assert_int_equal(r.stratum, 3);
	assert_int_equal(r.state, CLOCK_SYNCHRONISED);
	assert_int_equal(r.survivors, 4);
	end(&world);
}

static void test_drift_file(void **state)
{
	struct clock_options with = options();
	struct world world;
	double frequency, sd;

	(void)state;
	with.frequency = 25.3e-6;
	with.frequency_sd = 0.5e-6;
	begin_with(&world, 4, &with);
	assert_true(clock_frequency(world.clock, &frequency, &sd));
	assert_true(frequency == 25.3e-6 && sd == 1e-6);
	run(&world, 1, 1.0);
	assert_true(reading(&world).synchronised);
	pass(&world, 10.0);
	assert_true(llabs(error_ns(&world)) < 60000);
	/* It fades: a wrong one does no lasting harm. */
	world.frequency = 10e-6;
	run(&world, 100, 16.0);
	assert_true(llabs(error_ns(&world)) < 20000);
	assert_true(fabs(reading(&world).frequency - 10e-6) < 0.1e-6);
	end(&world);
}

/* 1 of 4, 2 of 5, 3 of 7: never moved by a millisecond. */
static void test_liars(void **state)
{
	const size_t counts[] = {4, 5, 7}, liars[] = {1, 2, 3};
	struct world world;
	size_t i, j;

	(void)state;
	for (i = 0; i < 3; i++) {
		begin(&world, counts[i]);
		for (j = 0; j < liars[i]; j++)
			world.lies_ns[j] = 100000000;
		run(&world, 20, 16.0);
		assert_true(reading(&world).synchronised);
		assert_true(llabs(error_ns(&world)) < 50000);
		for (j = 0; j < counts[i]; j++)
			assert_int_equal(
				world.inputs[j].ret_tally == TALLY_FALSETICKER, j < liars[i]);
		/* They change their minds, and creep away slowly from the truth. */
		for (j = 0; j < liars[i]; j++)
			world.lies_ns[j] = 0;
		run(&world, 100, 16.0);
		for (j = 0; j < 2000; j++) {
			world.lies_ns[0] += 4000;
			run(&world, 1, 16.0);
			assert_true(llabs(error_ns(&world)) < 1000000);
			assert_true(reading(&world).synchronised);
		}
		assert_int_equal(world.inputs[0].ret_tally, TALLY_FALSETICKER);
		end(&world);
	}
}

static void test_two_against_two(void **state)
{
	struct world world;
	struct clock_reading r;

	(void)state;
	begin(&world, 4);
	world.lies_ns[1] = world.lies_ns[3] = 50000000;
	run(&world, 20, 16.0);
	assert_int_equal(world.result, -EXDEV);
	assert_false(clock_read(world.clock, world.raw_ns, &r));
	assert_int_equal(r.state, CLOCK_DISAGREEING);
	assert_non_null(strstr(clock_state_text(world.clock, world.raw_ns), "no majority"));
	end(&world);

	/* And when it has been synchronised before: not any more, at once. */
	begin(&world, 4);
	run(&world, 20, 16.0);
	assert_true(reading(&world).synchronised);
	world.lies_ns[1] = world.lies_ns[3] = 50000000;
	run(&world, 3, 16.0);
	assert_false(reading(&world).synchronised);
	assert_int_equal(reading(&world).state, CLOCK_DISAGREEING);
	assert_int_equal(reading(&world).stratum, 16);
	/* They come to reason. */
	world.lies_ns[1] = world.lies_ns[3] = 0;
	run(&world, 3, 16.0);
	assert_true(reading(&world).synchronised);
	end(&world);
}

static void test_holdover(void **state)
{
	struct world world;
	struct clock_reading before, after;
	size_t i;

	(void)state;
	begin(&world, 4);
	run(&world, 60, 16.0);
	before = reading(&world);
	for (i = 0; i < 4; i++)
		world.silent[i] = true;
	pass(&world, 1800.0);
	update(&world);
	assert_int_equal(world.result, -ENODATA);
	after = reading(&world);
	assert_true(after.synchronised);
	assert_int_equal(after.state, CLOCK_HOLDOVER);
	assert_int_equal(after.stratum, 3);
	assert_true(after.root_dispersion_ns - before.root_dispersion_ns >= 27000000);
	assert_true(llabs(error_ns(&world)) < 1000000);
	assert_int_equal(after.update_raw_ns, before.update_raw_ns);
	assert_int_equal(after.expires_raw_ns, before.expires_raw_ns);
	world.raw_ns = after.expires_raw_ns - 1;
	assert_true(reading(&world).synchronised);
	world.raw_ns++;
	assert_false(reading(&world).synchronised);
	assert_int_equal(reading(&world).state, CLOCK_WAITING);
	end(&world);
}

/* One of three left: less than minsources; the memory is served, not its word. */
static void test_too_few_left(void **state)
{
	struct world world;

	(void)state;
	begin(&world, 3);
	run(&world, 20, 16.0);
	world.silent[0] = world.silent[1] = true;
	world.lies_ns[2] = 100000000;
	run(&world, 10, 16.0);
	assert_int_equal(world.result, -EAGAIN);
	assert_true(reading(&world).synchronised);
	assert_int_equal(reading(&world).state, CLOCK_HOLDOVER);
	assert_true(llabs(error_ns(&world)) < 100000);
	end(&world);
}

static void test_maxdistance(void **state)
{
	struct clock_options near = options();
	struct world world;
	struct clock_reading r;

	(void)state;
	near.maxdistance_s = 0.01;
	begin_with(&world, 4, &near);
	run(&world, 20, 16.0);
	r = reading(&world);
	assert_true(r.synchronised);
	/* 10 ms at 15 ppm and a little are gone long before the hour. */
	assert_true(r.expires_raw_ns < world.raw_ns + 680 * (uint64_t)NS_PER_S);
	world.raw_ns = r.expires_raw_ns;
	assert_false(reading(&world).synchronised);
	end(&world);
	/* And sources beyond it are not listened to. */
	near.maxdistance_s = 0.0001;
	begin_with(&world, 4, &near);
	run(&world, 20, 16.0);
	assert_int_equal(world.result, -ENODATA);
	end(&world);
}

static void test_local(void **state)
{
	struct clock_options local = options();
	struct world world;
	struct clock_reading r;
	int i;

	(void)state;
	local.local_stratum = 10;
	begin_with(&world, 4, &local);
	assert_false(clock_read(world.clock, world.raw_ns, &r));
	for (i = 0; i < 30; i++) {
		pass(&world, 1.0);
		clock_follow(world.clock, world.raw_ns, world.offset_ns, 100);
	}
	r = reading(&world);
	assert_true(r.synchronised);
	assert_int_equal(r.state, CLOCK_LOCAL);
	assert_int_equal(r.stratum, 10);
	assert_int_equal(be32_value(r.reference_id), 0x7f7f0101);
	assert_true(llabs(error_ns(&world)) < 1000);
	assert_true(r.root_dispersion_ns < 100000);
	assert_true(r.expires_raw_ns > world.raw_ns + 3500 * (uint64_t)NS_PER_S);
	/* Sources are better. */
	run(&world, 4, 2.0);
	assert_int_equal(reading(&world).state, CLOCK_SYNCHRONISED);
	assert_int_equal(reading(&world).stratum, 3);
	/* They go, and the memory is used up: it is kept on as the reference. */
	memset(world.silent, 1, sizeof(world.silent));
	pass(&world, 7200.0);
	update(&world);
	r = reading(&world);
	assert_true(r.synchronised);
	assert_int_equal(r.state, CLOCK_LOCAL);
	assert_int_equal(r.stratum, 10);
	assert_true(r.root_dispersion_ns >= 100000000);
	pass(&world, 1e6);
	assert_true(reading(&world).root_distance_ns < 1500000000);
	end(&world);
}

/* One who says that a second is coming is outvoted; three are not. */
static void test_leap_votes(void **state)
{
	struct world world;

	(void)state;
	begin(&world, 4);
	world.leap[0] = 1;
	run(&world, 6, 16.0);
	assert_int_equal(reading(&world).leap, 0);
	world.leap[1] = world.leap[2] = 1;
	run(&world, 6, 16.0);
	assert_int_equal(reading(&world).leap, 1);
	/* A falseticker has no vote. */
	world.lies_ns[1] = 100000000;
	world.leap[2] = 0;
	run(&world, 6, 16.0);
	assert_int_equal(reading(&world).leap, 0);
	end(&world);
}

static void test_leap_second(void **state)
{
	struct world world;
	size_t i;

	(void)state;
	begin(&world, 4);
	run(&world, 20, 16.0);
	world.offset_ns -= NS_PER_S;
	clock_shift(world.clock, -NS_PER_S);
	for (i = 0; i < 4; i++)
		filter_shift(world.filters[i], -NS_PER_S);
	assert_true(llabs(error_ns(&world)) < 50000);
	run(&world, 1, 16.0);
	assert_true(reading(&world).synchronised);
	assert_true(llabs(error_ns(&world)) < 50000);
	end(&world);
}

/* Of sources that are all alike none is left for another without need. */
static void test_selected_does_not_flap(void **state)
{
	struct world world;
	uint32_t last = 0;
	int changes = 0, i;

	(void)state;
	begin(&world, 5);
	run(&world, 20, 64.0);
	for (i = 0; i < 500; i++) {
		run(&world, 1, 64.0);
		changes += last != reading(&world).reference_id.raw;
		last = reading(&world).reference_id.raw;
	}
	print_message("%d changes in 500 rounds\n", changes);
	assert_true(changes <= 10);
	end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_waits),
		cmocka_unit_test(test_settles),
		cmocka_unit_test(test_drift_file),
		cmocka_unit_test(test_liars),
		cmocka_unit_test(test_two_against_two),
		cmocka_unit_test(test_holdover),
		cmocka_unit_test(test_too_few_left),
		cmocka_unit_test(test_maxdistance),
		cmocka_unit_test(test_local),
		cmocka_unit_test(test_leap_votes),
		cmocka_unit_test(test_leap_second),
		cmocka_unit_test(test_selected_does_not_flap),
	};
	const char *seed = getenv("SEED");

	dice = seed ? strtoull(seed, NULL, 0) : 20260102;
	print_message("SEED=%llu\n", (unsigned long long)dice);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
