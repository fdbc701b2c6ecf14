// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/mirror.c control/publisher.c control/leap.c
/*
 * A leap second with a mirrored server: the kernel's, before or after the page's, is applied once.
 */
#include "tests/unit/mirror_world.h"

/*
 * The kernel's leap second `late_ns` after the page's, or never: the page serves it once.
 * The moment is 10 s after the start; `utc` below is straight, `error` against true UTC.
 */
static void leap_second(int8_t sign, int64_t late_ns, bool kernel)
{
	struct host host;
	struct leap *leap = &host.world.leap;
	struct timepage_reading reading;
	int64_t at_s = leap_moment(JUNE_30, sign);
	bool applied = false;

	start(&host, at_s - 10);
	leap->at_utc_s = at_s;
	leap->sign = sign;
	for (int i = 0; i < 2000; i++) {
		int64_t past_ns = host.world.utc_ns - at_s * NS_PER_S;
		int64_t now_ns, want_ns = host.world.utc_ns - (past_ns >= 0 ? sign * NS_PER_S : 0);
		int8_t passed;

		if (kernel && !applied && past_ns >= late_ns) {
			host.kernel_ns -= sign * NS_PER_S;
			applied = true;
		}
		if (i % 400 == 0)
			answer(&host);
		if (i % 12 == 0)
			write_page(&host);
		if (i % 100 == 50 && leap_passed(leap, host.world.utc_ns / NS_PER_S, &passed))
			mirror_shift(host.mirror, -passed * NS_PER_S);
		assert_int_equal(timepage_read(&host.world.page, host.world.pair.mono_ns, &reading),
			VERDICT_SERVED);
		now_ns = unix_ns(reading.now);
		/* At the very moment a nanosecond makes a second. */
		if (llabs(past_ns) > 1000)
			assert_true(llabs(now_ns - want_ns) < 1000);
		pass(&host.world, 10 * MS);
		if (!kernel && past_ns > 2 * NS_PER_S)
			break;
	}
	assert_int_equal(leap->passed, 1);
	assert_int_equal(host.followed_steps, 0);
	assert_int_equal(publisher_steps(host.world.publisher), 0);
	if (!kernel) {
		/* Its clock is what counts: a second later that is a step, and no time meanwhile.
		 */
		host.hold_back = true;
		live(&host, 4);
		assert_int_equal(host.followed_steps, 1);
		assert_int_equal(host.step_ns, sign * NS_PER_S);
		assert_int_equal(host.world.reading.state, CLOCK_WAITING);
	}
	stop(&host);
}

static void test_a_leap_second_is_applied_once(void **state)
{
	static const int64_t late_ns[] = {-900 * MS, -3 * MS, 0, 4 * MS, 600 * MS, 1900 * MS};

	(void)state;
	for (unsigned int i = 0; i < sizeof(late_ns) / sizeof(late_ns[0]); i++) {
		leap_second(1, late_ns[i], true);
		leap_second(-1, late_ns[i], true);
	}
}

static void test_a_kernel_without_the_leap_second(void **state)
{
	(void)state;
	leap_second(1, 0, false);
	leap_second(-1, 0, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_leap_second_is_applied_once),
		cmocka_unit_test(test_a_kernel_without_the_leap_second),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
