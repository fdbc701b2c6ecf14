// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: tests/vectors/build.c tests/vectors/world.c
/*
 * dataplane/core/respond.h: what holds for whatever frame comes, and in which
 * order the questions are asked. Frame by frame it is the vectors' matter.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/core/respond.h"
#include "tests/unit/dice.h"
#include "tests/vectors/build.h"
#include "tests/vectors/vector.h"

static struct localaddr_table addresses;
static struct interface interface;
static struct timepage page;

static void world(void)
{
	struct timepage_sample sample = {
		.base_ns = 1000000000000,
		.base_seconds = 3989000000,
		.multiplier = NTP_TIME_NOMINAL_MULTIPLIER,
		.shift = NTP_TIME_NOMINAL_SHIFT,
		.flags = TIMEPAGE_SYNCHRONISED,
		.expires_ns = UINT64_MAX,
		.stratum = 2,
		.precision = -25,
	};

	memset(&addresses, 0, sizeof(addresses));
	memset(&page, 0, sizeof(page));
	vector_addresses(&addresses);
	vector_interface(&interface);
	timepage_init(&page);
	timepage_publish(&page, &sample);
}

static enum verdict answer(uint8_t *octets, size_t length, size_t *ret_length)
{
	struct frame frame = {octets, octets + length};
	struct settings settings = {0};
	struct respond_input in = {0};
	enum verdict verdict;

	config_settings_init(&settings);
	verdict = respond_parse(&frame, &settings, &in.layers);
	if (verdict != VERDICT_SERVED)
		return verdict;
	in.interface = &interface;
	in.addresses = &addresses;
	in.page = &page;
	in.now_ns = 1000500000000;
	in.random = 0x12345678;
	verdict = respond(&in);
	if (verdict == VERDICT_SERVED)
		*ret_length = respond_reply_length(&in.layers);
	return verdict;
}

/* Several octets of a sound frame are rolled anew. */
static void test_random_frames(void **state)
{
	struct dice dice = dice_new("frames");
	unsigned served = 0;

	(void)state;
	world();
	for (int i = 0; i < 200000; i++) {
		struct build build = {.ipv6 = dice_roll(&dice) % 2,
			.tags = (uint8_t)(dice_roll(&dice) % 4),
			.longer = (int16_t)(dice_roll(&dice) % 4 ? 0 : dice_roll(&dice) % 60 - 48),
			.trailer = (uint16_t)(dice_roll(&dice) % 30)};
		uint8_t before[VECTOR_FRAME_MAX], after[VECTOR_FRAME_MAX];
		struct built built = build_frame(&build, before);
		size_t length = 0;
		enum verdict verdict;

		for (uint64_t edits = dice_roll(&dice) % 3; edits > 0; edits--)
			before[dice_roll(&dice) % built.length] = (uint8_t)dice_edgy(&dice);
		memcpy(after, before, sizeof(after));
		verdict = answer(after, built.length, &length);
		if (verdict != VERDICT_SERVED) {
			assert_memory_equal(after, before, sizeof(after));
			continue;
		}
		served++;
		assert_true(length <= built.length);
		/* What lies behind the reply is not touched. */
		assert_memory_equal(after + length, before + length, sizeof(after) - length);
		assert_memory_equal(after, before + 6, 6);
		assert_memory_equal(after + 6, before, 6);
		/* A reply is no request: it is not answered again. */
		assert_int_not_equal(answer(after, length, &length), VERDICT_SERVED);
	}
	assert_true(served > 10000);
}

static enum verdict answer_build(const struct build *build)
{
	uint8_t octets[VECTOR_FRAME_MAX];
	struct built built = build_frame(build, octets);
	size_t length;

	return answer(octets, built.length, &length);
}

/* "frame -> is it ours? -> request -> time": the first objection counts. */
static void test_order_of_questions(void **state)
{
	struct build build = {0};

	(void)state;
	world();
	page.sample[1].flags = 0;
	assert_int_equal(answer_build(&build), VERDICT_PASS_UNSYNCHRONISED);
	build.set[0] = (struct edit){LAYER_IP, 12, 4, 0x7f000001};
	assert_int_equal(answer_build(&build), VERDICT_DROP_SOURCE_ADDRESS);
	build.set[1] = (struct edit){LAYER_NTP, 0, 1, 0x24};
	assert_int_equal(answer_build(&build), VERDICT_PASS_MODE);
	build.set[2] = (struct edit){LAYER_IP, 16, 4, 0x08080808};
	assert_int_equal(answer_build(&build), VERDICT_PASS_FOREIGN_ADDRESS);
	build.set[3] = (struct edit){LAYER_ETHERNET, 0, 6, 0x020000000099};
	assert_int_equal(answer_build(&build), VERDICT_PASS_FOREIGN_MAC);
	build.set[4] = (struct edit){LAYER_UDP, 2, 2, 53};
	assert_int_equal(answer_build(&build), VERDICT_PASS_NOT_NTP);
}

/* Nothing to another host is dropped, whatever is in it. */
static void test_others_are_left_alone(void **state)
{
	struct dice dice = dice_new("others");

	(void)state;
	world();
	for (int i = 0; i < 100000; i++) {
		struct build build = {
			.set = {{LAYER_IP, 16, 4, 0x08080808}, {LAYER_NTP, 0, 8, dice_edgy(&dice)},
				{LAYER_UDP, 0, 2, dice_edgy(&dice)},
				{LAYER_IP, 12, 4, dice_edgy(&dice)}},
			.longer = (int16_t)(dice_roll(&dice) % 60 - 48)};

		if (dice_roll(&dice) % 2)
			build.set[0] =
				(struct edit){LAYER_ETHERNET, 0, 6, dice_roll(&dice) | 0x80000000};
		assert_int_equal(verdict_action(answer_build(&build)), VERDICT_ACTION_PASS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_frames),
		cmocka_unit_test(test_order_of_questions),
		cmocka_unit_test(test_others_are_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
