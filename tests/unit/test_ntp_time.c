// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dataplane/core/ntp_time.h against 128-bit arithmetic, and at the eras' edges.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/core/ntp_time.h"
#include "tests/unit/dice.h"

typedef unsigned __int128 wide;

static wide wide_of(struct ntp_time time)
{
	return (wide)time.seconds << 32 | time.fraction;
}

/* 96 bits of a sum: what struct ntp_time holds. */
static wide held(wide value)
{
	return value & (((wide)1 << 96) - 1);
}

static void test_add_and_subtract(void **state)
{
	struct dice dice = dice_new("add and subtract");

	(void)state;
	for (int i = 0; i < 100000; i++) {
		struct ntp_time time = {dice_edgy(&dice), (uint32_t)dice_edgy(&dice)};
		uint64_t q32 = dice_edgy(&dice);
		struct ntp_time later = ntp_time_add_q32(time, q32);
		struct ntp_time earlier = ntp_time_sub_q32(time, q32);

		assert_true(wide_of(later) == held(wide_of(time) + q32));
		assert_true(wide_of(earlier) == held(wide_of(time) - q32));
	}
}

static void test_carry_and_borrow(void **state)
{
	struct ntp_time time = {41, 0xffffffff};

	(void)state;
	time = ntp_time_add_q32(time, 1);
	assert_int_equal(time.seconds, 42);
	assert_int_equal(time.fraction, 0);
	time = ntp_time_sub_q32(time, 1);
	assert_int_equal(time.seconds, 41);
	assert_int_equal(time.fraction, 0xffffffff);
	time = ntp_time_sub_q32(time, 2 * NTP_TIME_Q32_PER_S);
	assert_int_equal(time.seconds, 39);
	assert_int_equal(time.fraction, 0xffffffff);
}

/* RFC 5905 sec. 6 figure 4: the first moment of era 1 is 2036-02-07 06:28:16 UTC. */
static void test_eras_on_the_wire(void **state)
{
	struct ntp_time last = {2085978495 + NTP_TIME_UNIX_EPOCH_S, 0xffffffff};
	struct ntp_time first = ntp_time_add_q32(last, 1);

	(void)state;
	assert_int_equal(ntp_time_to_wire(last), UINT64_MAX);
	assert_int_equal(first.seconds, 0x100000000);
	assert_int_equal(ntp_time_to_wire(first), 0);
	assert_int_equal(ntp_time_to_wire((struct ntp_time){0x100000005, 7}), 0x500000007);
	assert_int_equal(ntp_time_to_wire((struct ntp_time){0, 0}), 0);
}

/* Both halves of the product, all shifts, as long as the result fits. */
static void test_scale(void **state)
{
	struct dice dice = dice_new("scale");
	int checked = 0;

	(void)state;
	for (int i = 0; i < 300000; i++) {
		uint64_t elapsed_ns = dice_edgy(&dice);
		uint32_t multiplier = (uint32_t)dice_edgy(&dice);
		uint32_t shift = 1 + (uint32_t)(dice_roll(&dice) % 31);
		wide exact = (wide)elapsed_ns * multiplier >> shift;

		if (exact >> 64 != 0)
			continue;
		assert_int_equal(ntp_time_scale(elapsed_ns, multiplier, shift), (uint64_t)exact);
		checked++;
	}
	assert_true(checked > 100000);
}

/* An exact nanosecond counter: off by less than 1e-9 s in each second. */
static void test_nominal_rate(void **state)
{
	(void)state;
	for (uint64_t s = 1; s < 4000000000; s = s * 3 + 1) {
		uint64_t q32 = ntp_time_scale(
			s * NTP_TIME_NS_PER_S, NTP_TIME_NOMINAL_MULTIPLIER, NTP_TIME_NOMINAL_SHIFT);
		int64_t error = (int64_t)(q32 - s * NTP_TIME_Q32_PER_S);

		assert_true(error >= -(int64_t)(5 * s) && error <= (int64_t)(5 * s));
	}
}

static void test_scale_never_goes_back(void **state)
{
	struct dice dice = dice_new("scale never goes back");

	(void)state;
	for (int i = 0; i < 100000; i++) {
		uint64_t elapsed_ns = dice_edgy(&dice) & 0x3fffffffffffffff;
		uint32_t multiplier = NTP_TIME_NOMINAL_MULTIPLIER +
				      (uint32_t)(dice_roll(&dice) % 2305843) - 1152921;
		uint64_t step = dice_roll(&dice) & 0xffffffff;

		assert_true(ntp_time_scale(elapsed_ns + step, multiplier, 29) >=
			    ntp_time_scale(elapsed_ns, multiplier, 29));
	}
}

static void test_short_format(void **state)
{
	struct dice dice = dice_new("short format");

	(void)state;
	assert_int_equal(ntp_time_short_round_up(0), 0);
	assert_int_equal(ntp_time_short_round_up(1), 1);
	assert_int_equal(ntp_time_short_round_up(0x10000), 1);
	assert_int_equal(ntp_time_short_round_up(0x10001), 2);
	assert_int_equal(ntp_time_short_round_up(0xfffffffe0001), 0xffffffff);
	assert_int_equal(ntp_time_short_round_up(0xffffffff0000), 0xffffffff);
	assert_int_equal(ntp_time_short_round_up(0xffffffff0001), 0xffffffff);
	assert_int_equal(ntp_time_short_round_up(UINT64_MAX), 0xffffffff);
	for (int i = 0; i < 100000; i++) {
		uint64_t q32 = dice_edgy(&dice);
		wide exact = ((wide)q32 + 0xffff) / 0x10000;

		assert_int_equal(ntp_time_short_round_up(q32),
			exact > 0xffffffff ? 0xffffffff : (uint32_t)exact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add_and_subtract),
		cmocka_unit_test(test_carry_and_borrow),
		cmocka_unit_test(test_eras_on_the_wire),
		cmocka_unit_test(test_scale),
		cmocka_unit_test(test_nominal_rate),
		cmocka_unit_test(test_scale_never_goes_back),
		cmocka_unit_test(test_short_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
