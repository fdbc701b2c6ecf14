// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/leap.c
/*
 * Leap seconds: votes, the two days of a year when they are allowed, arming, passing
 * once, lists. Dates are checked against gmtime_r() over four centuries.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "control/leap.h"

#define DAY_S    86400
#define JUNE_30  1782777600LL /* 2026-06-30 00:00:00 UTC */
#define MIDNIGHT (JUNE_30 + DAY_S)

static void test_vote(void **state)
{
	const uint8_t votes[] = {1, 1, 0, 1, 2, 2, 2};

	(void)state;
	assert_int_equal(leap_vote(votes, 0), 0);
	assert_int_equal(leap_vote(votes, 1), 1);
	assert_int_equal(leap_vote(votes, 3), 1);
	assert_int_equal(leap_vote(votes + 1, 2), 0);
	assert_int_equal(leap_vote(votes, 7), 0);
	assert_int_equal(leap_vote(votes + 2, 5), 2);
}

static void test_only_two_days_a_year(void **state)
{
	int64_t day;

	(void)state;
	for (day = -1000; day < 400 * 366; day++) {
		time_t noon = (time_t)(day * DAY_S + DAY_S / 2);
		struct tm tm;
		bool expected;

		gmtime_r(&noon, &tm);
		expected = (tm.tm_mon == 5 && tm.tm_mday == 30) ||
			   (tm.tm_mon == 11 && tm.tm_mday == 31);
		assert_int_equal(leap_moment(noon, 1), expected ? (day + 1) * DAY_S : 0);
		assert_int_equal(leap_moment(noon, -1), expected ? (day + 1) * DAY_S - 1 : 0);
	}
	assert_int_equal(leap_moment(JUNE_30, 0), 0);
	assert_int_equal(leap_moment(JUNE_30 - 1, 1), 0);
	assert_int_equal(leap_moment(JUNE_30, 1), MIDNIGHT);
	assert_int_equal(leap_moment(MIDNIGHT - 1, 1), MIDNIGHT);
	assert_int_equal(leap_moment(MIDNIGHT, 1), 0);
}

static void test_insert(void **state)
{
	struct leap leap = {0};
	int8_t sign = 0;

	(void)state;
	assert_false(leap_update(&leap, JUNE_30 - 10, 1));
	assert_int_equal(leap_indicator(&leap), 0);
	assert_true(leap_update(&leap, JUNE_30, 1));
	assert_false(leap_update(&leap, JUNE_30 + 1, 1));
	assert_int_equal(leap_indicator(&leap), 1);
	assert_int_equal(leap.at_utc_s, MIDNIGHT);
	assert_false(leap_passed(&leap, MIDNIGHT - 1, &sign));
	assert_true(leap_passed(&leap, MIDNIGHT, &sign));
	assert_int_equal(sign, 1);
	assert_false(leap_passed(&leap, MIDNIGHT, &sign));
	/* It is 23:59:59 once more, and sources still say 1: not a second one. */
	assert_false(leap_update(&leap, MIDNIGHT - 1, 1));
	assert_false(leap_update(&leap, MIDNIGHT + 5, 1));
	assert_int_equal(leap_indicator(&leap), 0);
	assert_int_equal(leap.passed, 1);
	assert_int_equal(leap.done_utc_s, MIDNIGHT);
}

static void test_delete(void **state)
{
	struct leap leap = {0};
	int8_t sign = 0;

	(void)state;
	assert_true(leap_update(&leap, JUNE_30 + 100, 2));
	assert_int_equal(leap_indicator(&leap), 2);
	assert_false(leap_passed(&leap, MIDNIGHT - 2, &sign));
	assert_true(leap_passed(&leap, MIDNIGHT - 1, &sign));
	assert_int_equal(sign, -1);
	assert_false(leap_update(&leap, MIDNIGHT - 1, 2));
	assert_false(leap_update(&leap, MIDNIGHT, 2));
}

static void test_votes_may_change(void **state)
{
	struct leap leap = {0};

	(void)state;
	assert_true(leap_update(&leap, JUNE_30 + 100, 1));
	/* No sources for a while: still armed. */
	assert_false(leap_update(&leap, JUNE_30 + 200, -1));
	assert_int_equal(leap_indicator(&leap), 1);
	assert_true(leap_update(&leap, JUNE_30 + 300, 0));
	assert_int_equal(leap_indicator(&leap), 0);
	assert_true(leap_update(&leap, JUNE_30 + 400, 2));
	assert_true(leap_update(&leap, JUNE_30 + 400, 1));
	assert_int_equal(leap.sign, 1);
}

/* The daemon was asleep over the moment: what is over is not armed. */
static void test_late(void **state)
{
	struct leap leap = {0};
	int8_t sign;

	(void)state;
	assert_false(leap_update(&leap, MIDNIGHT - 1, 2));
	assert_false(leap_update(&leap, MIDNIGHT + 1, 1));
	assert_false(leap_passed(&leap, MIDNIGHT + 1, &sign));
}

static void test_list(void **state)
{
	struct leap leap = {0};

	(void)state;
	assert_false(leap_set(&leap, JUNE_30 - 1, MIDNIGHT, 1));
	assert_true(leap_set(&leap, JUNE_30, MIDNIGHT, 1));
	assert_int_equal(leap.at_utc_s, MIDNIGHT);
	assert_false(leap_set(&leap, MIDNIGHT, MIDNIGHT, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vote),
		cmocka_unit_test(test_only_two_days_a_year),
		cmocka_unit_test(test_insert),
		cmocka_unit_test(test_delete),
		cmocka_unit_test(test_votes_may_change),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
