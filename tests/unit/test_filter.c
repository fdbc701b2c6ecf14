// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/filter.c control/filter_bank.c control/filter_delays.c
/*
 * The clock filter against sources with constant and wandering frequency, and jitter of one
 * and of two directions; and that its bound is honest. The seed is printed and
 * taken from SEED.
 */
#include "tests/unit/filter_world.h"

static void test_nothing_before_the_first_sample(void **state)
{
	struct world world = begin();
	struct filter_estimate e;

	(void)state;
	assert_false(filter_estimate(world.filter, world.raw_ns, &e));
	sample(&world);
	e = estimate(&world);
	assert_int_equal(e.samples, 1);
	assert_int_equal(e.offset_ns, world.offset_ns);
	/* The frequency is not known: a second later the offset is not either. */
	assert_true(filter_estimate(world.filter, world.raw_ns + NS_PER_S, &e));
	assert_true(e.offset_sd_ns > 50e3);
	filter_reset(world.filter);
	assert_false(filter_estimate(world.filter, world.raw_ns, &e));
	filter_free(world.filter);
	filter_free(NULL);
}

/* iburst: 4 samples 2 s apart on a LAN. Offset at once; frequency within the iburst. */
static void test_settles_after_iburst(void **state)
{
	double worst_offset = 0.0, sum_frequency = 0.0;
	int i;

	(void)state;
	for (i = 0; i < 50; i++) {
		struct world world = begin();

		world.frequency = 50e-6;
		world.noise_ns = 2e3;
		world.queue_out_ns = world.queue_back_ns = 3e3;
		run(&world, 1, 2.0);
		assert_true(fabs(error_ns(&world)) < 50e3);
		run(&world, 3, 2.0);
		worst_offset = fmax(worst_offset, fabs(error_ns(&world)));
		sum_frequency += fabs(estimate(&world).frequency - 50e-6);
		/* 24 s later, when the clock is first looked at by the tests on a network. */
		pass(&world, 24.0);
		assert_true(fabs(error_ns(&world)) < 5.0 * estimate(&world).offset_sd_ns);
		filter_free(world.filter);
	}
	print_message("# offset %.0f ns at worst, frequency %.3f ppm on average\n", worst_offset,
		sum_frequency / 50 * 1e6);
	assert_true(worst_offset < 20e3);
	assert_true(sum_frequency / 50 < 1e-6);
}

static void test_drift_file_saves_the_frequency(void **state)
{
	struct world world = begin();

	(void)state;
	world.frequency = -30e-6;
	filter_set_frequency(world.filter, -30.2e-6, 1e-6);
	sample(&world);
	pass(&world, 30.0);
	assert_true(fabs(error_ns(&world)) < 10e3);
	/* Too late: samples know better. */
	filter_set_frequency(world.filter, 99e-6, 1e-9);
	pass(&world, 1.0);
	assert_true(fabs(error_ns(&world)) < 10e3);
	filter_free(world.filter);
}

static void test_averages_symmetric_jitter(void **state)
{
	struct world world = begin();
	double sum = 0.0;
	int i;

	(void)state;
	world.frequency = 12e-6;
	world.queue_out_ns = world.queue_back_ns = 300e3;
	run(&world, 60, 64.0);
	for (i = 0; i < 500; i++) {
		run(&world, 1, 64.0);
		sum += error_ns(&world) * error_ns(&world);
	}
	print_message("# RMS %.1f us of 212 us raw\n", sqrt(sum / 500) / 1e3);
	assert_true(sqrt(sum / 500) < 70e3);
	assert_true(fabs(estimate(&world).frequency - 12e-6) < 0.2e-6);
	filter_free(world.filter);
}

/* All queueing on the way out: offset minus half the excess is the truth, and is found. */
static void test_learns_one_sided_jitter(void **state)
{
	struct world world = begin();
	double sum = 0.0;
	int i;

	(void)state;
	world.frequency = -5e-6;
	world.queue_out_ns = 500e3;
	world.noise_ns = 5e3;
	run(&world, 60, 64.0);
	for (i = 0; i < 200; i++) {
		run(&world, 1, 64.0);
		sum += error_ns(&world) * error_ns(&world);
	}
	print_message("# RMS %.1f us\n", sqrt(sum / 200) / 1e3);
	assert_true(sqrt(sum / 200) < 40e3);
	filter_free(world.filter);
}

static void test_follows_wander_and_frequency_steps(void **state)
{
	struct world world = begin();
	double sum = 0.0;
	int i;

	(void)state;
	world.noise_ns = 5e3;
	run(&world, 50, 16.0);
	for (i = 0; i < 400; i++) {
		world.frequency += gaussian() * 5e-9;
		run(&world, 1, 16.0);
		sum += error_ns(&world) * error_ns(&world);
	}
	print_message("# wander: RMS %.2f us\n", sqrt(sum / 400) / 1e3);
	assert_true(sqrt(sum / 400) < 6e3);
	world.frequency += 3e-6;
	run(&world, 10, 16.0);
	assert_true(fabs(error_ns(&world)) < 15e3);
	assert_true(fabs(estimate(&world).frequency - world.frequency) < 0.3e-6);
	filter_free(world.filter);
}

/* What is foretold badly, 30 us here, is not the samples' noise: the poll interval rests on it. */
static void test_jitter_is_noise_and_not_wander(void **state)
{
	struct world world = begin();
	double sum = 0.0;
	int i;

	(void)state;
	world.noise_ns = 2e3;
	run(&world, 50, 64.0);
	for (i = 0; i < 200; i++) {
		world.frequency += gaussian() * 500e-9;
		run(&world, 1, 64.0);
		sum += estimate(&world).jitter_ns;
	}
	print_message("# jitter %.2f us\n", sum / 200 / 1e3);
	assert_true(sum / 200 > 0.5e3 && sum / 200 < 8e3);
	filter_free(world.filter);
}

/* Whatever the asymmetry of the path, root distance is more than the error. */
static void test_root_distance_is_honest(void **state)
{
	int i, j;

	(void)state;
	for (i = 0; i < 20; i++) {
		struct world world = begin();

		world.frequency = (uniform() - 0.5) * 100e-6;
		world.queue_out_ns = uniform() * 1e6;
		world.queue_back_ns = uniform() * 1e6;
		world.noise_ns = 100.0;
		for (j = 0; j < 200; j++) {
			struct filter_estimate e;

			world.frequency += gaussian() * 10e-9;
			run(&world, 1, 64.0);
			e = estimate(&world);
			/* The server itself is right; its root distance is not used up. */
			assert_true(llabs(e.offset_ns - world.offset_ns) <=
				    e.root_distance_ns - 1000000 / 2 - 2000000);
		}
		filter_free(world.filter);
	}
}

static void test_dispersion_grows_with_age(void **state)
{
	struct world world = begin();
	int64_t now, later;

	(void)state;
	world.noise_ns = 5e3;
	run(&world, 50, 16.0);
	now = estimate(&world).root_dispersion_ns;
	pass(&world, 1000.0);
	later = estimate(&world).root_dispersion_ns;
	assert_true(later - now >= 15000000); /* 15 ppm of 1000 s */
	filter_free(world.filter);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_before_the_first_sample),
		cmocka_unit_test(test_settles_after_iburst),
		cmocka_unit_test(test_drift_file_saves_the_frequency),
		cmocka_unit_test(test_averages_symmetric_jitter),
		cmocka_unit_test(test_learns_one_sided_jitter),
		cmocka_unit_test(test_follows_wander_and_frequency_steps),
		cmocka_unit_test(test_jitter_is_noise_and_not_wander),
		cmocka_unit_test(test_root_distance_is_honest),
		cmocka_unit_test(test_dispersion_grows_with_age),
	};
	const char *seed = getenv("SEED");

	dice = seed ? strtoull(seed, NULL, 0) : 20260101;
	print_message("# SEED=%llu\n", (unsigned long long)dice);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
