/* SPDX-License-Identifier: GPL-2.0-or-later */
// test-sources: control/limit_storm.c
/*
 * Storms of requests over the rate limit: where one begins and ends, what swings around the
 * thresholds, what is too little to be one, its figures, and counters that begin anew.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "control/limit_storm.h"

#define SECOND UINT64_C(1000000000)

static struct limit_storm storm;
static struct limit_storm_count count;
static struct limit_storm_figures told;
static uint64_t now_ns;
static unsigned int begun, ended;
static uint64_t begun_at_s, ended_at_s;

static int start(void **state)
{
	(void)state;
	storm = (struct limit_storm){.next = 0};
	count = (struct limit_storm_count){0, 0};
	now_ns = 1000 * SECOND;
	begun = ended = 0;
	return 0;
}

/* So many seconds at so many requests, and so many over the limit, a second. */
static void pass(unsigned int seconds, uint64_t requests, uint64_t limited)
{
	for (unsigned int i = 0; i < seconds; i++) {
		enum limit_storm_change change;

		count.requests += requests;
		count.limited += limited;
		now_ns += SECOND;
		change = limit_storm_look(&storm, now_ns, &count, &told);
		begun += change == LIMIT_STORM_BEGINS;
		ended += change == LIMIT_STORM_ENDS;
		if (change == LIMIT_STORM_BEGINS)
			begun_at_s = now_ns / SECOND;
		else if (change == LIMIT_STORM_ENDS)
			ended_at_s = now_ns / SECOND;
	}
}

static void test_quiet(void **state)
{
	(void)state;
	pass(1000, 0, 0);
	pass(1000, 100000, 0);
	pass(1000, 100000, 19900); /* just under the share */
	assert_int_equal(begun, 0);
}

/* All of it is over the limit, and it is still too little to be one. */
static void test_few(void **state)
{
	(void)state;
	pass(1000, LIMIT_STORM_BEGIN_PER_S - 1, LIMIT_STORM_BEGIN_PER_S - 1);
	assert_int_equal(begun, 0);
}

static void test_storm(void **state)
{
	uint64_t from_s;

	(void)state;
	pass(60, 1000, 0);
	from_s = now_ns / SECOND;
	pass(100, 11000, 10000);
	assert_int_equal(begun, 1);
	assert_int_equal(ended, 0);
	/* A second's worth of 10,000 is a share of 50 % and more of ten seconds of 1,000. */
	assert_int_equal(begun_at_s - from_s, 1);
	from_s = now_ns / SECOND;
	pass(100, 1000, 0);
	assert_int_equal(begun, 1);
	assert_int_equal(ended, 1);
	/* The window has to pass, then the calm. */
	assert_in_range(
		ended_at_s - from_s, LIMIT_STORM_CALM_S, LIMIT_STORM_CALM_S + LIMIT_STORM_WINDOW_S);
	/* 100 s of storm with up to ten seconds around it on each side. */
	assert_in_range(told.duration_ns / SECOND, 100, 120);
	assert_in_range((uint64_t)(told.limited_per_s * (double)told.duration_ns / 1e9 + 0.5),
		999999, 1000001);
	assert_in_range((uint64_t)told.requests_per_s, 9000, 11000);
}

static void test_begin_figures(void **state)
{
	(void)state;
	pass(60, 1000, 0);
	pass(1, 101000, 100000);
	assert_int_equal(begun, 1);
	assert_in_range((uint64_t)told.limited_per_s, 10000, 10000);
	assert_in_range((uint64_t)told.requests_per_s, 11000, 11000);
	assert_int_equal(told.duration_ns, LIMIT_STORM_WINDOW_S * SECOND);
}

/* Bursts with pauses shorter than the calm are one storm. */
static void test_hysteresis(void **state)
{
	(void)state;
	pass(20, 1000, 0);
	for (int i = 0; i < 50; i++) {
		pass(5, 1000, 900);
		pass(20, 1000, 0);
	}
	assert_int_equal(begun, 1);
	assert_int_equal(ended, 0);
	/* Between the two thresholds nothing begins, and nothing ends. */
	pass(200, 1000, 150);
	assert_int_equal(ended, 0);
	pass(100, 1000, 0);
	assert_int_equal(ended, 1);
	pass(200, 1000, 150);
	assert_int_equal(begun, 1);
}

/* The first look is no storm, however large the counters are. */
static void test_first_look(void **state)
{
	(void)state;
	count = (struct limit_storm_count){2000000000, 1000000000};
	pass(100, 1000, 0);
	assert_int_equal(begun, 0);
}

static void test_counters_anew(void **state)
{
	(void)state;
	pass(20, 1000, 900);
	assert_int_equal(begun, 1);
	count = (struct limit_storm_count){0, 0};
	pass(100, 1000, 0);
	assert_int_equal(ended, 1);
	assert_in_range((uint64_t)told.limited_per_s, 0, 1000);
	assert_in_range((uint64_t)told.requests_per_s, 0, 1100);
	/* And on a new start of counting after quiet. */
	count = (struct limit_storm_count){0, 0};
	pass(100, 1000, 0);
	assert_int_equal(begun, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_quiet, start),
		cmocka_unit_test_setup(test_few, start),
		cmocka_unit_test_setup(test_storm, start),
		cmocka_unit_test_setup(test_begin_figures, start),
		cmocka_unit_test_setup(test_hysteresis, start),
		cmocka_unit_test_setup(test_first_look, start),
		cmocka_unit_test_setup(test_counters_anew, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
