// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: tests/vectors/build.c
/*
 * dataplane/core/checksum.h: incremental updates against a whole computation
 * (RFC 1071), over random data, sound and corrupt, and where sums come out zero.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/core/checksum.h"
#include "tests/unit/dice.h"
#include "tests/vectors/build.h"

#define DATA 64 /* octets under the checksum, which stands in front of them */

static be16 wire(uint16_t checksum)
{
	return be16_of(checksum);
}

static uint32_t word(const uint8_t *data, size_t at)
{
	uint32_t raw;

	memcpy(&raw, data + at, 4);
	return raw;
}

/* What the sum gains: the complement of the old word and the new one. */
static uint64_t replaced(uint32_t old, uint32_t new)
{
	return (uint64_t)(uint32_t)~old + new;
}

/* The sum of the update that turns the one into the other. */
static uint64_t update(be16 checksum, const uint8_t *before, const uint8_t *after)
{
	uint64_t sum = checksum_begin(checksum);

	for (size_t i = 0; i < DATA; i += 4)
		sum += replaced(word(before, i), word(after, i));
	return sum;
}

static void roll_data(struct dice *dice, uint8_t *data)
{
	dice_fill(dice, data, DATA);
	for (size_t i = 0; i < DATA; i += 4) {
		uint64_t roll = dice_roll(dice);

		if (roll % 4 == 0)
			memset(data + i, roll & 16 ? 0xff : 0, 4);
	}
}

static void test_update_is_as_good_as_anew(void **state)
{
	struct dice dice = dice_new("update");
	uint8_t before[DATA], after[DATA];

	(void)state;
	for (int i = 0; i < 100000; i++) {
		uint16_t old, anew;
		be16 updated;

		roll_data(&dice, before);
		roll_data(&dice, after);
		before[0] |= 1; /* a header of zeros only does not exist */
		after[0] |= 1;
		old = build_checksum(build_sum(before, DATA));
		anew = build_checksum(build_sum(after, DATA));
		updated = checksum_end(update(wire(old), before, after));
		assert_int_equal(be16_value(updated), anew);
	}
}

/* What was wrong by so much stays wrong by so much. */
static void test_error_survives(void **state)
{
	struct dice dice = dice_new("error survives");
	uint8_t before[DATA], after[DATA];

	(void)state;
	for (int i = 0; i < 100000; i++) {
		uint16_t claimed = (uint16_t)dice_roll(&dice);
		uint64_t error;
		be16 updated;

		roll_data(&dice, before);
		roll_data(&dice, after);
		error = (build_sum(before, DATA) + claimed) % 0xffff;
		updated = checksum_end(update(wire(claimed), before, after));
		assert_int_equal((build_sum(after, DATA) + be16_value(updated)) % 0xffff, error);
	}
}

/* UDP: a sum that comes out as zero is sent as all ones; nothing else changes. */
static void test_udp_zero(void **state)
{
	struct dice dice = dice_new("udp zero");
	uint8_t before[DATA], after[DATA];
	unsigned zeros = 0;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		be16 plain, udp;
		uint64_t sum;

		roll_data(&dice, before);
		memcpy(after, before, DATA);
		after[1] |= 1;
		/* Half of the time make the new data's sum come out as all ones. */
		if (i % 2 == 0) {
			build_put(after + 2, 2, 0);
			build_put(after + 2, 2, build_checksum(build_sum(after, DATA)));
		}
		sum = update(wire(build_checksum_udp(build_sum(before, DATA))), before, after);
		plain = checksum_end(sum);
		udp = checksum_end_udp(sum);
		zeros += plain.raw == 0;
		assert_int_equal(udp.raw, plain.raw == 0 ? 0xffff : plain.raw);
		assert_int_equal((build_sum(after, DATA) + be16_value(udp)) % 0xffff, 0);
	}
	assert_true(zeros > 10000);
}

/* RFC 1624 sec. 4: the example in which RFC 1141's equation fails. */
static void test_rfc1624_example(void **state)
{
	be16 old = be16_of(0xdd2f), end;
	uint64_t sum = checksum_begin(old);

	(void)state;
	sum += replaced(be16_of(0x5555).raw, be16_of(0x3285).raw);
	end = checksum_end(sum);
	assert_int_equal(be16_value(end), 0x0000);
}

/* Up to what checksum_end() is for, and its worst. */
static void test_sums_of_all_sizes_fold(void **state)
{
	struct dice dice = dice_new("fold");

	(void)state;
	assert_int_equal(checksum_end(0).raw, 0xffff);
	assert_int_equal(checksum_end(0xffff).raw, 0);
	assert_int_equal(checksum_end(0x10000).raw, 0xfffe);
	assert_int_equal(checksum_end((1ULL << 48) - 1).raw, 0);
	for (int i = 0; i < 100000; i++) {
		uint64_t sum = dice_edgy(&dice) >> 16;
		uint16_t folded = (uint16_t)~checksum_end(sum).raw;

		assert_int_equal(folded % 0xffff, sum % 0xffff);
		assert_int_equal(folded == 0, sum == 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_update_is_as_good_as_anew),
		cmocka_unit_test(test_error_survives),
		cmocka_unit_test(test_udp_zero),
		cmocka_unit_test(test_rfc1624_example),
		cmocka_unit_test(test_sums_of_all_sizes_fold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
