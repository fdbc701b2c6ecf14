// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/stability.c
/*
 * What the oscillator has earned: nothing before two days, a rate that its band bounds after
 * them, never below a floor; lost by a gap, a jump, and when it wanders.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "control/filter.h"
#include "control/stability.h"

#define NS_PER_S UINT64_C(1000000000)
#define UPDATE_S 64
#define DAY_S    86400
#define SD       0.05e-6

static struct stability stability;
static uint64_t raw_ns;

/* An oscillator that goes up and down by `swing` about `mean`, once a day. */
static void run(double hours, double mean, double swing)
{
	uint64_t end_ns = raw_ns + (uint64_t)(hours * 3600.0) * NS_PER_S;

	for (; raw_ns < end_ns; raw_ns += UPDATE_S * NS_PER_S)
		stability_add(&stability, raw_ns,
			mean + swing * sin((double)(raw_ns / NS_PER_S) / DAY_S * 2.0 * M_PI), SD);
}

static int begin(void **state)
{
	(void)state;
	stability = (struct stability){0};
	raw_ns = 77 * NS_PER_S;
	return 0;
}

static void test_two_days(void **state)
{
	(void)state;
	assert_true(stability_rate(&stability) == FILTER_PHI);
	run(47.5, 12e-6, 0.5e-6);
	assert_true(stability_rate(&stability) == FILTER_PHI);
	run(2, 12e-6, 0.5e-6);
	/* Twice the band of 1 ppm. */
	assert_true(fabs(stability_rate(&stability) - 2e-6) < 0.05e-6);
}

static void test_bounds(void **state)
{
	(void)state;
	run(60, 12e-6, 1e-9);
	assert_true(stability_rate(&stability) == 0.5e-6);
	begin(NULL);
	run(60, 12e-6, 30e-6);
	assert_true(stability_rate(&stability) == FILTER_PHI);
}

static void test_a_gap(void **state)
{
	(void)state;
	run(60, 12e-6, 0.1e-6);
	raw_ns += 1800 * NS_PER_S;
	run(1, 12e-6, 0.1e-6);
	assert_true(stability_rate(&stability) < 1e-6);
	raw_ns += 2 * 3600 * NS_PER_S;
	run(1, 12e-6, 0.1e-6);
	assert_true(stability_rate(&stability) == FILTER_PHI);
	run(49, 12e-6, 0.1e-6);
	assert_true(stability_rate(&stability) < 1e-6);
}

static void test_a_jump(void **state)
{
	(void)state;
	run(60, 12e-6, 0.1e-6);
	run(0.1, 13.5e-6, 0.1e-6);
	assert_true(stability_rate(&stability) == FILTER_PHI);
	run(47, 13.5e-6, 0.1e-6);
	assert_true(stability_rate(&stability) == FILTER_PHI);
	run(2, 13.5e-6, 0.1e-6);
	assert_true(stability_rate(&stability) < 1e-6);
}

/* Less than a jump widens the band; two quiet days make it narrow again. */
static void test_a_wander(void **state)
{
	(void)state;
	run(60, 12e-6, 0.1e-6);
	run(1, 12.8e-6, 0.0);
	assert_true(fabs(stability_rate(&stability) - 1.8e-6) < 0.1e-6);
	run(24, 12e-6, 0.1e-6);
	assert_true(stability_rate(&stability) > 1.5e-6);
	run(26, 12e-6, 0.1e-6);
	assert_true(stability_rate(&stability) == 0.5e-6);
}

/* What is not known well says nothing, good or bad. */
static void test_noise(void **state)
{
	uint64_t before_ns;

	(void)state;
	run(60, 12e-6, 0.1e-6);
	before_ns = stability.last_raw_ns;
	stability_add(&stability, raw_ns, 90e-6, 5e-6);
	assert_int_equal(stability.last_raw_ns, before_ns);
	assert_true(stability_rate(&stability) < 1e-6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_two_days, begin),
		cmocka_unit_test_setup(test_bounds, begin),
		cmocka_unit_test_setup(test_a_gap, begin),
		cmocka_unit_test_setup(test_a_jump, begin),
		cmocka_unit_test_setup(test_a_wander, begin),
		cmocka_unit_test_setup(test_noise, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
