// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: dataplane/socket/pairs.c dataplane/socket/interleave.c
/*
 * Interleaved mode as a server: what the table of pairs keeps, tells once, and forgets; and which
 * requests get which reply.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/socket/interleave.h"

#define S_NS 1000000000ULL

static struct pairs *pairs;
static struct settings settings;
static struct socket_shared shared;

static int set_up(void **state)
{
	(void)state;
	pairs = pairs_new();
	settings = (struct settings){.features = FEATURE_INTERLEAVED};
	shared = (struct socket_shared){.settings = &settings, .pairs = pairs};
	return pairs ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	pairs_free(pairs);
	return 0;
}

static struct pairs_name name(uint64_t client, uint64_t receive_ts)
{
	return (struct pairs_name){client, receive_ts};
}

static void told_once(void **state)
{
	uint64_t told = 0;

	(void)state;
	pairs_save(pairs, name(5, 11), S_NS);
	assert_false(pairs_take(pairs, name(6, 11), S_NS, &told));
	pairs_sent(pairs, name(5, 11), 42);
	assert_false(
		pairs_take(pairs, name(5 + PAIRS_SETS, 11), S_NS, &told)); /* of the same set */
	assert_false(pairs_take(pairs, name(5, 13), S_NS, &told));
	assert_true(pairs_take(pairs, name(5, 11), S_NS, &told));
	assert_int_equal(told, 42);
	assert_false(pairs_take(pairs, name(5, 11), S_NS, &told));
}

static void not_known_yet(void **state)
{
	uint64_t told;

	(void)state;
	pairs_save(pairs, name(5, 11), S_NS);
	assert_false(pairs_take(pairs, name(5, 11), S_NS, &told));
	pairs_sent(pairs, name(5, 11), 42); /* too late: it is gone */
	assert_false(pairs_take(pairs, name(5, 11), S_NS, &told));
	assert_false(pairs_take(pairs, name(0, 0), S_NS, &told)); /* an empty place is no pair */
}

static void expires(void **state)
{
	uint64_t told;

	(void)state;
	pairs_save(pairs, name(5, 11), S_NS);
	pairs_sent(pairs, name(5, 11), 42);
	pairs_save(pairs, name(5, 13), S_NS);
	pairs_sent(pairs, name(5, 13), 43);
	assert_true(pairs_take(pairs, name(5, 11), S_NS + PAIRS_AGE_NS, &told));
	assert_false(pairs_take(pairs, name(5, 13), S_NS + PAIRS_AGE_NS + 1, &told));
}

/* One client that asks and never comes back has one set, and no more. */
static void oldest_gives_way(void **state)
{
	uint64_t told;
	int i;

	(void)state;
	for (i = 0; i <= PAIRS_WAYS; i++) {
		pairs_save(pairs, name(5, 11 + 2 * (uint64_t)i), S_NS + (uint64_t)i);
		pairs_sent(pairs, name(5, 11 + 2 * (uint64_t)i), 42);
	}
	assert_false(pairs_take(pairs, name(5, 11), 2 * S_NS, &told));
	for (i = 1; i <= PAIRS_WAYS; i++)
		assert_true(pairs_take(pairs, name(5, 11 + 2 * (uint64_t)i), 2 * S_NS, &told));
}

static enum socket_mode exchange(uint64_t origin, uint64_t receive, struct ntp_packet *reply)
{
	struct ntp_packet packet = {.leap_version_mode = 0x23,
		.origin_ts = be64_of(origin),
		.receive_ts = be64_of(receive),
		.transmit_ts = be64_of(77)};
	struct socket_request request = {.payload = (const uint8_t *)&packet,
		.length = sizeof(packet),
		.family = FRAME_IPV4,
		.source_ipv4 = be32_of(0xc0000202),
		.now_ns = S_NS};

	*reply = (struct ntp_packet){.origin_ts = packet.transmit_ts,
		.receive_ts = be64_of(1001),
		.transmit_ts = be64_of(1002)};
	return socket_interleave(&shared, &request, reply);
}

static void sent_at(const struct ntp_packet *reply)
{
	const struct sent sent = {.peer = {192, 0, 2, 2}, .peer_size = 4, .packet = *reply};
	const struct timepage_reading at = {.now = {9, 0}, .precision = -24};

	socket_interleaved_sent(&shared, &sent, &at, 0xffffffff);
}

static void exchanges(void **state)
{
	struct ntp_packet reply;
	uint64_t transmit;

	(void)state;
	assert_int_equal(exchange(0, 0, &reply), SOCKET_BASIC);
	assert_int_equal(exchange(1002, 5, &reply), SOCKET_BASIC); /* a transmit timestamp */
	assert_int_equal(exchange(1001, 77, &reply), SOCKET_BASIC);
	sent_at(&reply); /* was not saved */
	assert_int_equal(exchange(1001, 5, &reply), SOCKET_BASIC_SAVED);
	assert_int_equal(be64_value(reply.origin_ts), 77);
	sent_at(&reply);
	assert_int_equal(exchange(1001, 5, &reply), SOCKET_INTERLEAVED);
	assert_int_equal(be64_value(reply.origin_ts), 5);
	assert_int_equal(be64_value(reply.receive_ts), 1001);
	transmit = be64_value(reply.transmit_ts);
	assert_int_equal(transmit >> 32, 9);
	assert_false(transmit & 1);
	assert_true((uint32_t)transmit < 256); /* noise below the precision, and no more */
	assert_int_equal(exchange(1001, 5, &reply), SOCKET_BASIC_SAVED);
	settings.features = 0;
	assert_int_equal(exchange(1001, 5, &reply), SOCKET_BASIC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(told_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(not_known_yet, set_up, tear_down),
		cmocka_unit_test_setup_teardown(expires, set_up, tear_down),
		cmocka_unit_test_setup_teardown(oldest_gives_way, set_up, tear_down),
		cmocka_unit_test_setup_teardown(exchanges, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
