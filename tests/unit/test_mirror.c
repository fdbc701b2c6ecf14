// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/mirror.c control/publisher.c control/leap.c
/*
 * The mirrored server's word and a made-up system clock that is slewed and stepped, through mirror
 * and publisher to the page, read back as clients are answered.
 */
#include "tests/unit/mirror_world.h"

static void test_what_the_server_says_is_served(void **state)
{
	struct host host;
	struct timepage_reading reading;

	(void)state;
	start(&host, JUNE_30);
	write_page(&host);
	assert_int_equal(serve(&host.world, &reading), VERDICT_PASS_UNSYNCHRONISED);
	live(&host, 10);
	assert_int_equal(serve(&host.world, &reading), VERDICT_SERVED);
	assert_int_equal(reading.stratum, 2);
	assert_int_equal(reading.reference_id.raw, 0xc0000201);
	assert_int_equal(reading.leap, 0);
	assert_in_range(reading.root_delay_q16, 655, 656);
	assert_true(llabs(served_error_ns(&host)) <= 2);
	/* Never better than the claim: 5 + 2 ms, what is known of it here, growth. */
	assert_in_range(bound_ns(&host), 7 * MS + 20000, 7 * MS + 200000);
	/* 30 s before the server's word. */
	assert_in_range(
		(uint32_t)(reading.now.seconds) - (uint32_t)(reading.reference_ts >> 32), 30, 36);
	assert_int_equal(host.followed_steps, 0);
	stop(&host);
}

static void test_its_slews_are_followed(void **state)
{
	struct host host;

	(void)state;
	start(&host, JUNE_30);
	live(&host, 8);
	for (int i = 0; i < 6; i++) {
		/* chronyd slews with up to a twelfth. */
		host.world.mono_rate = i % 2 ? -0.08 : 0.08;
		live(&host, 4);
		assert_true(llabs(served_error_ns(&host)) < 50);
	}
	assert_int_equal(host.followed_steps, 0);
	assert_int_equal(publisher_steps(host.world.publisher), 0);
	stop(&host);
}

static void test_a_step_is_a_step(void **state)
{
	static const int64_t steps[] = {300000, -300000, 40 * MS, -7 * NS_PER_S};
	struct host host;
	struct timepage_reading reading;

	(void)state;
	start(&host, JUNE_30);
	live(&host, 8);
	for (unsigned int i = 0; i < 4; i++) {
		host.kernel_ns += steps[i];
		write_page(&host);
		assert_int_equal(host.world.action, PUBLISHER_STEP);
		assert_int_equal(host.followed_steps, i + 1);
		assert_in_range(host.step_ns - steps[i] + 100, 0, 200);
		/* Invalid, until the server has spoken of the new clock. */
		assert_int_equal(serve(&host.world, &reading), VERDICT_PASS_UNSYNCHRONISED);
		host.hold_back = true;
		live(&host, 3);
		assert_int_equal(serve(&host.world, &reading), VERDICT_PASS_UNSYNCHRONISED);
		assert_non_null(strstr(mirror_text(host.mirror, &host.world.reading), "stepped"));
		host.hold_back = false;
		host.world.last_ns = 0; /* it was said that time is not good: it may go back */
		live(&host, 8);
		assert_true(llabs(served_error_ns(&host)) < 10);
	}
	assert_int_equal(publisher_steps(host.world.publisher), 4);
	stop(&host);
}

static void test_a_word_from_before_the_step_does_not_count(void **state)
{
	struct host host;
	struct ntp_sample old;

	(void)state;
	start(&host, JUNE_30);
	live(&host, 8);
	old = host.word;
	old.raw_ns = host.world.pair.raw_ns;
	old.offset_ns = host.world.utc_ns - (int64_t)old.raw_ns;
	pass(&host.world, 10 * MS);
	host.kernel_ns += NS_PER_S;
	write_page(&host);
	assert_false(mirror_sample(host.mirror, &old, &host.world.pair, &host.world.leap));
	pass(&host.world, 10 * MS);
	answer(&host);
	write_page(&host);
	assert_int_equal(host.world.action, PUBLISHER_SERVE);
	stop(&host);
}

static void test_silence_grows_and_ends(void **state)
{
	struct host host;
	struct timepage_reading reading;
	int64_t bound;

	(void)state;
	start(&host, JUNE_30);
	live(&host, 8);
	bound = bound_ns(&host);
	host.hold_back = true;
	live(&host, 20);
	assert_int_equal(host.world.reading.state, CLOCK_HOLDOVER);
	assert_in_range(bound_ns(&host) - bound, 20 * 15000 - 50000, 20 * 15000 + 50000);
	live(&host, 30);
	assert_in_range(bound_ns(&host) - bound, 50 * 15000 - 50000, 50 * 15000 + 50000);
	/* The holdover of 60 s is over. */
	live(&host, 12);
	assert_int_equal(serve(&host.world, &reading), VERDICT_PASS_UNSYNCHRONISED);
	assert_non_null(strstr(mirror_text(host.mirror, &host.world.reading), "for too long"));
	host.hold_back = false;
	live(&host, 1);
	assert_int_equal(serve(&host.world, &reading), VERDICT_SERVED);
	assert_true(bound_ns(&host) < bound + 50000);
	stop(&host);
}

static void test_a_server_that_dies_while_it_slews(void **state)
{
	struct host host;
	int64_t bound;

	(void)state;
	start(&host, JUNE_30);
	live(&host, 60);
	host.world.mono_rate = 200e-6;
	live(&host, 4);
	bound = bound_ns(&host);
	host.hold_back = true;
	live(&host, 20);
	/* At least by what the clock now goes wrong, although nobody corrects it. */
	assert_true(bound_ns(&host) - bound > 20 * 150000);
	stop(&host);
}

static void test_its_own_growth_is_taken_over(void **state)
{
	struct host host;
	int64_t bound;

	(void)state;
	start(&host, JUNE_30);
	write_page(&host);
	/* An update 31 s ago, and a rate that it knows to 100 ppm. */
	for (int i = 0; i < 3; i++) {
		host.word.reference_age_ns = (31 + 4 * i) * NS_PER_S;
		host.word.root_dispersion_ns = 2 * MS + 400000 * i;
		live(&host, 4);
	}
	bound = bound_ns(&host);
	host.hold_back = true;
	live(&host, 10);
	assert_in_range(bound_ns(&host) - bound, 10 * 99000, 10 * 102000);
	/* Its next update makes it better; how it grows from there is not known yet. */
	host.hold_back = false;
	host.word.reference_age_ns = NS_PER_S;
	host.word.root_dispersion_ns = 2 * MS;
	live(&host, 4);
	assert_in_range(bound_ns(&host), 7 * MS + 400000, 7 * MS + 600000);
	stop(&host);
}

static void test_its_refusal_counts_at_once(void **state)
{
	struct host host;
	struct timepage_reading reading;

	(void)state;
	start(&host, JUNE_30);
	live(&host, 8);
	mirror_refuse(host.mirror, "server is not synchronised");
	write_page(&host);
	assert_int_equal(host.world.action, PUBLISHER_INVALIDATE);
	assert_int_equal(serve(&host.world, &reading), VERDICT_PASS_UNSYNCHRONISED);
	assert_string_equal(
		mirror_text(host.mirror, &host.world.reading), "server is not synchronised");
	live(&host, 1);
	assert_int_equal(serve(&host.world, &reading), VERDICT_SERVED);
	stop(&host);
}

static void test_a_server_that_steers_another_clock(void **state)
{
	struct host host;
	struct timepage_reading reading;

	(void)state;
	start(&host, JUNE_30);
	host.server_ahead_ns = 100 * MS;
	live(&host, 8);
	assert_true(bound_ns(&host) > 107 * MS);
	assert_int_equal(mirror_difference_ns(host.mirror), 100 * MS);
	host.server_ahead_ns = -2 * NS_PER_S;
	live(&host, 4);
	assert_int_equal(serve(&host.world, &reading), VERDICT_PASS_UNSYNCHRONISED);
	assert_non_null(strstr(mirror_text(host.mirror, &host.world.reading), "does it steer it?"));
	stop(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_the_server_says_is_served),
		cmocka_unit_test(test_its_slews_are_followed),
		cmocka_unit_test(test_a_step_is_a_step),
		cmocka_unit_test(test_a_word_from_before_the_step_does_not_count),
		cmocka_unit_test(test_silence_grows_and_ends),
		cmocka_unit_test(test_a_server_that_dies_while_it_slews),
		cmocka_unit_test(test_its_own_growth_is_taken_over),
		cmocka_unit_test(test_its_refusal_counts_at_once),
		cmocka_unit_test(test_a_server_that_steers_another_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
