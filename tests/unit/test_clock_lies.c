// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/clock.c control/clock_reading.c control/local_reference.c
// test-sources: control/stability.c control/combine.c control/select.c control/leap.c
// test-sources: control/filter.c control/filter_bank.c control/filter_delays.c
/*
 * The clock with sources that lie, contradict one another, or are too few: a majority is
 * believed and nobody else. Leap votes too.
 */
#include <errno.h>
#include <string.h>

#include "tests/unit/clock_world.h"

/* 1 of 4, 2 of 5, 3 of 7: never moved by a millisecond. */
static void test_liars(void **state)
{
	const size_t counts[] = {4, 5, 7}, liars[] = {1, 2, 3};
	struct world world;
	size_t i, j;

	(void)state;
	for (i = 0; i < 3; i++) {
		begin(&world, counts[i]);
		for (j = 0; j < liars[i]; j++)
			world.lies_ns[j] = 100000000;
		run(&world, 20, 16.0);
		assert_true(reading(&world).synchronised);
		assert_true(llabs(error_ns(&world)) < 50000);
		for (j = 0; j < counts[i]; j++)
			assert_int_equal(
				world.inputs[j].ret_tally == TALLY_FALSETICKER, j < liars[i]);
		/* They change their minds, and creep away slowly from the truth. */
		for (j = 0; j < liars[i]; j++)
			world.lies_ns[j] = 0;
		run(&world, 100, 16.0);
		for (j = 0; j < 2000; j++) {
			world.lies_ns[0] += 4000;
			run(&world, 1, 16.0);
			assert_true(llabs(error_ns(&world)) < 1000000);
			assert_true(reading(&world).synchronised);
		}
		assert_int_equal(world.inputs[0].ret_tally, TALLY_FALSETICKER);
		end(&world);
	}
}

static void test_two_against_two(void **state)
{
	struct world world;
	struct clock_reading r;

	(void)state;
	begin(&world, 4);
	world.lies_ns[1] = world.lies_ns[3] = 50000000;
	run(&world, 20, 16.0);
	assert_int_equal(world.result, -EXDEV);
	assert_false(clock_read(world.clock, world.raw_ns, &r));
	assert_int_equal(r.state, CLOCK_DISAGREEING);
	assert_non_null(strstr(clock_state_text(world.clock, world.raw_ns), "no majority"));
	end(&world);

	/* And when it has been synchronised before: not any more, at once. */
	begin(&world, 4);
	run(&world, 20, 16.0);
	assert_true(reading(&world).synchronised);
	world.lies_ns[1] = world.lies_ns[3] = 50000000;
	run(&world, 3, 16.0);
	assert_false(reading(&world).synchronised);
	assert_int_equal(reading(&world).state, CLOCK_DISAGREEING);
	assert_int_equal(reading(&world).stratum, 16);
	/* They come to reason. */
	world.lies_ns[1] = world.lies_ns[3] = 0;
	run(&world, 3, 16.0);
	assert_true(reading(&world).synchronised);
	end(&world);
}

/*
 * All say that the time is another, far beyond maxdistance: neither theirs nor the memory is good
 * before they have said it twice. One alone moves nothing.
 */
static void test_all_jump(void **state)
{
	struct world world;
	size_t i;

	(void)state;
	begin(&world, 4);
	run(&world, 20, 16.0);
	world.lies_ns[0] = 60 * NS_PER_S;
	hear(&world, 0);
	update(&world);
	assert_int_equal(reading(&world).state, CLOCK_SYNCHRONISED);
	for (i = 1; i < 3; i++) {
		pass(&world, 0.1);
		world.lies_ns[i] = 60 * NS_PER_S;
		hear(&world, i);
		update(&world);
		assert_int_equal(reading(&world).synchronised, i < 2);
	}
	assert_int_equal(reading(&world).state, CLOCK_DISAGREEING);
	assert_string_equal(clock_state_text(world.clock, world.raw_ns),
		"3 of 4 sources contradict the time that was known, and are asked again");
	/* A moment of nonsense. */
	for (i = 0; i < 3; i++)
		world.lies_ns[i] = 0;
	run(&world, 1, 2.0);
	assert_true(reading(&world).synchronised);
	assert_true(llabs(error_ns(&world)) < 50000);
	/* Or they mean it. */
	for (i = 0; i < 4; i++)
		world.lies_ns[i] = 60 * NS_PER_S;
	run(&world, 1, 0.4);
	assert_false(reading(&world).synchronised);
	run(&world, 1, 2.0);
	assert_true(reading(&world).synchronised);
	assert_true(llabs(error_ns(&world) - 60 * NS_PER_S) < 100000);
	end(&world);
}

/* One of three left: less than minsources; the memory is served, not its word. */
static void test_too_few_left(void **state)
{
	struct world world;

	(void)state;
	begin(&world, 3);
	run(&world, 20, 16.0);
	world.silent[0] = world.silent[1] = true;
	world.lies_ns[2] = 100000000;
	run(&world, 10, 16.0);
	assert_int_equal(world.result, -EAGAIN);
	assert_true(reading(&world).synchronised);
	assert_int_equal(reading(&world).state, CLOCK_HOLDOVER);
	assert_true(llabs(error_ns(&world)) < 100000);
	end(&world);
}

/* One who says that a second is coming is outvoted; three are not. */
static void test_leap_votes(void **state)
{
	struct world world;

	(void)state;
	begin(&world, 4);
	world.leap[0] = 1;
	run(&world, 6, 16.0);
	assert_int_equal(reading(&world).leap, 0);
	world.leap[1] = world.leap[2] = 1;
	run(&world, 6, 16.0);
	assert_int_equal(reading(&world).leap, 1);
	/* A falseticker has no vote. */
	world.lies_ns[1] = 100000000;
	world.leap[2] = 0;
	run(&world, 6, 16.0);
	assert_int_equal(reading(&world).leap, 0);
	end(&world);
}

/* Of sources that are all alike none is left for another without need. */
static void test_selected_does_not_flap(void **state)
{
	struct world world;
	uint32_t last = 0;
	int changes = 0, i;

	(void)state;
	begin(&world, 5);
	run(&world, 20, 64.0);
	for (i = 0; i < 500; i++) {
		run(&world, 1, 64.0);
		changes += last != reading(&world).reference_id.raw;
		last = reading(&world).reference_id.raw;
	}
	print_message("# %d changes in 500 rounds\n", changes);
	assert_true(changes <= 10);
	end(&world);
}

/* Who is selected may claim what it likes: the bound is one that an honest majority bears out. */
static void test_bound_is_a_majority_s(void **state)
{
	const struct clock_options clock_options = options();
	struct clock *clock = clock_new(&clock_options);
	struct clock_input inputs[3] = {{0}};
	struct clock_reading reading;
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		inputs[i].id = (uintptr_t)i + 1;
		inputs[i].usable = true;
		inputs[i].estimate = (struct filter_estimate){
			.offset_ns = UNIX_NOW * NS_PER_S,
			.offset_sd_ns = 1e3,
			.frequency_sd = 1e-8,
			.jitter_ns = 1e3,
			.delay_ns = 20000 + 20000 * i,
			.root_delay_ns = 20000 + 20000 * i,
			.root_dispersion_ns = 400000 * i,
			.root_distance_ns = 10000 + 410000 * i,
			.stratum = 1,
			.samples = 8,
		};
	}
	assert_int_equal(clock_update(clock, 1000, inputs, 3), 0);
	assert_int_equal(inputs[0].ret_tally, TALLY_SELECTED);
	assert_true(clock_read(clock, 1000, &reading));
	assert_int_equal(reading.root_delay_ns, 20000);
	assert_in_range(reading.root_distance_ns, 420000, 421000);
	clock_free(clock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_liars),
		cmocka_unit_test(test_two_against_two),
		cmocka_unit_test(test_all_jump),
		cmocka_unit_test(test_too_few_left),
		cmocka_unit_test(test_leap_votes),
		cmocka_unit_test(test_selected_does_not_flap),
		cmocka_unit_test(test_bound_is_a_majority_s),
	};
	const char *seed = getenv("SEED");

	dice = seed ? strtoull(seed, NULL, 0) : 20260102;
	print_message("# SEED=%llu\n", (unsigned long long)dice);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
