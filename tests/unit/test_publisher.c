// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/publisher.c control/leap.c
/*
 * From clock readings to the page, read back as clients are answered: continuity, slewing,
 * steps, expiry, another program that slews CLOCK_MONOTONIC, adoption after a restart.
 */
#include "tests/unit/publisher_client.h"

static int64_t dispersion_ns(struct world *world)
{
	struct timepage_reading reading;

	serve(world, &reading);
	return (int64_t)((uint64_t)reading.root_dispersion_q16 * NS_PER_S >> 16);
}

static void test_serves_the_truth_at_once(void **state)
{
	struct world world;
	struct timepage_reading reading;

	(void)state;
	begin_at(&world, JUNE_30);
	world.frequency = 40e-6;
	world.mono_rate = -12e-6;
	publish(&world);
	assert_int_equal(world.action, PUBLISHER_SERVE);
	assert_true(llabs(error_ns(&world)) <= 1);
	run(&world, 20);
	assert_true(llabs(error_ns(&world)) < 50);
	assert_int_equal(serve(&world, &reading), VERDICT_SERVED);
	assert_int_equal(reading.stratum, 3);
	assert_int_equal(reading.leap, 0);
	assert_int_equal(reading.precision, -24);
	assert_int_equal(reading.answer_cost_ns, 200);
	assert_int_equal(reading.reference_id.raw, 0x01020304);
	assert_in_range(reading.root_delay_q16, 655, 656); /* 10 ms */
	assert_int_equal(publisher_steps(world.publisher), 0);
	end(&world);
}

static void test_unsynchronised_is_not_served(void **state)
{
	struct world world;
	struct timepage_reading reading;

	(void)state;
	begin_at(&world, JUNE_30);
	world.reading.synchronised = false;
	world.reading.stratum = CLOCK_STRATUM_UNSYNCHRONISED;
	publish(&world);
	assert_int_equal(world.action, PUBLISHER_INVALIDATE);
	assert_int_equal(serve(&world, &reading), VERDICT_PASS_UNSYNCHRONISED);
	assert_int_equal(reading.leap, NTP_LEAP_UNKNOWN);
	assert_int_equal(reading.stratum, 16);
	assert_int_equal(reading.reference_ts, 0);
	/* Then it is: no continuity is owed to what was not called good. */
	world.utc_ns -= 100 * MS;
	world.reading.synchronised = true;
	world.reading.stratum = 3;
	publish(&world);
	assert_int_equal(world.action, PUBLISHER_SERVE);
	assert_true(llabs(error_ns(&world)) <= 1);
	assert_int_equal(publisher_steps(world.publisher), 0);
	end(&world);
}

/* Nothing is known but the kernel's time: the socket engine's replies carry that. */
static void test_knows_nothing(void **state)
{
	struct world world;
	struct publisher_input input;
	struct timepage_sample sample;

	(void)state;
	begin_at(&world, JUNE_30);
	world.pair.real_ns = JUNE_30 * NS_PER_S;
	world.reading = (struct clock_reading){.stratum = CLOCK_STRATUM_UNSYNCHRONISED};
	input = (struct publisher_input){&world.reading, &world.pair, &world.leap};
	assert_int_equal(publisher_prepare(world.publisher, &input, &sample), PUBLISHER_INVALIDATE);
	assert_int_equal(sample.base_seconds, JUNE_30 + (int64_t)NTP_TIME_UNIX_EPOCH_S);
	end(&world);
}

static void test_slews(int64_t by_ns)
{
	struct world world;
	int64_t before;

	begin_served(&world);
	run(&world, 2);
	before = dispersion_ns(&world);
	world.utc_ns += by_ns;
	publish(&world);
	assert_int_equal(world.action, PUBLISHER_SERVE);
	/* Continuous, and honest about it. */
	assert_true(llabs(error_ns(&world) + by_ns) < 5000);
	assert_true(dispersion_ns(&world) - before >= llabs(by_ns) - 20000);
	run(&world, 1);
	/* At most 500 ppm. */
	assert_true(llabs(error_ns(&world)) >= llabs(by_ns) - 510000);
	assert_true(fabs(publisher_slew(world.publisher)) <= 500e-6);
	run(&world, (int)(llabs(by_ns) / 500000) + 20);
	assert_true(llabs(error_ns(&world)) < 1000);
	assert_true(dispersion_ns(&world) - before < 50000);
	assert_int_equal(publisher_steps(world.publisher), 0);
	end(&world);
}

static void test_slews_forward(void **state)
{
	(void)state;
	test_slews(100 * MS);
}

static void test_slews_backward(void **state)
{
	(void)state;
	test_slews(-100 * MS);
}

/* 500 ppm for 1000 s are 0.5 s: beyond that the page is invalid, then right. */
static void test_steps(void **state)
{
	struct world world;
	struct timepage_reading reading;

	(void)state;
	begin_served(&world);
	run(&world, 2);
	world.utc_ns -= 499 * MS;
	publish(&world);
	assert_int_equal(world.action, PUBLISHER_SERVE);
	world.utc_ns -= 10 * MS;
	publish(&world);
	assert_int_equal(world.action, PUBLISHER_STEP);
	assert_int_equal(serve(&world, &reading), VERDICT_PASS_UNSYNCHRONISED);
	assert_int_equal(publisher_steps(world.publisher), 1);
	assert_true(llabs(publisher_error_ns(world.publisher) - 509 * MS) < MS);
	world.last_ns = 0;
	pass(&world, 250 * MS);
	publish(&world);
	assert_int_equal(world.action, PUBLISHER_SERVE);
	assert_true(llabs(error_ns(&world)) <= 1);
	assert_int_equal(publisher_steps(world.publisher), 1);
	end(&world);
}

/* A time that was called good binds, even if it was called bad in between. */
static void test_continuous_over_a_gap(void **state)
{
	struct world world;
	struct timepage_reading reading;

	(void)state;
	begin_served(&world);
	run(&world, 2);
	world.reading.synchronised = false;
	run(&world, 2);
	assert_int_equal(serve(&world, &reading), VERDICT_PASS_UNSYNCHRONISED);
	world.utc_ns -= 100 * MS;
	world.reading.synchronised = true;
	publish(&world);
	assert_int_equal(world.action, PUBLISHER_SERVE);
	assert_true(llabs(error_ns(&world) - 100 * MS) < 5000);
	run(&world, 2);
	end(&world);
}

static void test_expires(void **state)
{
	struct world world;
	struct timepage_reading reading;

	(void)state;
	begin_served(&world);
	pass(&world, 3599 * NS_PER_S);
	assert_int_equal(serve(&world, &reading), VERDICT_SERVED);
	/* 15 ppm of an hour on top of 2 ms. */
	assert_true(dispersion_ns(&world) >= 2 * MS + 53 * MS);
	pass(&world, NS_PER_S);
	assert_int_equal(serve(&world, &reading), VERDICT_PASS_PAGE_EXPIRED);
	end(&world);
}

/* The daemon dies in the middle of a slew, which then goes on: the bound must grow with it. */
static void test_death_in_a_slew(void **state)
{
	struct world world;
	struct timepage_reading reading;
	int i;

	(void)state;
	begin_served(&world);
	world.utc_ns += 400 * MS;
	publish(&world);
	for (i = 0; i < 3600; i++) {
		pass(&world, NS_PER_S);
		if (serve(&world, &reading) != VERDICT_SERVED)
			break;
		assert_true(llabs(unix_ns(reading.now) - world.utc_ns) <=
			    dispersion_ns(&world) + 5 * MS);
		/* And never served beyond maxdistance. */
		assert_true(dispersion_ns(&world) + 5 * MS <= 1510 * MS);
	}
	assert_in_range(i, 1800, 3000);
	end(&world);
}

/* Another program slews CLOCK_MONOTONIC by 500 ppm, and back. */
static void test_mono_is_slewed(void **state)
{
	struct world world;
	int64_t worst = 0;
	int i, j;

	(void)state;
	begin_at(&world, JUNE_30);
	world.frequency = 3e-6;
	publish(&world);
	run(&world, 5);
	for (i = 0; i < 6; i++) {
		world.mono_rate = i % 2 ? -500e-6 : 500e-6;
		for (j = 0; j < 1000; j++) {
			pass(&world, 10 * MS);
			if (j % 25 == 24)
				publish(&world);
			worst = llabs(error_ns(&world)) > worst ? llabs(error_ns(&world)) : worst;
		}
		/* Found out and corrected, whatever the rate. */
		assert_true(llabs(error_ns(&world)) < 5000);
	}
	/* 1000 ppm for at most 250 ms until it is seen, and a little while it is taken back. */
	print_message("# worst %lld ns\n", (long long)worst);
	assert_true(worst < 600000);
	assert_int_equal(publisher_steps(world.publisher), 0);
	end(&world);
}

static void test_not_in_time(void **state)
{
	struct world world;
	struct publisher_input input = {&world.reading, &world.pair, &world.leap};
	struct timepage_sample sample;

	(void)state;
	begin_served(&world);
	assert_true(publisher_in_time(world.publisher, world.pair.mono_ns + 10000));
	world.utc_ns -= 10 * MS; /* slower by 500 ppm from now on */
	pass(&world, 250 * MS);
	world.reading.raw_ns = world.pair.raw_ns;
	world.reading.offset_ns = world.utc_ns - (int64_t)world.pair.raw_ns;
	assert_int_equal(publisher_prepare(world.publisher, &input, &sample), PUBLISHER_SERVE);
	assert_true(publisher_in_time(world.publisher, world.pair.mono_ns + 5000));
	assert_false(publisher_in_time(world.publisher, world.pair.mono_ns + 100000));
	end(&world);
}

static void test_adopts_a_page(void **state)
{
	struct world world;
	uint64_t generation;

	(void)state;
	begin_at(&world, JUNE_30);
	world.frequency = 10e-6;
	publish(&world);
	run(&world, 2);
	generation = world.page.generation;
	restart(&world);
	world.reading.synchronised = false;
	run(&world, 30);
	assert_int_equal(world.action, PUBLISHER_KEEP);
	assert_int_equal(world.page.generation, generation);
	assert_true(llabs(error_ns(&world)) < 10000);
	/* Synchronised, and 1 ms back of what is served: no jump. */
	world.utc_ns -= MS;
	world.reading.synchronised = true;
	publish(&world);
	assert_int_equal(world.action, PUBLISHER_SERVE);
	assert_true(llabs(error_ns(&world) - MS) < 20000);
	run(&world, 20);
	assert_true(llabs(error_ns(&world)) < 1000);
	end(&world);
}

static void test_adopts_until_it_expires(void **state)
{
	struct world world;
	struct timepage_reading reading;

	(void)state;
	begin_served(&world);
	restart(&world);
	world.reading.synchronised = false;
	pass(&world, 3500 * NS_PER_S);
	publish(&world);
	assert_int_equal(world.action, PUBLISHER_KEEP);
	assert_int_equal(serve(&world, &reading), VERDICT_SERVED);
	pass(&world, 101 * NS_PER_S);
	publish(&world);
	assert_int_equal(world.action, PUBLISHER_INVALIDATE);
	end(&world);
}

static void test_bad_pages_are_not_adopted(void **state)
{
	struct world world;

	(void)state;
	begin_at(&world, JUNE_30);
	restart(&world); /* never written */
	world.reading.synchronised = false;
	publish(&world);
	assert_int_equal(world.action, PUBLISHER_INVALIDATE);
	restart(&world); /* unsynchronised */
	world.utc_ns += NS_PER_S * 100;
	world.reading.synchronised = true;
	publish(&world);
	assert_int_equal(world.action, PUBLISHER_SERVE);
	assert_true(llabs(error_ns(&world)) <= 1);
	end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_serves_the_truth_at_once),
		cmocka_unit_test(test_unsynchronised_is_not_served),
		cmocka_unit_test(test_knows_nothing),
		cmocka_unit_test(test_slews_forward),
		cmocka_unit_test(test_slews_backward),
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_continuous_over_a_gap),
		cmocka_unit_test(test_expires),
		cmocka_unit_test(test_death_in_a_slew),
		cmocka_unit_test(test_mono_is_slewed),
		cmocka_unit_test(test_not_in_time),
		cmocka_unit_test(test_adopts_a_page),
		cmocka_unit_test(test_adopts_until_it_expires),
		cmocka_unit_test(test_bad_pages_are_not_adopted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
