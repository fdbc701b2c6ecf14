// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The DPDK worker's clock: the ratio of the TSC, moments within a burst, and that they never go
 * back: equal readings, readings that are late, a processor that stood still.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dataplane/dpdk/engine_clock.h"

#define S 1000000000ULL

/* A TSC of 2.5 GHz. */
static uint64_t tsc_at(uint64_t ns)
{
	return 5000 + ns * 5 / 2;
}

static struct engine_clock calibrated(void)
{
	struct engine_clock clock = {.step_ns = 30};

	engine_clock_calibrate(&clock, 100 * S, tsc_at(100 * S));
	engine_clock_calibrate(&clock, 101 * S, tsc_at(101 * S));
	return clock;
}

static void test_ratio(void **state)
{
	struct engine_clock clock = {0};

	(void)state;
	engine_clock_calibrate(&clock, 100 * S, tsc_at(100 * S));
	assert_int_equal(clock.multiplier_q32, 0);
	assert_int_equal(engine_clock_since(&clock, tsc_at(100 * S)), 0);
	engine_clock_calibrate(&clock, 100 * S + 10000000, tsc_at(100 * S + 10000000));
	engine_clock_burst(&clock, 101 * S, tsc_at(101 * S));
	assert_in_range(engine_clock_since(&clock, tsc_at(101 * S + 1000)), 999, 1000);
	/* An hour without a burst. */
	engine_clock_burst(&clock, 3700 * S, tsc_at(3700 * S));
	assert_in_range(engine_clock_since(&clock, tsc_at(3700 * S + 10000)), 9999, 10000);
}

static void test_tsc_cannot_be_true(void **state)
{
	struct engine_clock clock = calibrated();

	(void)state;
	engine_clock_burst(&clock, 102 * S, tsc_at(102 * S));
	assert_int_equal(engine_clock_since(&clock, tsc_at(102 * S) - 1), 0);
	assert_int_equal(engine_clock_since(&clock, tsc_at(107 * S)), 0);
	/* A TSC that stands, or goes back, gives no ratio. */
	engine_clock_calibrate(&clock, 104 * S, clock.pair_tsc);
	engine_clock_calibrate(&clock, 106 * S, clock.pair_tsc - 10);
	assert_in_range(clock.multiplier_q32, 1717986900, 1717986930); /* 0.4 */
}

static void test_moments_are_apart(void **state)
{
	struct engine_clock clock = calibrated();
	uint64_t last = 0;

	(void)state;
	engine_clock_burst(&clock, 102 * S, tsc_at(102 * S));
	for (int i = 0; i < 32; i++) {
		uint64_t now = engine_clock_next(&clock, (uint64_t)(i / 8 * 8) * 40);

		if (i > 0)
			assert_true(now >= last + 30);
		assert_true(now <= 102 * S + (uint64_t)i * 40 + 320);
		last = now;
	}
	/* The next burst was read a little before the last moment that was given out. */
	engine_clock_burst(&clock, last - 10, tsc_at(last - 10));
	assert_int_equal(engine_clock_next(&clock, 0), last + 30);
}

/* Frames that follow each other faster than the page's precision, for a long time. */
static void test_lead_is_bounded(void **state)
{
	struct engine_clock clock = calibrated();
	uint64_t real = 102 * S, last = 0;

	(void)state;
	clock.step_ns = 1000;
	for (int burst = 0; burst < 1000; burst++, real += 32 * 25) {
		engine_clock_burst(&clock, real, tsc_at(real));
		for (uint64_t i = 0; i < 32; i++) {
			uint64_t now = engine_clock_next(&clock, i * 25);

			assert_true(now >= last);
			assert_true(now <= real + i * 25 + ENGINE_CLOCK_LEAD_NS);
			last = now;
		}
	}
}

static void test_step(void **state)
{
	(void)state;
	assert_int_equal(engine_clock_step(-25), 30);
	assert_int_equal(engine_clock_step(-20), 954);
	assert_int_equal(engine_clock_step(-31), 1);
	assert_int_equal(engine_clock_step(0), ENGINE_CLOCK_LEAD_NS);
	assert_int_equal(engine_clock_step(-10), 976563); /* above the lead: never kept */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ratio),
		cmocka_unit_test(test_tsc_cannot_be_true),
		cmocka_unit_test(test_moments_are_apart),
		cmocka_unit_test(test_lead_is_bounded),
		cmocka_unit_test(test_step),
	};

	return cmocka_run_group_tests_name("engine_clock", tests, NULL, NULL);
}
