// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/publisher.c control/leap.c
/*
 * From clock readings to the page around a leap second, in both directions, through a
 * restart, and through the change of era in 2036.
 */
#include "tests/unit/publisher_client.h"

/*
 * Through a leap second, served 100 times a second. The daemon's clock gets there lead_ns
 * before the served time does, or after it.
 */
static void through_leap(int8_t sign, int64_t lead_ns)
{
	struct world world;
	struct timepage_reading reading;
	int64_t moment_s = MIDNIGHT - (sign < 0), linear_ns = 0;
	bool jumped = false;
	int8_t passed;
	int i;

	begin_at(&world, moment_s - 5);
	world.frequency = 20e-6;
	publish(&world);
	assert_true(leap_update(&world.leap, moment_s - 4, sign > 0 ? 1 : 2));
	/* A second before: an error, that is being slewed away meanwhile. */
	run(&world, 3);
	world.utc_ns += lead_ns;
	for (i = 0; i < 800; i++) {
		pass(&world, 10 * MS);
		if (leap_passed(&world.leap, world.utc_ns / NS_PER_S, &passed)) {
			world.utc_ns -= passed * NS_PER_S;
			jumped = true;
		}
		linear_ns = world.utc_ns + (jumped ? sign * NS_PER_S : 0);
		if (i % 25 == 0)
			publish(&world);
		assert_int_equal(
			timepage_read(&world.page, world.pair.mono_ns, &reading), VERDICT_SERVED);
		assert_int_equal(world.action, PUBLISHER_SERVE);
		/* Less than the lead off, before, in and after it, on either side. */
		if (unix_ns(reading.now) / NS_PER_S >= moment_s && !jumped)
			continue;
		if (llabs(linear_ns - moment_s * NS_PER_S) > llabs(lead_ns) + 20 * MS)
			assert_true(
				llabs(unix_ns(reading.now) - world.utc_ns) <= llabs(lead_ns) + MS);
		assert_true(reading.reference_ts <= ntp_time_to_wire(reading.now));
		if (linear_ns < moment_s * NS_PER_S - 600 * MS)
			assert_int_equal(reading.leap, sign > 0 ? 1 : 2);
		else if (llabs(linear_ns - moment_s * NS_PER_S) < 400 * MS)
			assert_int_equal(reading.leap, NTP_LEAP_UNKNOWN);
		else if (linear_ns > moment_s * NS_PER_S + 1700 * MS)
			assert_int_equal(reading.leap, 0);
	}
	assert_true(jumped);
	world.last_ns = 0;
	run(&world, 80); /* 30 ms at 500 ppm */
	assert_true(llabs(error_ns(&world)) < 1000);
	assert_int_equal(timepage_current(&world.page)->leap_at_ns, 0);
	assert_int_equal(publisher_steps(world.publisher), 0);
	end(&world);
}

static void test_leap_inserted(void **state)
{
	(void)state;
	through_leap(1, 0);
	through_leap(1, 30 * MS);
	through_leap(1, -30 * MS);
}

static void test_leap_deleted(void **state)
{
	(void)state;
	through_leap(-1, 0);
	through_leap(-1, 30 * MS);
	through_leap(-1, -30 * MS);
}

/* The moment in the page is where served time gets to midnight, to the ns. */
static void test_leap_moment(void **state)
{
	struct world world;
	const struct timepage_sample *sample;
	int64_t at_ns;

	(void)state;
	begin_at(&world, MIDNIGHT - 3600);
	world.frequency = -80e-6;
	leap_update(&world.leap, MIDNIGHT - 3600, 1);
	publish(&world);
	sample = timepage_current(&world.page);
	at_ns = unix_ns(timepage_sample_time(sample, sample->leap_at_ns));
	assert_in_range(at_ns - MIDNIGHT * NS_PER_S + 2, 0, 4);
	assert_int_equal(sample->leap_sign, 1);
	/* Disarmed by the sources: gone from the page. */
	leap_update(&world.leap, MIDNIGHT - 3600, 0);
	publish(&world);
	sample = timepage_current(&world.page);
	assert_int_equal(sample->leap_at_ns, 0);
	assert_int_equal(sample->leap, 0);
	end(&world);
}

/* The page carried the second for a dead daemon; the next one starts after it. */
static void test_leap_while_dead(void **state)
{
	struct world world;

	(void)state;
	begin_at(&world, MIDNIGHT - 60);
	leap_update(&world.leap, MIDNIGHT - 60, 1);
	publish(&world);
	pass(&world, 120 * NS_PER_S);
	world.utc_ns -= NS_PER_S;
	assert_true(llabs(error_ns(&world)) < 1000);
	restart(&world);
	publish(&world);
	assert_int_equal(world.action, PUBLISHER_SERVE);
	assert_true(llabs(error_ns(&world)) < 1000);
	assert_int_equal(publisher_steps(world.publisher), 0);
	end(&world);
}

static void test_era_1(void **state)
{
	struct world world;
	struct timepage_reading reading;
	int i;

	(void)state;
	begin_at(&world, 2085978496LL - 2); /* 2036-02-07 06:28:14 UTC */
	world.frequency = 5e-6;
	publish(&world);
	pass(&world, NS_PER_S);
	assert_true(llabs(error_ns(&world)) < 1000);
	for (i = 0; i < 400; i++) {
		pass(&world, 10 * MS);
		if (i % 25 == 0)
			publish(&world);
		assert_int_equal(serve(&world, &reading), VERDICT_SERVED);
		assert_true(llabs(unix_ns(reading.now) - world.utc_ns) < 1000);
	}
	assert_true(ntp_time_to_wire(reading.now) >> 32 < 10);
	assert_true(reading.now.seconds > UINT32_MAX);
	end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_leap_inserted),
		cmocka_unit_test(test_leap_deleted),
		cmocka_unit_test(test_leap_moment),
		cmocka_unit_test(test_leap_while_dead),
		cmocka_unit_test(test_era_1),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
