// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/filter.c control/filter_bank.c control/filter_delays.c
/*
 * The clock filter when something happens: outliers, steps, another route, old samples, a leap
 * second, the year 2036. The seed is printed and taken from SEED.
 */
#include "tests/unit/filter_world.h"

static void test_refused_samples_change_nothing(void **state)
{
	struct world world = begin();
	struct ntp_sample s = {.raw_ns = 5, .offset_ns = 7, .delay_ns = 100};
	struct filter_estimate before, after;

	(void)state;
	run(&world, 4, 2.0);
	before = estimate(&world);
	assert_int_equal(filter_add(world.filter, &s), -ESTALE);
	s.raw_ns = world.raw_ns + 1;
	s.delay_ns = -1;
	assert_int_equal(filter_add(world.filter, &s), -EINVAL);
	s.delay_ns = 100;
	s.dispersion_ns = -1;
	assert_int_equal(filter_add(world.filter, &s), -EINVAL);
	after = estimate(&world);
	assert_int_equal(before.offset_ns, after.offset_ns);
	assert_int_equal(before.samples, after.samples);
	filter_free(world.filter);
}

static void test_one_outlier_is_put_aside(void **state)
{
	struct world world = begin();
	double before;

	(void)state;
	world.noise_ns = 5e3;
	run(&world, 30, 16.0);
	before = fabs(error_ns(&world));
	world.offset_ns += 50000000;
	run(&world, 1, 16.0);
	world.offset_ns -= 50000000;
	assert_int_equal(world.last_result, 1);
	assert_true(fabs(error_ns(&world)) < before + 10e3);
	/* It may have been right: the bound says so. */
	assert_true(estimate(&world).root_dispersion_ns > 50000000);
	run(&world, 1, 16.0);
	assert_int_equal(world.last_result, 0);
	assert_true(fabs(error_ns(&world)) < 20e3);
	assert_true(estimate(&world).root_dispersion_ns < 3000000);
	filter_free(world.filter);
}

static void test_a_step_is_followed_and_the_frequency_kept(void **state)
{
	struct world world = begin();

	(void)state;
	world.frequency = 20e-6;
	world.noise_ns = 5e3;
	run(&world, 50, 16.0);
	world.offset_ns -= 200000000;
	run(&world, 2, 16.0);
	assert_true(fabs(error_ns(&world)) < 30e3);
	run(&world, 4, 16.0);
	assert_true(fabs(error_ns(&world)) < 20e3);
	assert_true(fabs(estimate(&world).frequency - 20e-6) < 0.5e-6);
	filter_free(world.filter);
}

/* Beside competing traffic: half of a wait is what a sample can be wrong by, and it is. */
static void test_queues_are_no_step(void **state)
{
	struct world world = begin();
	double worst_ns = 0.0;
	int i;

	(void)state;
	world.path_ns = 50000;
	for (i = 0; i < 2000; i++) {
		world.queue_out_ns = uniform() < 0.2 ? 2e6 : 5e3;
		world.queue_back_ns = uniform() < 0.5 ? 2e6 : 5e3;
		run(&world, 1, 4.0);
		assert_int_equal(world.last_result, 0);
		if (i >= 50)
			worst_ns = fmax(worst_ns, fabs(error_ns(&world)));
	}
	assert_true(worst_ns < 100e3);
	filter_free(world.filter);
}

/* The route becomes 20 ms longer: its samples must not be taken for queues for an hour. */
static void test_a_longer_route_is_accepted(void **state)
{
	struct world world = begin();
	int i;

	(void)state;
	world.noise_ns = 5e3;
	world.queue_out_ns = world.queue_back_ns = 20e3;
	run(&world, 64, 16.0);
	world.path_ns += 20000000;
	for (i = 0; i < 30; i++) {
		world.frequency += 2e-9;
		run(&world, 1, 16.0);
		assert_true(llabs(estimate(&world).offset_ns - world.offset_ns) <=
			    estimate(&world).root_distance_ns);
	}
	assert_true(fabs(error_ns(&world)) < 30e3);
	filter_free(world.filter);
}

/* The way out becomes 20 ms longer, and after an hour what it was: the time stays what it is. */
static void test_a_longer_route_is_no_other_time(void **state)
{
	struct world world = begin();
	const int64_t longer_ns = 20000000;
	int i;

	(void)state;
	world.noise_ns = 5e3;
	world.queue_out_ns = world.queue_back_ns = 20e3;
	run(&world, 100, 16.0);
	world.path_ns += longer_ns;
	world.offset_ns += longer_ns / 2;
	for (i = 0; i < 225; i++) {
		run(&world, 1, 16.0);
		assert_true(fabs(error_ns(&world) + (double)longer_ns / 2.0) < 200e3);
	}
	assert_true(fabs(estimate(&world).detour_ns - (double)longer_ns / 2.0) < 200e3);
	world.path_ns -= longer_ns;
	world.offset_ns -= longer_ns / 2;
	for (i = 0; i < 50; i++) {
		run(&world, 1, 16.0);
		assert_true(fabs(error_ns(&world)) < 200e3);
	}
	assert_true(estimate(&world).detour_ns == 0.0);
	filter_free(world.filter);
}

static void test_leap_second_shifts_history(void **state)
{
	struct world world = begin();

	(void)state;
	world.frequency = 7e-6;
	world.noise_ns = 5e3;
	run(&world, 30, 16.0);
	world.offset_ns -= (int64_t)NS_PER_S;
	filter_shift(world.filter, -(int64_t)NS_PER_S);
	assert_true(fabs(error_ns(&world)) < 30e3);
	run(&world, 1, 16.0);
	assert_int_equal(world.last_result, 0);
	assert_true(fabs(error_ns(&world)) < 20e3);
	/* A reply from after the second, before the shift is known here: nothing to regret. */
	world.offset_ns -= (int64_t)NS_PER_S;
	run(&world, 1, 16.0);
	assert_int_equal(world.last_result, 1);
	filter_shift(world.filter, -(int64_t)NS_PER_S);
	assert_true(estimate(&world).root_dispersion_ns < 5000000);
	run(&world, 1, 16.0);
	assert_int_equal(world.last_result, 0);
	assert_true(fabs(error_ns(&world)) < 20e3);
	filter_free(world.filter);
}

/* Offsets are Unix time: neither 2036 (NTP era 1) nor 2038 is anything special. */
static void test_2036(void **state)
{
	struct world world = begin();

	(void)state;
	world.offset_ns = (2085978496LL - 1000 - 1000) * (int64_t)NS_PER_S;
	world.frequency = 15e-6;
	world.noise_ns = 5e3;
	run(&world, 200, 16.0);
	assert_true(fabs(error_ns(&world)) < 10e3);
	filter_free(world.filter);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused_samples_change_nothing),
		cmocka_unit_test(test_one_outlier_is_put_aside),
		cmocka_unit_test(test_a_step_is_followed_and_the_frequency_kept),
		cmocka_unit_test(test_queues_are_no_step),
		cmocka_unit_test(test_a_longer_route_is_accepted),
		cmocka_unit_test(test_a_longer_route_is_no_other_time),
		cmocka_unit_test(test_leap_second_shifts_history),
		cmocka_unit_test(test_2036),
	};
	const char *seed = getenv("SEED");

	dice = seed ? strtoull(seed, NULL, 0) : 20260101;
	print_message("# SEED=%llu\n", (unsigned long long)dice);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
