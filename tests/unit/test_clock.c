// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/clock.c control/clock_reading.c control/local_reference.c
// test-sources: control/stability.c control/combine.c control/select.c control/leap.c
// test-sources: control/filter.c control/filter_bank.c control/filter_delays.c
/*
 * The clock with honest sources: settling, the drift file, holdover and its end,
 * maxdistance, the local reference, a leap second.
 */
#include <errno.h>
#include <string.h>

#include "tests/unit/clock_world.h"

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
	print_message("# synchronised after %d rounds\n", i);
	assert_true(i <= 3);
	assert_true(llabs(error_ns(&world)) < 50000);
	run(&world, 4 - i, 2.0);
	pass(&world, 22.0);
	r = reading(&world);
	print_message("# 30 s after the start: %lld ns\n", (long long)error_ns(&world));
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
	local.local = (struct local_options){.stratum = 10, .distance_s = 1.0};
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

/* Two quiet days earn a longer memory, not a smaller claim: 15 ppm are told all the same. */
static void test_earned_holdover(void **state)
{
	struct clock_options long_memory = options();
	struct world world;
	struct clock_reading before, after;
	uint64_t left_s;

	(void)state;
	long_memory.holdover_s = 30 * 86400.0;
	begin_with(&world, 4, &long_memory);
	run(&world, 40 * 60, 64.0);
	before = reading(&world);
	left_s = (before.expires_raw_ns - world.raw_ns) / (uint64_t)NS_PER_S;
	assert_true(left_s < 100000);
	run(&world, 10 * 60, 64.0);
	after = reading(&world);
	left_s = (after.expires_raw_ns - world.raw_ns) / (uint64_t)NS_PER_S;
	print_message("# memory after two days: %llu s\n", (unsigned long long)left_s);
	assert_true(left_s > 5 * 86400);
	assert_true(after.dispersion_rate >= FILTER_PHI);
	/* Beyond maxdistance by what is claimed, and still good. */
	pass(&world, 2 * 86400.0);
	after = reading(&world);
	assert_true(after.synchronised);
	assert_true(after.root_distance_ns > 2500000000);
	assert_true(after.maxdistance_ns > after.root_distance_ns);
	assert_true(llabs(error_ns(&world)) < after.root_distance_ns);
	/* And over in the end. */
	world.raw_ns = after.expires_raw_ns;
	assert_false(reading(&world).synchronised);
	end(&world);
}

/* A new minsources and maxdistance hold from the next sample on. */
static void test_live_options(void **state)
{
	struct clock_options changed = options();
	struct world world;

	(void)state;
	begin(&world, 4);
	run(&world, 20, 16.0);
	assert_int_equal(reading(&world).state, CLOCK_SYNCHRONISED);
	changed.minsources = 5;
	clock_configure(world.clock, &changed);
	run(&world, 1, 16.0);
	assert_int_equal(world.result, -EAGAIN);
	assert_int_equal(reading(&world).state, CLOCK_HOLDOVER);
	changed.minsources = 2;
	clock_configure(world.clock, &changed);
	run(&world, 1, 16.0);
	assert_int_equal(reading(&world).state, CLOCK_SYNCHRONISED);
	changed.maxdistance_s = 0.0001;
	clock_configure(world.clock, &changed);
	run(&world, 1, 16.0);
	assert_int_equal(world.result, -ENODATA);
	assert_false(reading(&world).synchronised);
	end(&world);
}

/* The marks of a source reach the vote: a trusted one is believed against three, and is required.
 */
static void test_marks(void **state)
{
	struct world world;
	size_t i;

	(void)state;
	begin(&world, 4);
	for (i = 1; i < 4; i++)
		world.lies_ns[i] = 50000000;
	world.inputs[0].trust = true;
	run(&world, 20, 16.0);
	assert_int_equal(reading(&world).state, CLOCK_SYNCHRONISED);
	assert_true(llabs(error_ns(&world)) < 100000);
	assert_int_equal(world.inputs[0].ret_tally, TALLY_SELECTED);
	assert_int_equal(world.inputs[3].ret_tally, TALLY_FALSETICKER);
	end(&world);
	begin(&world, 4);
	world.inputs[0].require = true;
	world.silent[0] = true;
	run(&world, 5, 16.0);
	assert_int_equal(world.result, -ENOLINK);
	assert_int_equal(reading(&world).state, CLOCK_WAITING);
	assert_string_equal(
		clock_state_text(world.clock, world.raw_ns), "no source marked `require` agrees");
	world.silent[0] = false;
	run(&world, 5, 16.0);
	assert_int_equal(reading(&world).state, CLOCK_SYNCHRONISED);
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

/* Who follows stratum 15 is stratum 16, which is not synchronised: better ones are followed. */
static void test_stratum_15(void **state)
{
	struct world world;
	int round;
	size_t i;

	(void)state;
	begin(&world, 4);
	for (round = 0; round < 5; round++)
		for (i = 0; i < 4; i++) {
			struct ntp_sample sample = {.raw_ns = world.raw_ns,
				.offset_ns = world.offset_ns,
				.delay_ns = i ? 200000 : 1000,
				.dispersion_ns = 200,
				.stratum = i ? 14 : 15};

			filter_add(world.filters[i], &sample);
			update(&world);
			pass(&world, 1.0);
		}
	assert_int_equal(world.inputs[0].ret_tally, TALLY_UNREACHABLE);
	assert_int_equal(reading(&world).stratum, 15);
	assert_true(reading(&world).synchronised);
	end(&world);
}

/* The host was suspended: RAW stood still for an hour, and what was known says nothing. */
static void test_forgets(void **state)
{
	struct world world;
	struct clock_reading now;
	double frequency, sd;
	size_t i;

	(void)state;
	begin(&world, 4);
	run(&world, 100, 16.0);
	assert_true(reading(&world).synchronised);
	world.offset_ns += 3600 * NS_PER_S;
	clock_forget(world.clock, "asleep");
	assert_false(clock_read(world.clock, world.raw_ns, &now));
	assert_false(now.synchronised);
	assert_int_equal(now.stratum, CLOCK_STRATUM_UNSYNCHRONISED);
	assert_int_equal(clock_state(world.clock, world.raw_ns), CLOCK_WAITING);
	assert_string_equal(clock_state_text(world.clock, world.raw_ns), "asleep");
	/* The frequency is that of the same crystal. */
	assert_true(clock_frequency(world.clock, &frequency, &sd));
	assert_true(fabs(frequency - world.frequency) < 1e-6 && sd >= 1e-6);
	for (i = 0; i < 4; i++)
		filter_reset(world.filters[i]);
	run(&world, 5, 2.0);
	assert_true(reading(&world).synchronised);
	assert_true(llabs(error_ns(&world)) < 100000);
	end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_waits),
		cmocka_unit_test(test_settles),
		cmocka_unit_test(test_drift_file),
		cmocka_unit_test(test_holdover),
		cmocka_unit_test(test_maxdistance),
		cmocka_unit_test(test_local),
		cmocka_unit_test(test_earned_holdover),
		cmocka_unit_test(test_live_options),
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_leap_second),
		cmocka_unit_test(test_stratum_15),
		cmocka_unit_test(test_forgets),
	};
	const char *seed = getenv("SEED");

	dice = seed ? strtoull(seed, NULL, 0) : 20260102;
	print_message("# SEED=%llu\n", (unsigned long long)dice);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
