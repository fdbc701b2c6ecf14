// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/poll.c
/*
 * When a server is asked: bursts, bounds, growth and shrinking of the interval, silence, kisses,
 * and the spread of the interval.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "control/poll.h"

#define S_NS   1000000000ULL
#define MIDDLE 0x80000000U /* no spread */

static const struct poll_options plain = {.minpoll = 6, .maxpoll = 10};
static const struct poll_options burst = {.minpoll = 6, .maxpoll = 10, .iburst = true};

static void sent(struct poll *poll, int times)
{
	while (times--)
		poll_sent(poll);
}

static void test_iburst(void **state)
{
	struct poll poll;

	(void)state;
	poll_start(&poll, &burst);
	for (int i = 0; i < 3; i++) {
		poll_sent(&poll);
		assert_int_equal(poll_interval_ns(&poll, MIDDLE), 2 * S_NS);
		poll_answered(&poll, 0, 0);
	}
	poll_sent(&poll);
	poll_answered(&poll, 0, 0);
	assert_int_equal(poll.reach, 017);
	for (int i = 2; i <= 5; i++) {
		assert_int_equal(poll_interval_ns(&poll, MIDDLE), S_NS << i);
		poll_sent(&poll);
		/* Nothing is learned of the interval meanwhile. */
		poll_answered(&poll, 1, 1);
		assert_int_equal(poll.jiggle, i < 5 ? 0 : 6);
	}
	/* Once at a start: four requests more, never again. */
	for (int i = 0; i < 3; i++) {
		assert_int_equal(poll_interval_ns(&poll, MIDDLE), 64 * S_NS);
		poll_sent(&poll);
		poll_answered(&poll, 0, 0);
	}
}

/* The way up ends at the usual interval, at a kiss, and waits for the first answer. */
static void test_ramp(void **state)
{
	const struct poll_options quick = {.minpoll = 3, .maxpoll = 10, .iburst = true};
	struct poll poll;

	(void)state;
	poll_start(&poll, &quick);
	for (int i = 0; i < POLL_BURST; i++) {
		poll_sent(&poll);
		poll_answered(&poll, 0, 0);
	}
	assert_int_equal(poll_interval_ns(&poll, MIDDLE), 4 * S_NS);
	poll_sent(&poll);
	poll_answered(&poll, 0, 0);
	assert_int_equal(poll_interval_ns(&poll, MIDDLE), 8 * S_NS);
	assert_int_equal(poll.ramp, 0);
	poll_start(&poll, &burst);
	sent(&poll, POLL_BURST);
	assert_int_equal(poll_interval_ns(&poll, MIDDLE), 64 * S_NS);
	poll_answered(&poll, 0, 0);
	assert_int_equal(poll_interval_ns(&poll, MIDDLE), 4 * S_NS);
	poll_kiss_rate(&poll);
	assert_int_equal(poll_interval_ns(&poll, MIDDLE), 128 * S_NS);
}

static void test_plain(void **state)
{
	struct poll poll;

	(void)state;
	poll_start(&poll, &plain);
	poll_sent(&poll);
	assert_int_equal(poll_interval_ns(&poll, MIDDLE), 64 * S_NS);
	assert_int_equal(poll_interval_ns(&poll, 0), 60 * S_NS);
	assert_in_range(poll_interval_ns(&poll, 0xffffffff), 67 * S_NS, 68 * S_NS);
}

static void test_adapts(void **state)
{
	struct poll poll;
	int i;

	(void)state;
	poll_start(&poll, &plain);
	for (i = 0; i < 200; i++) {
		poll_sent(&poll);
		poll_answered(&poll, 1000, 1000);
	}
	assert_int_equal(poll.poll, 10);
	assert_int_equal(poll.reach, 0xff);
	for (i = 0; i < 200; i++) {
		poll_sent(&poll);
		poll_answered(&poll, -3000, 1000);
	}
	assert_int_equal(poll.poll, 6);
	/* One bad sample in twenty is the weather. */
	for (i = 0; i < 400; i++) {
		poll_sent(&poll);
		poll_answered(&poll, i % 20 ? 1000 : 9000, 1000);
	}
	assert_int_equal(poll.poll, 10);
	/* A step: as fast as allowed, at once. */
	poll_sent(&poll);
	poll_answered(&poll, 11000, 1000);
	assert_int_equal(poll.poll, 6);
}

/* Unreachable: less often, up to maxpoll; back: minpoll and a burst. */
static void test_silence(void **state)
{
	struct poll poll;

	(void)state;
	poll_start(&poll, &burst);
	sent(&poll, POLL_UNREACHABLE);
	assert_int_equal(poll.poll, 6);
	sent(&poll, 20);
	assert_int_equal(poll.poll, 10);
	assert_int_equal(poll.reach, 0);
	poll_answered(&poll, 0, 0);
	assert_int_equal(poll.poll, 6);
	assert_int_equal(poll_interval_ns(&poll, MIDDLE), 2 * S_NS);
	sent(&poll, 3);
	/* Its first answer ever: this is its start. */
	assert_int_equal(poll_interval_ns(&poll, MIDDLE), 4 * S_NS);
	assert_int_equal(poll.reach, 010);
	sent(&poll, 5);
	assert_int_equal(poll.reach, 0);
	assert_int_equal(poll_interval_ns(&poll, MIDDLE), 64 * S_NS);
	sent(&poll, 20);
	poll_answered(&poll, 0, 0);
	sent(&poll, 3);
	assert_int_equal(poll_interval_ns(&poll, MIDDLE), 64 * S_NS);
}

static void test_kisses(void **state)
{
	struct poll poll;
	int i;

	(void)state;
	poll_start(&poll, &burst);
	poll_sent(&poll);
	poll_kiss_rate(&poll);
	assert_int_equal(poll_interval_ns(&poll, MIDDLE), 128 * S_NS);
	/* For good: bad samples do not bring the old interval back, and a return does not. */
	for (i = 0; i < 100; i++)
		poll_answered(&poll, 1e9, 1);
	assert_int_equal(poll.poll, 7);
	sent(&poll, 20);
	poll_answered(&poll, 0, 0);
	assert_int_equal(poll.poll, 7);
	for (i = 0; i < 20; i++)
		poll_kiss_rate(&poll);
	assert_int_equal(poll.poll, 10);
	poll_start(&poll, &burst);
	poll_kiss_deny(&poll);
	assert_int_equal(poll_interval_ns(&poll, MIDDLE), 1024 * S_NS);
}

static void test_unsent(void **state)
{
	struct poll poll;

	(void)state;
	poll_start(&poll, &burst);
	for (int i = 0; i < 12; i++) {
		poll_unsent(&poll);
		assert_int_equal(poll_interval_ns(&poll, MIDDLE), S_NS << (i < 3 ? i : 3));
	}
	/* The burst is still to come. */
	poll_sent(&poll);
	assert_int_equal(poll_interval_ns(&poll, MIDDLE), 2 * S_NS);
}

static void test_configure(void **state)
{
	const struct poll_options quick = {.minpoll = 2, .maxpoll = 3};
	struct poll poll;

	(void)state;
	poll_start(&poll, &plain);
	poll_configure(&poll, &quick);
	assert_int_equal(poll.poll, 3);
	poll_configure(&poll, &plain);
	assert_int_equal(poll.poll, 6);
	poll_kiss_rate(&poll);
	poll_configure(&poll, &plain);
	assert_int_equal(poll.poll, 7);
	poll_configure(&poll, &quick);
	assert_int_equal(poll.poll, 3);
}

/* What a reply teaches holds for the request that follows it, counted from the one before. */
static void test_schedule(void **state)
{
	struct poll poll;

	(void)state;
	poll_start(&poll, &plain);
	poll.poll = 10;
	poll_sent(&poll);
	poll_schedule(&poll, 5000 * S_NS, MIDDLE);
	assert_int_equal(poll.next_ns, 6024 * S_NS);
	poll_answered(&poll, 500, 1000);
	poll_reschedule(&poll, MIDDLE);
	assert_int_equal(poll.next_ns, 6024 * S_NS);
	/* A step was seen: the short interval begins with this request, and is not cut. */
	poll_answered(&poll, 11000, 1000);
	poll_reschedule(&poll, MIDDLE);
	assert_int_equal(poll.next_ns, 5064 * S_NS);
	poll_reschedule(&poll, 0);
	assert_int_equal(poll.next_ns, 5060 * S_NS);
	poll_kiss_rate(&poll);
	poll_reschedule(&poll, MIDDLE);
	assert_int_equal(poll.next_ns, 5128 * S_NS);
	/* An answer after a long silence: the burst goes on at once. */
	poll_start(&poll, &burst);
	sent(&poll, 30);
	poll_schedule(&poll, 5000 * S_NS, MIDDLE);
	assert_int_equal(poll.next_ns, 6024 * S_NS);
	poll_answered(&poll, 0, 0);
	poll_reschedule(&poll, MIDDLE);
	assert_int_equal(poll.next_ns, 5002 * S_NS);
	/* Not sent: soon again. */
	poll_unsent(&poll);
	poll_schedule(&poll, 6000 * S_NS, MIDDLE);
	assert_int_equal(poll.next_ns, 6001 * S_NS);
}

static void test_zero(void **state)
{
	const struct poll_options least = {
		.minpoll = 0, .maxpoll = 0, .iburst = true, .burst = true};
	struct poll poll;

	(void)state;
	poll_start(&poll, &least);
	for (int i = 0; i < 50; i++) {
		poll_sent(&poll);
		assert_int_equal(poll_interval_ns(&poll, MIDDLE), S_NS);
		poll_answered(&poll, 0, 1);
		assert_int_equal(poll.poll, 0);
	}
}

/* A sample that is not believed yet gets another in 2 s; when that agrees, it is a new start. */
static void test_doubt(void **state)
{
	struct poll poll;

	(void)state;
	poll_start(&poll, &plain);
	sent(&poll, 1);
	poll_answered(&poll, 100, 50);
	sent(&poll, 1);
	poll_answered(&poll, 1e6, 50);
	poll_doubt(&poll);
	assert_int_equal(poll_interval_ns(&poll, MIDDLE), 2 * S_NS);
	sent(&poll, 1);
	/* It was nothing. */
	poll_answered(&poll, 10, 50);
	assert_int_equal(poll_interval_ns(&poll, MIDDLE), 64 * S_NS);
	poll_start(&poll, &burst);
	poll.burst_left = poll.ramp = 0;
	for (int i = 0; i < 2; i++) {
		sent(&poll, 1);
		poll_answered(&poll, 1e6, 50);
		if (i == 0)
			poll_doubt(&poll);
	}
	for (int i = 0; i < POLL_BURST - 1; i++) {
		assert_int_equal(poll_interval_ns(&poll, MIDDLE), 2 * S_NS);
		sent(&poll, 1);
		poll_answered(&poll, 10, 50);
	}
	assert_int_equal(poll_interval_ns(&poll, MIDDLE), 4 * S_NS);
	/* Who has asked for fewer requests gets no more. */
	poll_start(&poll, &plain);
	poll_kiss_rate(&poll);
	sent(&poll, 1);
	poll_answered(&poll, 1e6, 50);
	poll_doubt(&poll);
	assert_int_equal(poll_interval_ns(&poll, MIDDLE), 128 * S_NS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_iburst),
		cmocka_unit_test(test_ramp),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_adapts),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_kisses),
		cmocka_unit_test(test_unsent),
		cmocka_unit_test(test_configure),
		cmocka_unit_test(test_schedule),
		cmocka_unit_test(test_zero),
		cmocka_unit_test(test_doubt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
