// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dataplane/core/request.h: all versions, modes and lengths; which sources no
 * client can have; what asks for interleaved mode.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/core/request.h"
#include "tests/unit/dice.h"

#define LENGTHS 100

static enum verdict judge(unsigned first, uint32_t length, uint16_t port)
{
	struct ntp_packet packet = {.leap_version_mode = (uint8_t)first};

	return request_judge(&packet, length, be16_of(port));
}

/* protocol.md sec. 1 as one function, row by row. */
static enum verdict expected(unsigned first, uint32_t length, uint16_t port)
{
	unsigned version = first / 8 % 8, mode = first % 8;

	if (length < 48)
		return VERDICT_DROP_SHORT;
	if (version == 0 || version >= 5)
		return VERDICT_DROP_VERSION;
	if (mode == 6 || mode == 7 || (mode == 0 && version >= 2))
		return VERDICT_DROP_MODE;
	if (mode == 1 || mode == 2 || mode == 4 || mode == 5 || (mode == 0 && port == 123))
		return VERDICT_PASS_MODE;
	if (port == 0)
		return VERDICT_DROP_SOURCE_PORT;
	return length == 48 ? VERDICT_SERVED : VERDICT_PASS_LONG;
}

static void test_every_first_octet_and_length(void **state)
{
	static const uint16_t ports[] = {0, 1, 122, 123, 124, 123 << 8, 40000, 65535};

	(void)state;
	for (unsigned first = 0; first < 256; first++)
		for (uint32_t length = 0; length < LENGTHS; length++)
			for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
				assert_int_equal(judge(first, length, ports[i]),
					expected(first, length, ports[i]));
}

static void test_no_packet_is_short(void **state)
{
	(void)state;
	assert_int_equal(request_judge(NULL, 48, be16_of(1024)), VERDICT_DROP_SHORT);
}

/* None of these is a reason to refuse. */
static void test_other_fields_do_not_matter(void **state)
{
	struct dice dice = dice_new("fields");

	(void)state;
	for (int i = 0; i < 10000; i++) {
		struct ntp_packet packet;

		dice_fill(&dice, (uint8_t *)&packet, sizeof(packet));
		packet.leap_version_mode = (uint8_t)(packet.leap_version_mode & 0xc0) | 0x23;
		assert_int_equal(request_judge(&packet, 48, be16_of(1024)), VERDICT_SERVED);
	}
}

static void test_interleaved(void **state)
{
	struct dice dice = dice_new("interleaved");

	(void)state;
	for (int i = 0; i < 100000; i++) {
		uint64_t origin = dice_edgy(&dice), receive = dice_edgy(&dice);
		uint64_t transmit = dice_roll(&dice) % 4 ? dice_edgy(&dice) : receive;
		struct ntp_packet packet = {.origin_ts = be64_of(origin),
			.receive_ts = be64_of(receive),
			.transmit_ts = be64_of(transmit)};

		assert_int_equal(request_is_interleaved(&packet),
			origin != 0 && origin % 2 == 1 && receive != transmit);
	}
}

static bool impossible4(uint32_t address)
{
	return request_source_ipv4_impossible(be32_of(address));
}

static void test_ipv4_sources(void **state)
{
	(void)state;
	for (uint32_t network = 0; network < 256; network++) {
		bool whole = network == 127 || (network >= 224 && network <= 239);

		assert_int_equal(impossible4(network << 24 | 0x010203), whole);
		assert_int_equal(impossible4(network << 24), whole || network == 0);
		assert_int_equal(impossible4(network << 24 | 0xffffff), whole || network == 255);
	}
}

static bool impossible6(uint64_t high, uint64_t low)
{
	return request_source_ipv6_impossible(be64_of(high), be64_of(low));
}

static void test_ipv6_sources(void **state)
{
	(void)state;
	for (uint64_t first = 0; first < 256; first++)
		assert_int_equal(impossible6(first << 56 | 1, 2), first == 0xff);
	assert_true(impossible6(0, 0));
	assert_true(impossible6(0, 1));
	assert_false(impossible6(0, 2));
	assert_false(impossible6(1, 0));
	assert_false(impossible6(1, 1));
	assert_false(impossible6(0x20010db800000000, 0));
	assert_false(impossible6(0xfe80000000000000, 1));
	assert_false(impossible6(0xfd00000000000000, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_first_octet_and_length),
		cmocka_unit_test(test_no_packet_is_short),
		cmocka_unit_test(test_other_fields_do_not_matter),
		cmocka_unit_test(test_interleaved),
		cmocka_unit_test(test_ipv4_sources),
		cmocka_unit_test(test_ipv6_sources),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
