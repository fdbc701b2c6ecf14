// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/filter.c control/filter_bank.c
/*
 * The clock filter against sources whose truth is known: constant and wandering
 * frequency, jitter of one and of two directions, steps, outliers, a change of route, the
 * year 2036, a leap second. Time and dice are the test's; the seed is printed and
 * taken from SEED.
 */
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

static double uniform(void)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return ((double)(dice >> 11) + 0.5) / 9007199254740992.0;
}

static double gaussian(void)
{
	return sqrt(-2.0 * log(uniform())) * cos(2.0 * M_PI * uniform());
}

static double exponential(double mean)
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

static struct world begin(void)
{
	struct world world = {.filter = filter_new(),
		.raw_ns = 1000 * NS_PER_S,
		.offset_ns = UNIX_NOW * (int64_t)NS_PER_S,
		.path_ns = 400000};

	assert_non_null(world.filter);
	return world;
}

static void pass(struct world *world, double seconds)
{
	double moved = world->remainder_ns + world->frequency * seconds * 1e9;

	world->raw_ns += (uint64_t)(seconds * 1e9);
	world->offset_ns += (int64_t)floor(moved);
	world->remainder_ns = moved - floor(moved);
}

static void sample(struct world *world)
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

static void run(struct world *world, int samples, double interval_s)
{
	while (samples-- > 0) {
		pass(world, interval_s);
		sample(world);
	}
}

static struct filter_estimate estimate(const struct world *world)
{
	struct filter_estimate e;

	assert_true(filter_estimate(world->filter, world->raw_ns, &e));
	return e;
}

static double error_ns(const struct world *world)
{
	return (double)(estimate(world).offset_ns - world->offset_ns);
}

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
	print_message("offset %.0f ns at worst, frequency %.3f ppm on average\n", worst_offset,
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
	print_message("RMS %.1f us of 212 us raw\n", sqrt(sum / 500) / 1e3);
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
	print_message("RMS %.1f us\n", sqrt(sum / 200) / 1e3);
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
	print_message("wander: RMS %.2f us\n", sqrt(sum / 400) / 1e3);
	assert_true(sqrt(sum / 400) < 6e3);
	world.frequency += 3e-6;
	run(&world, 10, 16.0);
	assert_true(fabs(error_ns(&world)) < 15e3);
	assert_true(fabs(estimate(&world).frequency - world.frequency) < 0.3e-6);
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
		cmocka_unit_test(test_nothing_before_the_first_sample),
		cmocka_unit_test(test_refused_samples_change_nothing),
		cmocka_unit_test(test_settles_after_iburst),
		cmocka_unit_test(test_drift_file_saves_the_frequency),
		cmocka_unit_test(test_averages_symmetric_jitter),
		cmocka_unit_test(test_learns_one_sided_jitter),
		cmocka_unit_test(test_follows_wander_and_frequency_steps),
		cmocka_unit_test(test_one_outlier_is_put_aside),
		cmocka_unit_test(test_a_step_is_followed_and_the_frequency_kept),
		cmocka_unit_test(test_a_longer_route_is_accepted),
		cmocka_unit_test(test_root_distance_is_honest),
		cmocka_unit_test(test_dispersion_grows_with_age),
		cmocka_unit_test(test_leap_second_shifts_history),
		cmocka_unit_test(test_2036),
	};
	const char *seed = getenv("SEED");

	dice = seed ? strtoull(seed, NULL, 0) : 20260101;
	print_message("SEED=%llu\n", (unsigned long long)dice);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
