// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: tests/vectors/build.c tests/vectors/reference.c
/*
 * dataplane/core/reply.h and reply_frame.h: the rules that hold for every pair of
 * timestamps, each field of the packet, and whole frames of random requests,
 * pages and moments against the vectors' reference.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/core/reply_frame.h"
#include "tests/unit/dice.h"
#include "tests/vectors/reference.h"
#include "tests/vectors/vector.h"

static struct timepage_reading random_reading(struct dice *dice)
{
	return (struct timepage_reading){
		.now = {dice_edgy(dice), (uint32_t)dice_edgy(dice)},
		.precision = (int8_t)(-30 + (int)(dice_roll(dice) % 30)),
		.answer_cost_ns = (uint32_t)dice_edgy(dice) & 0xfffff,
	};
}

/* The origin is often one of the two that would come out. */
static uint64_t some_origin(struct dice *dice, const struct timepage_reading *reading,
	uint64_t cost_q32, uint32_t random)
{
	struct reply_stamps stamps = reply_stamps(reading, cost_q32, 0x5555, random);

	switch (dice_roll(dice) % 4) {
	case 0:
		return stamps.receive_ts;
	case 1:
		return stamps.transmit_ts;
	case 2:
		return dice_roll(dice) % 8;
	default:
		return dice_roll(dice);
	}
}

static void test_rules_of_stamps(void **state)
{
	struct dice dice = dice_new("stamps");

	(void)state;
	for (int i = 0; i < 300000; i++) {
		struct timepage_reading reading = random_reading(&dice);
		uint64_t now = ntp_time_to_wire(reading.now);
		uint64_t step = (uint64_t)1 << (32 + reading.precision);
		uint64_t cost = reply_cost_q32(reading.answer_cost_ns, 0);
		uint32_t random = (uint32_t)dice_edgy(&dice);
		uint64_t origin = some_origin(&dice, &reading, cost, random);
		struct reply_stamps stamps = reply_stamps(&reading, cost, origin, random);

		assert_true((int64_t)(stamps.transmit_ts - stamps.receive_ts) > 0);
		assert_true(stamps.transmit_ts != 0);
		assert_true(stamps.receive_ts != origin && stamps.transmit_ts != origin);
		assert_int_equal(stamps.receive_ts % 2, 1);
		assert_int_equal(stamps.transmit_ts % 2, 0);
		/* The true time, but for what is below the precision. */
		assert_int_equal(stamps.receive_ts / step, now / step);
		assert_true(stamps.transmit_ts - now < (cost > step ? cost : step) + step + 4);
	}
}

/* All random bits are used: each comes out both as 0 and as 1. */
static void test_bits_below_the_precision_are_random(void **state)
{
	struct dice dice = dice_new("random bits");
	struct timepage_reading reading = {.now = {1000, 0x80000000}};

	(void)state;
	for (int precision = -30; precision <= -1; precision++) {
		uint64_t mask = ((uint64_t)1 << (32 + precision)) - 1;
		uint64_t ones[2] = {0, 0}, zeros[2] = {0, 0};

		reading.precision = (int8_t)precision;
		for (int i = 0; i < 2000; i++) {
			struct reply_stamps stamps =
				reply_stamps(&reading, 0, 1, (uint32_t)dice_roll(&dice));

			ones[0] |= stamps.receive_ts;
			ones[1] |= stamps.transmit_ts;
			zeros[0] |= ~stamps.receive_ts;
			zeros[1] |= ~stamps.transmit_ts;
		}
		assert_int_equal(ones[0] & mask, mask);
		assert_int_equal(zeros[0] & mask, mask & ~1ULL);
		assert_int_equal(ones[1] & mask, mask & ~1ULL);
		assert_int_equal(zeros[1] & mask, mask);
	}
}

/* One clock read after another, at least a step of the precision apart: nothing goes back. */
static void test_replies_in_order(void **state)
{
	struct dice dice = dice_new("in order");
	struct timepage_reading reading = {.now = {0xfffffffe, 0}, .precision = -25};
	struct reply_stamps last = {0, 0};

	(void)state;
	for (int i = 0; i < 200000; i++) {
		struct reply_stamps stamps =
			reply_stamps(&reading, 500, dice_roll(&dice), (uint32_t)dice_roll(&dice));

		if (i > 0) {
			assert_true((int64_t)(stamps.receive_ts - last.receive_ts) > 0);
			assert_true((int64_t)(stamps.transmit_ts - last.transmit_ts) > 0);
		}
		last = stamps;
		reading.now = ntp_time_add_q32(reading.now, 128 + dice_roll(&dice) % 100000);
	}
}

static void test_cost(void **state)
{
	(void)state;
	for (uint64_t ns = 0; ns < 0xffffffff; ns = ns * 5 / 4 + 1) {
		struct timepage_reading reading = {.answer_cost_ns = (uint32_t)ns};
		uint64_t exact = (uint64_t)(((unsigned __int128)ns << 32) / 1000000000);
		uint64_t cost = reply_cost_q32(reading.answer_cost_ns, 0);

		assert_true(cost + 3 >= exact && cost <= exact + 3);
	}
}

/* Fields that the page and the request do not share are distinct, so a swap shows. */
static void test_fields(void **state)
{
	struct timepage_reading reading = {
		.reference_ts = 0x1112131415161718,
		.root_delay_q16 = 0x21222324,
		.root_dispersion_q16 = 0x31323334,
		.reference_id = be32_of(0x41424344),
		.stratum = 5,
		.leap = 2,
		.precision = -23,
	};
	struct reply_stamps stamps = {0x5152535455565758, 0x6162636465666768};
	static const uint8_t expected[48] = {0x9c, 5, 0x77, 0xe9, 0x21, 0x22, 0x23, 0x24, 0x31,
		0x32, 0x33, 0x34, 0x41, 0x42, 0x43, 0x44, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17,
		0x18, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0x51, 0x52, 0x53, 0x54, 0x55,
		0x56, 0x57, 0x58, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68};
	struct ntp_packet packet;

	(void)state;
	memset(&packet, 0xee, sizeof(packet));
	packet.leap_version_mode = 0x5b; /* leap 1, version 3, mode 3 */
	packet.poll = 0x77;
	packet.transmit_ts = be64_of(0xa0a1a2a3a4a5a6a7);
	reply_fill(&packet, &reading, stamps);
	assert_memory_equal(&packet, expected, sizeof(expected));
}

static void test_stratum_on_the_wire(void **state)
{
	(void)state;
	for (unsigned stratum = 0; stratum < 256; stratum++) {
		struct timepage_reading reading = {.stratum = (uint8_t)stratum};
		struct ntp_packet packet = {.leap_version_mode = 0x23};

		reply_fill(&packet, &reading, (struct reply_stamps){1, 2});
		assert_int_equal(packet.stratum, stratum <= 15 ? stratum : 0);
	}
}

/* A request of any content, from any client, under any number of tags. */
static struct build random_build(struct dice *dice)
{
	struct build build = {
		.ipv6 = dice_roll(dice) % 2,
		.tags = (uint8_t)(dice_roll(dice) % 3),
		.trailer = (uint16_t)(dice_roll(dice) % 20),
		.checksum = (enum build_checksum)(dice_roll(dice) % 5),
		.set = {{LAYER_UDP, 0, 2, dice_edgy(dice)}, {LAYER_NTP, 1, 7, dice_edgy(dice)},
			{LAYER_NTP, 16, 8, dice_edgy(dice)}, {LAYER_NTP, 24, 8, dice_edgy(dice)},
			{LAYER_NTP, 40, 8, dice_edgy(dice)},
			{LAYER_NTP, 0, 1, (1 + dice_roll(dice) % 4) << 3 | 3}, {LAYER_IP, 0, 0, 0}},
	};
	struct edit ipv4 = {LAYER_IP, 12, 4, dice_edgy(dice)};
	struct edit ipv6 = {LAYER_IP, 16, 8, dice_edgy(dice)};

	build.set[6] = build.ipv6 ? ipv6 : ipv4;
	if (!build.ipv6)
		build.set[7] = (struct edit){LAYER_IP, 4, 2, dice_edgy(dice)};
	return build;
}

/* A cost that no rounding can take for another. */
static uint32_t random_cost(struct dice *dice)
{
	uint32_t cost_ns;

	do
		cost_ns = (uint32_t)(dice_roll(dice) % 10000);
	while (((uint64_t)cost_ns << 32) % 1000000000 > 999000000);
	return cost_ns;
}

static struct timepage_sample random_sample(struct dice *dice)
{
	return (struct timepage_sample){
		.base_ns = 5000000000000,
		.base_seconds = dice_roll(dice) >> (26 + dice_roll(dice) % 10),
		.base_fraction = (uint32_t)dice_edgy(dice),
		.multiplier = 2305843009,
		.shift = 29,
		.flags = 1,
		.expires_ns = UINT64_MAX,
		.root_dispersion_q32 = dice_roll(dice) >> 30,
		.root_delay_q16 = (uint32_t)dice_edgy(dice),
		.reference_ts = dice_edgy(dice),
		.reference_id = be32_of((uint32_t)dice_roll(dice)),
		.stratum = (uint8_t)(dice_roll(dice) % 17),
		.leap = (uint8_t)(dice_roll(dice) % 4),
		.precision = (int8_t)(-30 + (int)(dice_roll(dice) % 30)),
		.answer_cost_ns = random_cost(dice),
	};
}

static void test_random_frames_against_the_reference(void **state)
{
	struct dice dice = dice_new("frames");

	(void)state;
	for (int i = 0; i < 60000; i++) {
		struct timepage_sample sample = random_sample(&dice);
		struct build build = random_build(&dice);
		uint8_t octets[VECTOR_FRAME_MAX], expected[VECTOR_FRAME_MAX];
		struct built built = build_frame(&build, octets);
		struct frame frame = {octets, octets + built.length};
		struct reference_moment moment = {sample.base_ns + dice_roll(&dice) % 3600000000000,
			(uint32_t)dice_roll(&dice),
			build_get(octets + built.at[LAYER_NTP] + 40, 8)};
		struct reference_time time = reference_time(&sample, &moment);
		uint16_t length = reference_reply(&built, octets, &time, expected);
		struct timepage_reading reading;
		struct frame_layers layers;
		struct reply_head head;

		assert_int_equal(frame_parse(&frame, be16_of(123), &layers), VERDICT_SERVED);
		timepage_evaluate(&sample, moment.now_ns, &reading);
		head = reply_head(&reading);
		reply_frame(&layers, &head,
			reply_stamps(&reading, reply_cost_q32(reading.answer_cost_ns, 0),
				moment.origin_ts, moment.random),
			0);
		assert_memory_equal(octets, expected, length);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules_of_stamps),
		cmocka_unit_test(test_bits_below_the_precision_are_random),
		cmocka_unit_test(test_replies_in_order),
		cmocka_unit_test(test_cost),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_stratum_on_the_wire),
		cmocka_unit_test(test_random_frames_against_the_reference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
