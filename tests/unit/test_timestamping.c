// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/timestamping.c dataplane/socket/stamp.c
/*
 * Kernel stamps become moments of a clock that nobody steps, or are refused: those of the daemon's
 * requests (CLOCK_MONOTONIC_RAW) and those of the socket engine (CLOCK_MONOTONIC). And real
 * ones over loopback lie between the clock reads around them.
 */
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "control/timestamping.h"
#include "dataplane/socket/stamp.h"

#define RAW_NS   1000000000000ULL
#define REAL_NS  1767225600000000000LL
#define SLACK_NS 100000
#define MS_NS    1000000LL

/* 10 ms between the two reads; REALTIME is stepped by step_ns in between. */
static bool convert(int64_t stamp_ns, int64_t step_ns, uint64_t *ret_raw_ns)
{
	struct clocks_pair before = {.raw_ns = RAW_NS, .real_ns = REAL_NS, .window_ns = 50};
	struct clocks_pair after = {.raw_ns = RAW_NS + 10 * MS_NS,
		.real_ns = REAL_NS + 10 * MS_NS + step_ns,
		.window_ns = 50};

	return timestamping_convert(stamp_ns, &before, &after, ret_raw_ns);
}

static void test_convert(void **state)
{
	uint64_t raw_ns = 0;

	(void)state;
	assert_true(convert(REAL_NS + 4 * MS_NS, 0, &raw_ns));
	assert_int_equal(raw_ns, RAW_NS + 4 * MS_NS);
	assert_true(convert(REAL_NS, 0, &raw_ns));
	assert_int_equal(raw_ns, RAW_NS);
	/* Never outside of the two reads, by the noise of reading them either. */
	assert_true(convert(REAL_NS + 10 * MS_NS + 90, 0, &raw_ns));
	assert_int_equal(raw_ns, RAW_NS + 10 * MS_NS);
	assert_true(convert(REAL_NS - 90, 0, &raw_ns));
	assert_int_equal(raw_ns, RAW_NS);
	assert_false(convert(REAL_NS + 10 * MS_NS + 200, 0, &raw_ns));
	assert_false(convert(REAL_NS - MS_NS, 0, &raw_ns));
}

static void test_convert_step(void **state)
{
	const int64_t steps[] = {50000, MS_NS, 1000 * MS_NS, 3600000 * MS_NS};
	uint64_t raw_ns = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		assert_false(convert(REAL_NS + 4 * MS_NS, steps[i], &raw_ns));
		assert_false(convert(REAL_NS + 4 * MS_NS, -steps[i], &raw_ns));
		assert_false(convert(REAL_NS + 4 * MS_NS + steps[i], steps[i], &raw_ns));
	}
	assert_false(convert(INT64_MAX, 0, &raw_ns));
	assert_false(convert(INT64_MIN, 0, &raw_ns));
	assert_int_equal(raw_ns, 7);
	/* A slew is no step. */
	assert_true(convert(REAL_NS + 4 * MS_NS, 5000, &raw_ns));
	assert_in_range(raw_ns, RAW_NS + 4 * MS_NS - 5000, RAW_NS + 4 * MS_NS);
}

static struct stamp_pair at(int64_t later_ns, int64_t step_ns)
{
	return (struct stamp_pair){RAW_NS + (uint64_t)later_ns, REAL_NS + later_ns + step_ns, 50};
}

static void test_stamp(void **state)
{
	struct stamp_pair begin = at(0, 0), now = at(5 * MS_NS, 0);
	struct stamp_clock clock;
	uint64_t mono_ns = 0;

	(void)state;
	stamp_begin(&clock, &begin);
	assert_true(stamp_convert(&clock, &now, REAL_NS + 2 * MS_NS, &mono_ns));
	assert_int_equal(mono_ns, RAW_NS + 2 * MS_NS);
	assert_true(stamp_convert(&clock, &now, REAL_NS + 5 * MS_NS + 20, &mono_ns));
	assert_int_equal(mono_ns, now.mono_ns);
	assert_false(stamp_convert(&clock, &now, REAL_NS + 6 * MS_NS, &mono_ns));
	assert_false(stamp_convert(&clock, &now, 0, &mono_ns));
	assert_false(stamp_convert(&clock, &now, INT64_MIN, &mono_ns));
	assert_false(stamp_convert(&clock, &now, INT64_MAX, &mono_ns));
	assert_false(stamp_convert(&clock, &now, 1, &mono_ns));
}

/* From a step on until the queue was empty. */
static void test_stamp_step(void **state)
{
	struct stamp_pair begin = at(0, 0), stepped = at(5 * MS_NS, 300 * MS_NS);
	struct stamp_pair later = at(6 * MS_NS, 300 * MS_NS);
	struct stamp_clock clock;
	uint64_t mono_ns;

	(void)state;
	stamp_begin(&clock, &begin);
	assert_false(stamp_convert(&clock, &stepped, REAL_NS + 4 * MS_NS, &mono_ns));
	assert_false(stamp_convert(&clock, &later, REAL_NS + 4 * MS_NS, &mono_ns));
	assert_false(stamp_convert(&clock, &later, later.real_ns - MS_NS / 2, &mono_ns));
	stamp_begin(&clock, &later);
	later = at(7 * MS_NS, 300 * MS_NS);
	assert_true(stamp_convert(&clock, &later, later.real_ns - MS_NS / 2, &mono_ns));
	assert_int_equal(mono_ns, RAW_NS + 7 * MS_NS - MS_NS / 2);
}

static int64_t realtime_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * 1000 * MS_NS + now.tv_nsec;
}

/* The kernel switches receive stamps on a moment after they were asked for. */
static void wait_for_stamps(int fd)
{
	struct timestamping_datagram datagram = {.length = 0};
	struct pollfd wait = {fd, POLLIN, 0};
	struct timestamping_stamps sent = {0};
	uint8_t data[8];

	for (int i = 0; i < 500 && datagram.stamps.real_ns == 0; i++) {
		datagram = (struct timestamping_datagram){.data = data, .size = sizeof(data)};
		assert_int_equal(send(fd, "try", 3, 0), 3);
		assert_int_equal(poll(&wait, 1, 1000), 1);
		assert_int_equal(timestamping_receive(fd, &datagram), 0);
		timestamping_sent(fd, false, &sent);
		usleep(datagram.stamps.real_ns == 0 ? 2000 : 0);
	}
	assert_true(datagram.stamps.real_ns != 0);
}

/* A datagram to ourselves: both stamps come, in order, and between the reads around them. */
static void test_loopback(void **state)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	uint8_t data[64];
	struct timestamping_datagram datagram = {.data = data, .size = 4};
	struct timestamping_stamps sent = {0};
	int64_t before_ns, after_ns;
	int on = timestamping_keep_on();
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct pollfd wait = {fd, POLLIN, 0};

	(void)state;
	assert_true(on >= 0 && fd >= 0);
	assert_int_equal(timestamping_enable(fd, false), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_false(timestamping_sent(fd, false, &sent));
	wait_for_stamps(fd);
	before_ns = realtime_ns();
	assert_int_equal(send(fd, "ntpxdp", 6, 0), 6);
	assert_int_equal(poll(&wait, 1, 1000), 1);
	assert_int_equal(timestamping_receive(fd, &datagram), 0);
	after_ns = realtime_ns();
	assert_true(timestamping_sent(fd, false, &sent));
	assert_false(timestamping_sent(fd, false, &sent));
	assert_int_equal(datagram.length, 6);
	assert_memory_equal(data, "ntpx", 4);
	assert_int_equal(((struct sockaddr_in *)&datagram.from)->sin_port, address.sin_port);
	/* The kernel's clock reads and ours may differ a little between cores. */
	assert_in_range(sent.real_ns, before_ns - SLACK_NS, after_ns + SLACK_NS);
	assert_in_range(datagram.stamps.real_ns, sent.real_ns - SLACK_NS, after_ns + SLACK_NS);
	assert_true(timestamping_receive(fd, &datagram) < 0);
	close(fd);
	close(on);
}

/* A made-up card: its clock is RAW less what `arg` says, known within 100 ns, and it is
 * interface 7. */
static bool card_to_raw(void *arg, const struct timestamping_card_stamp *stamp,
	uint64_t *ret_raw_ns, uint32_t *ret_error_ns)
{
	if (stamp->ifindex != 7)
		return false;
	*ret_raw_ns = stamp->card_ns + *(const uint64_t *)arg;
	*ret_error_ns = 100;
	return true;
}

/* Which stamp of a datagram is taken that the kernel saw after 4 of 10 ms, and the card `card_us`
 * after that. */
static enum stamp best(bool sent, int64_t card_us, uint32_t ifindex, uint64_t *ret_raw_ns)
{
	static uint64_t epoch_ns = RAW_NS - 1000;
	static const struct timestamping_cards cards = {card_to_raw, &epoch_ns};
	struct clocks_pair before = {.raw_ns = RAW_NS, .real_ns = REAL_NS, .window_ns = 50};
	struct clocks_pair after = {
		.raw_ns = RAW_NS + 10 * MS_NS, .real_ns = REAL_NS + 10 * MS_NS, .window_ns = 50};
	struct timestamping_event event = {&before, &after, &cards, sent};
	struct timestamping_stamps stamps = {.real_ns = REAL_NS + 4 * MS_NS,
		.card_ns = (uint64_t)(1000 + 4 * MS_NS + card_us * 1000),
		.ifindex = ifindex};

	return timestamping_best(&stamps, &event, ret_raw_ns);
}

static void test_card(void **state)
{
	uint64_t raw_ns = 0;

	(void)state;
	assert_int_equal(best(true, 30, 7, &raw_ns), STAMP_HARDWARE);
	assert_int_equal(raw_ns, RAW_NS + 4 * MS_NS + 30000);
	assert_int_equal(best(false, -30, 7, &raw_ns), STAMP_HARDWARE);
	assert_int_equal(raw_ns, RAW_NS + 4 * MS_NS - 30000);
	/* Within the noise of both relations. */
	assert_int_equal(best(true, -10, 7, &raw_ns), STAMP_HARDWARE);
	/* On the wrong side of the kernel's, or outside of the readings, or another card's. */
	assert_int_equal(best(true, -100, 7, &raw_ns), STAMP_KERNEL);
	assert_int_equal(raw_ns, RAW_NS + 4 * MS_NS);
	assert_int_equal(best(false, 100, 7, &raw_ns), STAMP_KERNEL);
	assert_int_equal(best(true, 6100, 7, &raw_ns), STAMP_KERNEL);
	assert_int_equal(best(false, -4100, 7, &raw_ns), STAMP_KERNEL);
	assert_int_equal(best(true, 1000000000, 7, &raw_ns), STAMP_KERNEL);
	assert_int_equal(best(true, 30, 8, &raw_ns), STAMP_KERNEL);
	assert_int_equal(best(true, 30, 0, &raw_ns), STAMP_KERNEL);
	assert_int_equal(raw_ns, RAW_NS + 4 * MS_NS);
}

/* One stamp alone, none, and none that can be true. */
static void test_card_alone(void **state)
{
	static uint64_t epoch_ns = RAW_NS;
	static const struct timestamping_cards cards = {card_to_raw, &epoch_ns};
	struct clocks_pair before = {.raw_ns = RAW_NS, .real_ns = REAL_NS, .window_ns = 50};
	struct clocks_pair after = {.raw_ns = RAW_NS + 60000 * MS_NS,
		.real_ns = REAL_NS + 60000 * MS_NS,
		.window_ns = 50};
	struct timestamping_event event = {&before, &after, &cards, true};
	struct timestamping_stamps stamps = {.card_ns = 5000 * MS_NS, .ifindex = 7};
	uint64_t raw_ns = 3;

	(void)state;
	assert_int_equal(timestamping_best(&stamps, &event, &raw_ns), STAMP_HARDWARE);
	assert_int_equal(raw_ns, RAW_NS + 5000 * MS_NS);
	/* Long after the kernel's: another packet's, or another clock. */
	stamps.real_ns = REAL_NS + 4000 * MS_NS;
	assert_int_equal(timestamping_best(&stamps, &event, &raw_ns), STAMP_KERNEL);
	assert_int_equal(raw_ns, RAW_NS + 4000 * MS_NS);
	event.cards = NULL;
	stamps.real_ns = 0;
	raw_ns = 3;
	assert_int_equal(timestamping_best(&stamps, &event, &raw_ns), STAMP_CLOCK);
	event.cards = &cards;
	stamps.card_ns = 0;
	assert_int_equal(timestamping_best(&stamps, &event, &raw_ns), STAMP_CLOCK);
	stamps.card_ns = 1;
	epoch_ns = 5; /* a card that was stepped */
	assert_int_equal(timestamping_best(&stamps, &event, &raw_ns), STAMP_CLOCK);
	assert_int_equal(raw_ns, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_convert),
		cmocka_unit_test(test_convert_step),
		cmocka_unit_test(test_stamp),
		cmocka_unit_test(test_stamp_step),
		cmocka_unit_test(test_card),
		cmocka_unit_test(test_card_alone),
		cmocka_unit_test(test_loopback),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
