// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: tests/vectors/build.c
/*
 * dataplane/core/frame.h: where the layers stand, every value of each field that
 * decides, every length, and random octets in memory of their own length.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdlib.h>

#include "dataplane/core/frame_plain.h"
#include "tests/unit/dice.h"
#include "tests/vectors/build.h"
#include "tests/vectors/vector.h"

/* The short cut sees a plain request exactly where frame_parse() finds one, at the same places. */
static void check_plain(
	const struct frame *frame, enum verdict verdict, const struct frame_layers *parsed)
{
	for (int family = FRAME_IPV4; family < FRAME_FAMILIES; family++) {
		struct frame_layers plain;
		bool expected = verdict == VERDICT_SERVED && !parsed->tagged &&
				parsed->payload_length == NTP_PACKET_SIZE &&
				parsed->family == (enum frame_family)family;

		assert_int_equal(
			frame_is_plain(frame, be16_of(123), (enum frame_family)family, &plain),
			expected);
		if (!expected)
			continue;
		assert_ptr_equal(plain.ethernet, parsed->ethernet);
		assert_ptr_equal(plain.ipv4, parsed->ipv4);
		assert_ptr_equal(plain.ipv6, parsed->ipv6);
		assert_ptr_equal(plain.udp, parsed->udp);
		assert_ptr_equal(plain.ntp, parsed->ntp);
		assert_int_equal(plain.family, parsed->family);
		assert_int_equal(plain.payload_length, parsed->payload_length);
		assert_int_equal(plain.header_length, parsed->header_length);
		assert_false(plain.tagged);
	}
}

/* Parses a copy that ends where the frame ends, so that ASan sees one octet too many. */
static enum verdict parse(
	const uint8_t *octets, size_t length, struct frame_layers *ret_layers, size_t *ret_offset)
{
	uint8_t *memory = malloc(length ? length : 1);
	struct frame frame = {memory, memory + length};
	enum verdict verdict;

	assert_non_null(memory);
	memcpy(memory, octets, length);
	verdict = frame_parse(&frame, be16_of(123), ret_layers);
	assert_memory_equal(memory, octets, length);
	check_plain(&frame, verdict, ret_layers);
	if (verdict == VERDICT_SERVED) {
		assert_true((uint8_t *)ret_layers->udp >= memory + 34);
		assert_true(ret_layers->header_length + 0 <= length);
		if (ret_layers->ntp != NULL) {
			assert_true((uint8_t *)(ret_layers->ntp + 1) <= frame.end);
			*ret_offset = (size_t)((uint8_t *)ret_layers->ntp - memory);
		}
	}
	free(memory);
	return verdict;
}

static enum verdict parse_build(const struct build *build)
{
	uint8_t octets[VECTOR_FRAME_MAX];
	struct built built = build_frame(build, octets);
	struct frame_layers layers;
	size_t offset;

	return parse(octets, built.length, &layers, &offset);
}

static void test_where_layers_stand(void **state)
{
	(void)state;
	for (unsigned form = 0; form < 6; form++) {
		struct build build = {.ipv6 = form >= 3, .tags = (uint8_t)(form % 3), .trailer = 7};
		uint8_t octets[VECTOR_FRAME_MAX];
		struct built built = build_frame(&build, octets);
		struct frame_layers layers;
		size_t offset = 0;

		assert_int_equal(parse(octets, built.length, &layers, &offset), VERDICT_SERVED);
		assert_int_equal(offset, built.at[LAYER_NTP]);
		assert_int_equal(layers.header_length, built.at[LAYER_NTP]);
		assert_int_equal(layers.payload_length, 48);
		assert_int_equal(layers.family, build.ipv6 ? FRAME_IPV6 : FRAME_IPV4);
		assert_int_equal(layers.ipv4 == NULL, build.ipv6);
		assert_int_equal(layers.ipv6 == NULL, !build.ipv6);
		assert_int_equal(layers.tagged, build.tags > 0);
	}
}

/* A short payload has no packet, and a long one its own length. */
static void test_payload_lengths(void **state)
{
	(void)state;
	for (int longer = -48; longer <= 200; longer++) {
		struct build build = {.longer = (int16_t)longer, .trailer = 60};
		uint8_t octets[VECTOR_FRAME_MAX];
		struct built built = build_frame(&build, octets);
		struct frame_layers layers;
		size_t offset = 0;

		assert_int_equal(parse(octets, built.length, &layers, &offset), VERDICT_SERVED);
		assert_int_equal(layers.payload_length, 48 + longer);
		assert_int_equal(layers.ntp == NULL, longer < 0);
	}
}

static void test_every_first_octet_of_ipv4(void **state)
{
	(void)state;
	for (unsigned octet = 0; octet < 256; octet++) {
		struct build build = {.set = {{LAYER_IP, 0, 1, octet}}};
		enum verdict verdict = VERDICT_PASS_TRUNCATED;

		if (octet == 0x45)
			verdict = VERDICT_SERVED;
		else if (octet >> 4 == 4 && (octet & 15) > 5)
			verdict = VERDICT_PASS_IP_OPTIONS;
		assert_int_equal(parse_build(&build), verdict);
	}
}

static void test_every_protocol(void **state)
{
	static const uint8_t extensions[] = {0, 43, 44, 50, 51, 60, 135, 139, 140};

	(void)state;
	for (unsigned protocol = 0; protocol < 256; protocol++) {
		struct build ipv4 = {.set = {{LAYER_IP, 9, 1, protocol}}};
		struct build ipv6 = {.ipv6 = true, .set = {{LAYER_IP, 6, 1, protocol}}};
		bool extension = memchr(extensions, (int)protocol, sizeof(extensions)) != NULL;

		assert_int_equal(
			parse_build(&ipv4), protocol == 17 ? VERDICT_SERVED : VERDICT_PASS_NOT_UDP);
		assert_int_equal(parse_build(&ipv6), protocol == 17 ? VERDICT_SERVED
						     : extension    ? VERDICT_PASS_IPV6_EXTENSION
								    : VERDICT_PASS_NOT_UDP);
	}
}

static void test_every_fragment_field(void **state)
{
	(void)state;
	for (unsigned field = 0; field < 65536; field += field < 16 ? 1 : 7) {
		struct build build = {.set = {{LAYER_IP, 6, 2, field}}};

		assert_int_equal(parse_build(&build),
			field & 0x3fff ? VERDICT_PASS_FRAGMENT : VERDICT_SERVED);
	}
}

static void test_every_port(void **state)
{
	(void)state;
	for (unsigned port = 0; port < 65536; port += port < 300 ? 1 : 113) {
		struct build build = {.set = {{LAYER_UDP, 2, 2, port}}};

		assert_int_equal(
			parse_build(&build), port == 123 ? VERDICT_SERVED : VERDICT_PASS_NOT_NTP);
	}
}

/* Settings with port 0 serve none, a datagram to port 0 among them. */
static void test_port_zero(void **state)
{
	(void)state;
	for (unsigned form = 0; form < 6; form++) {
		struct build build = {.ipv6 = form >= 3,
			.tags = (uint8_t)(form % 3),
			.set = {{LAYER_UDP, 2, 2, 0}}};
		uint8_t octets[VECTOR_FRAME_MAX];
		struct built built = build_frame(&build, octets);
		struct frame frame = {octets, octets + built.length};
		struct frame_layers layers;

		assert_int_equal(frame_parse(&frame, be16_of(0), &layers), VERDICT_PASS_NOT_NTP);
		assert_false(frame_is_plain(&frame, be16_of(0), FRAME_IPV4, &layers));
		assert_false(frame_is_plain(&frame, be16_of(0), FRAME_IPV6, &layers));
	}
}

static void test_every_udp_length(void **state)
{
	(void)state;
	for (unsigned length = 0; length < 200; length++) {
		struct build build = {.trailer = 100, .set = {{LAYER_UDP, 4, 2, length}}};

		assert_int_equal(parse_build(&build),
			length == 56 ? VERDICT_SERVED : VERDICT_PASS_UDP_LENGTH);
		build.ipv6 = true;
		assert_int_equal(parse_build(&build),
			length == 56 ? VERDICT_SERVED : VERDICT_PASS_UDP_LENGTH);
	}
}

static void test_every_ip_length(void **state)
{
	(void)state;
	for (unsigned length = 0; length < 300; length++) {
		struct build ipv4 = {.trailer = 100, .set = {{LAYER_IP, 2, 2, length}}};
		struct build ipv6 = {
			.ipv6 = true, .trailer = 100, .set = {{LAYER_IP, 4, 2, length}}};
		bool inside4 = length >= 20 && length <= 76 + 100, inside6 = length <= 56 + 100;

		assert_int_equal(parse_build(&ipv4), length == 76 ? VERDICT_SERVED
						     : inside4    ? VERDICT_PASS_UDP_LENGTH
								  : VERDICT_PASS_TRUNCATED);
		assert_int_equal(parse_build(&ipv6), length == 56 ? VERDICT_SERVED
						     : inside6    ? VERDICT_PASS_UDP_LENGTH
								  : VERDICT_PASS_TRUNCATED);
	}
}

/* Whatever comes: no octet outside is read, none is written, and what is found stands inside. */
static void test_random_frames(void **state)
{
	struct dice dice = dice_new("frames");
	unsigned found = 0;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		struct build build = {.ipv6 = dice_roll(&dice) % 2,
			.tags = (uint8_t)(dice_roll(&dice) % 4),
			.longer = (int16_t)(dice_roll(&dice) % 60 - 48),
			.trailer = (uint16_t)(dice_roll(&dice) % 30)};
		uint8_t octets[VECTOR_FRAME_MAX];
		struct built built = build_frame(&build, octets);
		struct frame_layers layers;
		size_t length = built.length, offset;

		for (uint64_t edits = dice_roll(&dice) % 4; edits > 0; edits--)
			octets[dice_roll(&dice) % (length - 1)] = (uint8_t)dice_edgy(&dice);
		if (dice_roll(&dice) % 2 == 0)
			length = dice_roll(&dice) % (length + 1);
		found += parse(octets, length, &layers, &offset) == VERDICT_SERVED;
	}
	assert_true(found > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_where_layers_stand),
		cmocka_unit_test(test_payload_lengths),
		cmocka_unit_test(test_every_first_octet_of_ipv4),
		cmocka_unit_test(test_every_protocol),
		cmocka_unit_test(test_every_fragment_field),
		cmocka_unit_test(test_every_port),
		cmocka_unit_test(test_port_zero),
		cmocka_unit_test(test_every_udp_length),
		cmocka_unit_test(test_every_ip_length),
		cmocka_unit_test(test_random_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
