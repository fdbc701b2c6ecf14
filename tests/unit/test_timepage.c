// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: tests/vectors/reference.c tests/vectors/build.c
/*
 * dataplane/core/timepage.h and what it stands on: the states of a page, time and dispersion
 * against the reference's 128-bit arithmetic, leap seconds. With a writer at work:
 * test_timepage_latch.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/core/timepage.h"
#include "tests/unit/dice.h"
#include "tests/vectors/reference.h"

#define S 1000000000ULL

typedef unsigned __int128 wide;

static struct timepage_sample good_sample(void)
{
	return (struct timepage_sample){
		.base_ns = 1000 * S,
		.base_seconds = 3989000000,
		.base_fraction = 0x12345678,
		.multiplier = NTP_TIME_NOMINAL_MULTIPLIER,
		.shift = NTP_TIME_NOMINAL_SHIFT,
		.flags = TIMEPAGE_SYNCHRONISED,
		.expires_ns = 4600 * S,
		.root_dispersion_q32 = 0x100000,
		.dispersion_rate_q32 = 64425,
		.root_delay_q16 = 77,
		.reference_ts = 3988999990ULL << 32,
		.reference_id = be32_of(0x01020304),
		.stratum = 2,
		.precision = -24,
		.answer_cost_ns = 100,
	};
}

/* A page with one good sample. */
static struct timepage written_page(void)
{
	const struct timepage_sample sample = good_sample();
	struct timepage page = {0};

	timepage_init(&page);
	timepage_publish(&page, &sample);
	return page;
}

static void test_new_page_is_unwritten(void **state)
{
	struct timepage page = {0};
	struct timepage_reading reading;

	(void)state;
	assert_int_equal(timepage_read(&page, S, &reading), VERDICT_PASS_PAGE_FOREIGN);
	timepage_init(&page);
	assert_int_equal(timepage_read(&page, S, &reading), VERDICT_PASS_PAGE_UNWRITTEN);
	assert_null(timepage_current(&page));
}

static void test_any_other_head_is_foreign(void **state)
{
	const struct timepage page = written_page();
	struct timepage_reading reading;

	(void)state;
	/* Each bit of magic, layout and size. */
	for (int bit = 0; bit < 64; bit++) {
		struct timepage other = page;

		((uint8_t *)&other)[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(
			timepage_read(&other, 1001 * S, &reading), VERDICT_PASS_PAGE_FOREIGN);
	}
	assert_int_equal(timepage_read(&page, 1001 * S, &reading), VERDICT_SERVED);
}

/* The writer never touches the copy that readers use. */
static void test_publish_turns_copies(void **state)
{
	struct timepage_sample sample = good_sample();
	struct timepage_reading reading;
	struct timepage page = {0};

	(void)state;
	timepage_init(&page);
	for (uint32_t i = 1; i < 10; i++) {
		struct timepage before = page;

		sample.root_delay_q16 = i;
		timepage_publish(&page, &sample);
		assert_int_equal(page.generation, i);
		assert_ptr_equal(timepage_current(&page), &page.sample[i % 2]);
		assert_memory_equal(&page.sample[(i + 1) % 2], &before.sample[(i + 1) % 2],
			sizeof(struct timepage_sample));
		assert_int_equal(timepage_read(&page, 1001 * S, &reading), VERDICT_SERVED);
		assert_int_equal(reading.root_delay_q16, i);
	}
}

/* Generation 0 means never written, so the counter steps over it, and still turns copies. */
static void test_generation_wraps(void **state)
{
	struct timepage_sample sample = good_sample();
	struct timepage_reading reading;
	struct timepage page = {0};

	(void)state;
	timepage_init(&page);
	page.generation = UINT64_MAX - 1;
	for (uint32_t i = 1; i < 5; i++) {
		const struct timepage_sample *old = timepage_current(&page);

		sample.root_delay_q16 = i;
		timepage_publish(&page, &sample);
		assert_int_not_equal(page.generation, 0);
		assert_ptr_not_equal(timepage_current(&page), old);
		assert_int_equal(timepage_read(&page, 1001 * S, &reading), VERDICT_SERVED);
		assert_int_equal(reading.root_delay_q16, i);
	}
}

static void test_torn_page_ends(void **state)
{
	struct timepage page = written_page();
	const struct timepage_sample again = good_sample();
	struct timepage_reading reading;

	(void)state;
	timepage_publish(&page, &again);
	page.sample[0].generation++;
	assert_int_equal(timepage_read(&page, 1001 * S, &reading), VERDICT_PASS_PAGE_TORN);
	timepage_publish(&page, &again);
	assert_int_equal(timepage_read(&page, 1001 * S, &reading), VERDICT_SERVED);
}

/* The slow path reads what the page says even where it must not be called good. */
static void test_bad_time_is_told_but_not_good(void **state)
{
	struct timepage_sample sample = good_sample();
	struct timepage_reading reading = {0};
	struct timepage page = written_page();

	(void)state;
	assert_int_equal(timepage_read(&page, 4600 * S, &reading), VERDICT_PASS_PAGE_EXPIRED);
	assert_int_equal(reading.now.seconds, 3989003600);
	sample.flags = 0;
	sample.root_delay_q16 = 99;
	timepage_publish(&page, &sample);
	assert_int_equal(timepage_read(&page, 1001 * S, &reading), VERDICT_PASS_UNSYNCHRONISED);
	assert_int_equal(reading.root_delay_q16, 99);
}

static struct timepage_sample random_sample(struct dice *dice)
{
	struct timepage_sample sample = good_sample();

	sample.base_ns = S + dice_roll(dice) % (1000000 * S);
	sample.expires_ns = UINT64_MAX;
	sample.base_seconds = dice_roll(dice) >> (24 + dice_roll(dice) % 16);
	sample.base_fraction = (uint32_t)dice_edgy(dice);
	sample.multiplier += (uint32_t)(dice_roll(dice) % 2305843) - 1152921; /* 500 ppm */
	sample.root_dispersion_q32 = dice_roll(dice) >> 24;
	sample.dispersion_rate_q32 = (uint32_t)(dice_roll(dice) % 4294968); /* 1000 ppm */
	return sample;
}

static void test_time_against_the_reference(void **state)
{
	struct dice dice = dice_new("time");

	(void)state;
	for (int i = 0; i < 50000; i++) {
		struct timepage_sample sample = random_sample(&dice);
		uint64_t now_ns = sample.base_ns - S + dice_roll(&dice) % (100000 * S);
		struct ntp_time now = timepage_sample_time(&sample, now_ns);

		assert_true(((wide)now.seconds << 32 | now.fraction) ==
			    (reference_now(&sample, now_ns) & (((wide)1 << 96) - 1)));
	}
}

/* Never less than it is, and no more than the growth of two steps of 2^-16 s above. */
static void test_dispersion_is_rounded_up(void **state)
{
	struct dice dice = dice_new("dispersion");

	(void)state;
	for (int i = 0; i < 100000; i++) {
		struct timepage_sample sample = random_sample(&dice);
		uint64_t age_ns = dice_roll(&dice) >> (12 + dice_roll(&dice) % 40);
		wide exact =
			sample.root_dispersion_q32 + (wide)age_ns * sample.dispersion_rate_q32 / S;
		uint64_t grown = timepage_sample_dispersion(&sample, sample.base_ns + age_ns);
		/* 281475 / 281474.98 too fast, and two steps of age ahead. */
		wide slack = exact / 10000000 + 2 * 2 * (sample.dispersion_rate_q32 >> 16) + 3;

		assert_true(grown >= exact);
		assert_true(grown <= exact + slack);
	}
}

static void test_dispersion_only_grows(void **state)
{
	struct timepage_sample sample = good_sample();
	uint64_t last = 0;

	(void)state;
	for (uint64_t now_ns = sample.base_ns - S; now_ns < sample.expires_ns; now_ns += 7654321) {
		uint64_t grown = timepage_sample_dispersion(&sample, now_ns);

		assert_true(grown >= last);
		last = grown;
	}
	/* 15 ppm at least: 54 ms in an hour. */
	assert_true(last - sample.root_dispersion_q32 >= 3599ULL * 15 * (1ULL << 32) / 1000000);
}

static struct timepage_reading read_at(const struct timepage_sample *sample, uint64_t now_ns)
{
	struct timepage_reading reading;

	timepage_evaluate(sample, now_ns, &reading);
	return reading;
}

static void check_leap(const struct timepage_sample *sample, uint64_t now_ns)
{
	struct timepage_reading reading = read_at(sample, now_ns);
	int64_t after_ns = (int64_t)(now_ns - sample->leap_at_ns);
	uint8_t leap = sample->leap;

	if (after_ns >= -500000000)
		leap = after_ns < 1500000000 ? 3 : 0;
	assert_int_equal(reading.leap, leap);
	assert_true(((wide)reading.now.seconds << 32 | reading.now.fraction) ==
		    reference_now(sample, now_ns));
	assert_true((int64_t)(ntp_time_to_wire(reading.now) - reading.reference_ts) >= 0);
}

static void test_leap_seconds(void **state)
{
	static const int64_t around_ns[] = {-86400000000000, -1000000000, -500000001, -500000000,
		-499999999, -1, 0, 1, 999999999, 1000000000, 1499999999, 1500000000, 1500000001};
	struct timepage_sample sample = good_sample();

	(void)state;
	sample.base_ns = 100000 * S;
	sample.leap_at_ns = 190000 * S;
	for (int sign = -1; sign <= 1; sign += 2) {
		sample.leap_sign = (int8_t)sign;
		sample.leap = sign > 0 ? NTP_LEAP_INSERT : NTP_LEAP_DELETE;
		for (size_t i = 0; i < sizeof(around_ns) / sizeof(around_ns[0]); i++)
			check_leap(&sample, sample.leap_at_ns + (uint64_t)around_ns[i]);
	}
}

/* Nothing armed: nothing happens at moment 0. */
static void test_no_leap_second(void **state)
{
	struct timepage_sample sample = good_sample();

	(void)state;
	sample.leap_sign = 1;
	sample.leap = NTP_LEAP_INSERT;
	assert_int_equal(read_at(&sample, 1000 * S).leap, NTP_LEAP_INSERT);
	assert_int_equal(read_at(&sample, 1000 * S).now.seconds, sample.base_seconds);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_new_page_is_unwritten),
		cmocka_unit_test(test_any_other_head_is_foreign),
		cmocka_unit_test(test_publish_turns_copies),
		cmocka_unit_test(test_generation_wraps),
		cmocka_unit_test(test_torn_page_ends),
		cmocka_unit_test(test_bad_time_is_told_but_not_good),
		cmocka_unit_test(test_time_against_the_reference),
		cmocka_unit_test(test_dispersion_is_rounded_up),
		cmocka_unit_test(test_dispersion_only_grows),
		cmocka_unit_test(test_leap_seconds),
		cmocka_unit_test(test_no_leap_second),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
