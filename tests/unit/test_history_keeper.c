// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/history_keeper.c control/history.c control/counts.c control/clocks.c
// control/json_add.c dataplane/state/count.c
/*
 * What of the counters goes into the history: each request once, whichever engines have seen it,
 * and the columns beside each other, so that none is counted in two.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "control/counts.h"
#include "control/history_keeper.h"

static struct counters_block xdp, others, sum;
static struct history_reading reading;

static int set_up(void **state)
{
	(void)state;
	memset(&xdp, 0, sizeof(xdp));
	memset(&others, 0, sizeof(others));
	return 0;
}

/* So many requests over IPv6 in version 4, with one verdict. */
static void count(struct counters_block *block, enum verdict verdict, uint64_t number)
{
	bool replied = verdict_action(verdict) == VERDICT_ACTION_SERVED;

	block->verdict[verdict] += number;
	if (verdict_is_request(verdict))
		block->request[replied][FRAME_IPV6][3] += number;
}

static uint64_t kept(enum history_field field)
{
	sum = xdp;
	counts_add(&sum, &others);
	history_keeper_count(&sum, &xdp, &reading);
	return reading.count[field];
}

static void test_columns(void **state)
{
	(void)state;
	count(&xdp, VERDICT_SERVED, 100);
	count(&xdp, VERDICT_SERVED_LEAKED, 20);
	count(&xdp, VERDICT_SERVED_KISS, 3);
	count(&xdp, VERDICT_DROP_LIMITED, 40);
	count(&xdp, VERDICT_DROP_DENIED, 5);
	count(&xdp, VERDICT_DROP_SHORT, 6);
	count(&xdp, VERDICT_PASS_NOT_UDP, 700);
	assert_int_equal(kept(HISTORY_requests), 100 + 20 + 3 + 40 + 5);
	assert_int_equal(kept(HISTORY_answered), 120);
	assert_int_equal(kept(HISTORY_limited), 43);
	assert_int_equal(kept(HISTORY_dropped), 11);
	assert_int_equal(kept(HISTORY_passed), 700);
}

/* The socket answers what XDP hands up. */
static void test_handed_up(void **state)
{
	(void)state;
	count(&xdp, VERDICT_SERVED, 100);
	count(&xdp, VERDICT_PASS_UNSYNCHRONISED, 50);
	count(&xdp, VERDICT_PASS_LONG, 7);
	count(&others, VERDICT_SERVED, 57);
	assert_int_equal(kept(HISTORY_requests), 157);
	/* And what comes over an interface without XDP. */
	count(&others, VERDICT_SERVED, 1000);
	assert_int_equal(kept(HISTORY_requests), 1157);
}

/* Another server has the port: what was handed up to it came all the same. */
static void test_port_taken(void **state)
{
	(void)state;
	count(&xdp, VERDICT_SERVED, 100);
	count(&xdp, VERDICT_PASS_PAGE_EXPIRED, 50);
	assert_int_equal(kept(HISTORY_requests), 150);
}

/* The count never goes back, or the history would begin anew. */
static void test_onwards(void **state)
{
	uint64_t before = 0;

	(void)state;
	for (int i = 0; i < 100; i++) {
		count(&xdp, i % 3 ? VERDICT_PASS_UNSYNCHRONISED : VERDICT_SERVED, (uint64_t)i % 7);
		assert_true(kept(HISTORY_requests) >= before);
		before = kept(HISTORY_requests);
		count(&others, VERDICT_DROP_UNSYNCHRONISED, (uint64_t)i % 5);
		assert_true(kept(HISTORY_requests) >= before);
		before = kept(HISTORY_requests);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_columns, set_up),
		cmocka_unit_test_setup(test_handed_up, set_up),
		cmocka_unit_test_setup(test_port_taken, set_up),
		cmocka_unit_test_setup(test_onwards, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
