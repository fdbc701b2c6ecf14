// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/history.c
/*
 * The history of the rates, in fake time: sums are kept whenever the reader comes, gaps stay gaps,
 * counters that go back begin anew, and both rings go round.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "control/history.h"

#define S  1000000000ULL
#define MS 1000000ULL

static struct history *history;
static struct history_reading reading;

static int begin(void **state)
{
	(void)state;
	history = history_new();
	reading = (struct history_reading){.good = true};
	return history ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	history_free(history);
	return 0;
}

/* A reading at a moment with so many more requests, half of them answered. */
static void read_at(uint64_t now_ns, uint64_t more)
{
	reading.count[HISTORY_requests] += more;
	reading.count[HISTORY_answered] += more / 2;
	history_add(history, now_ns, &reading);
}

static uint32_t requests(enum history_step step, uint64_t number)
{
	return history_get(history, step, number).count[HISTORY_requests];
}

static void test_empty(void **state)
{
	uint64_t first, end_;
	bool since_start;

	(void)state;
	assert_true(history_due(history, 5 * S));
	assert_false(history_range(history, HISTORY_SECOND, &first, &end_));
	assert_int_equal(history_get(history, HISTORY_SECOND, 5).seen_ms, 0);
	assert_int_equal(history_state_ns(history, 5 * S, &since_start), 0);
	read_at(5 * S, 100); /* what was counted before is nobody's second */
	assert_false(history_range(history, HISTORY_SECOND, &first, &end_));
	assert_false(history_due(history, 5 * S + 999 * MS));
	assert_true(history_due(history, 6 * S));
}

static void test_seconds(void **state)
{
	struct history_sum sum;
	uint64_t first, end_;

	(void)state;
	for (unsigned int i = 0; i <= 10; i++)
		read_at((100 + i) * S, i);
	assert_true(history_range(history, HISTORY_SECOND, &first, &end_));
	assert_int_equal(first, 100);
	assert_int_equal(end_, 110);
	for (unsigned int i = 0; i < 10; i++) {
		assert_int_equal(requests(HISTORY_SECOND, 100 + i), i + 1);
		assert_int_equal(history_get(history, HISTORY_SECOND, 100 + i).seen_ms, 1000);
		assert_int_equal(history_get(history, HISTORY_SECOND, 100 + i).good_ms, 1000);
	}
	sum = history_sum(history, HISTORY_SECOND, 100, 110);
	assert_int_equal(sum.count[HISTORY_requests], 55);
	assert_true(history_rate(&sum, HISTORY_requests) == 5.5);
	assert_true(history_rate(&sum, HISTORY_limited) == 0);
}

/* A turn that comes late and early, as the loop's do: the rates do not jump, the sum is exact. */
static void test_uneven(void **state)
{
	uint64_t total = 0;

	(void)state;
	srand(7);
	for (unsigned int i = 0; i < 120; i++) {
		uint64_t now = (1000 + i) * S + (uint64_t)(rand() % 125) * MS;

		/* 8000 a second, to the ms */
		read_at(now, now / MS * 8 - reading.count[HISTORY_requests]);
	}
	for (uint64_t number = 1001; number < 1118; number++) {
		assert_in_range(requests(HISTORY_SECOND, number), 7999, 8001);
		total += requests(HISTORY_SECOND, number);
	}
	assert_in_range(total, 117 * 8000 - 1, 117 * 8000 + 1);
	assert_int_equal(history_get(history, HISTORY_MINUTE, 17).seen_ms, 60000);
	assert_in_range(requests(HISTORY_MINUTE, 17), 60 * 8000 - 1, 60 * 8000 + 1);
}

/* A reader that was held up for a while spreads what it finds; one that was away knows nothing. */
static void test_gap(void **state)
{
	struct history_sum sum;

	(void)state;
	read_at(200 * S, 0);
	read_at(205 * S, 1003);
	for (uint64_t number = 200; number < 205; number++)
		assert_in_range(requests(HISTORY_SECOND, number), 200, 201);
	sum = history_sum(history, HISTORY_SECOND, 200, 205);
	assert_int_equal(sum.count[HISTORY_requests], 1003);
	read_at(205 * S + HISTORY_SPREAD_S * S + MS, 5000);
	read_at(217 * S, 20);
	for (uint64_t number = 205; number < 215; number++)
		assert_int_equal(history_get(history, HISTORY_SECOND, number).seen_ms, 0);
	assert_int_equal(history_get(history, HISTORY_SECOND, 215).seen_ms, 999);
	sum = history_sum(history, HISTORY_SECOND, 205, 215);
	assert_true(isnan(history_rate(&sum, HISTORY_requests)));
	sum = history_sum(history, HISTORY_SECOND, 200, 217);
	assert_int_equal(sum.count[HISTORY_requests], 1023);
	assert_int_equal(sum.seen_ms, 5000 + 1999);
	/* A minute of which little was seen has the rate of that little. */
	read_at(240 * S, 0);
	sum = history_sum(history, HISTORY_MINUTE, 3, 4);
	assert_int_equal(sum.seen_ms, 5000 + 1999);
}

/* New pins: nothing is made up, and it goes on from there. */
static void test_counters_begin_anew(void **state)
{
	(void)state;
	read_at(300 * S, 1000000);
	read_at(301 * S, 10);
	reading = (struct history_reading){.good = true};
	read_at(302 * S, 5);
	read_at(303 * S, 7);
	assert_int_equal(requests(HISTORY_SECOND, 300), 10);
	assert_int_equal(history_get(history, HISTORY_SECOND, 301).seen_ms, 0);
	assert_int_equal(requests(HISTORY_SECOND, 302), 7);
}

/* After more than a week: as many slots as are kept, each with its own minute's numbers. */
static void test_goes_round(void **state)
{
	uint64_t first, end_, minutes = HISTORY_MINUTES + 300;

	(void)state;
	/* 7 s: within what is spread, and no divisor of a minute */
	for (uint64_t now = 0; now <= minutes * 60; now += 7)
		read_at(now * S, 7 * (now / 60000 + 1));
	assert_true(history_range(history, HISTORY_MINUTE, &first, &end_));
	assert_in_range(end_, minutes - 1, minutes);
	assert_int_equal(end_ - first, HISTORY_MINUTES - 1);
	for (uint64_t number = first; number < end_; number += 13) {
		assert_int_equal(history_get(history, HISTORY_MINUTE, number).seen_ms, 60000);
		assert_in_range(requests(HISTORY_MINUTE, number), 60 * (number / 1000 + 1) - 7,
			60 * (number / 1000 + 1) + 7);
	}
	assert_int_equal(history_get(history, HISTORY_MINUTE, first - 1).seen_ms, 0);
	assert_int_equal(history_get(history, HISTORY_MINUTE, end_).seen_ms, 0);
	assert_true(history_range(history, HISTORY_SECOND, &first, &end_));
	assert_int_equal(end_ - first, HISTORY_SECONDS - 1);
}

/* Away for longer than a ring holds: nothing old shows through. */
static void test_long_absence(void **state)
{
	uint64_t first, end_;
	struct history_sum sum;

	(void)state;
	for (unsigned int i = 0; i <= 100; i++)
		read_at(i * S, 50);
	read_at(30000 * S, 0);
	assert_true(history_range(history, HISTORY_SECOND, &first, &end_));
	sum = history_sum(history, HISTORY_SECOND, first, end_);
	assert_int_equal(sum.seen_ms, 0);
	read_at(30001 * S, 9);
	sum = history_sum(history, HISTORY_SECOND, 26403, 30001);
	assert_int_equal(sum.count[HISTORY_requests], 9);
	assert_int_equal(sum.seen_ms, 1000);
}

static void test_bounds(void **state)
{
	(void)state;
	read_at(400 * S, 0);
	read_at(401 * S, 10000000000ULL);
	assert_int_equal(requests(HISTORY_SECOND, 400), UINT32_MAX);
	read_at(410 * S, UINT64_MAX / 4);
	assert_int_equal(requests(HISTORY_SECOND, 405), UINT32_MAX);
	/* Time that stands still or goes back changes nothing. */
	read_at(410 * S, 5);
	read_at(409 * S, 5);
	assert_int_equal(history_get(history, HISTORY_SECOND, 409).seen_ms, 1000);
}

static void test_state(void **state)
{
	bool since_start;

	(void)state;
	reading.good = false;
	read_at(500 * S, 0);
	read_at(501 * S, 0);
	assert_int_equal(history_state_ns(history, 503 * S, &since_start), 3 * S);
	assert_true(since_start);
	reading.good = true;
	read_at(502 * S, 0);
	read_at(503 * S, 0);
	assert_int_equal(history_state_ns(history, 503 * S, &since_start), S);
	assert_false(since_start);
	/* Good is what was good at both ends. */
	assert_int_equal(history_get(history, HISTORY_SECOND, 501).good_ms, 0);
	assert_int_equal(history_get(history, HISTORY_SECOND, 502).good_ms, 1000);
	assert_int_equal(history_get(history, HISTORY_SECOND, 501).seen_ms, 1000);
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(history_field_name(HISTORY_requests), "requests");
	assert_string_equal(history_field_name(HISTORY_passed), "passed");
	assert_true(sizeof(struct history_slot) * (HISTORY_SECONDS + HISTORY_MINUTES) < 1 << 19);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_empty, begin, end),
		cmocka_unit_test_setup_teardown(test_seconds, begin, end),
		cmocka_unit_test_setup_teardown(test_uneven, begin, end),
		cmocka_unit_test_setup_teardown(test_gap, begin, end),
		cmocka_unit_test_setup_teardown(test_counters_begin_anew, begin, end),
		cmocka_unit_test_setup_teardown(test_goes_round, begin, end),
		cmocka_unit_test_setup_teardown(test_long_absence, begin, end),
		cmocka_unit_test_setup_teardown(test_bounds, begin, end),
		cmocka_unit_test_setup_teardown(test_state, begin, end),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
