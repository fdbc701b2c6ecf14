// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/kernel_clock.c
/*
 * What a daemon may not correct in the kernel's clock: `maxchange`, the first step that is free
 * of it, errors that are waited out, and no limit at all.
 */
#include "tests/unit/kernel_world.h"

static void test_panic(void **state)
{
	enum kernel_clock_action action;
	struct kernel_clock_options options = defaults;
	struct kernel_clock *clock;

	(void)state;
	/* At the start a step may be as long as it likes. */
	begin(1e9);
	options.makestep_limit = -1;
	clock = kernel_clock_new(&options);
	pass(1.0);
	assert_int_equal(run(clock, 10), KERNEL_CLOCK_SLEWED);
	assert_int_equal(steps, 1);
	/* Not after it. */
	real_ns += 1001e9;
	pass(1.0);
	assert_int_equal(turn(clock, &action), -ERANGE);
	real_ns -= 1001e9;
	pass(1.0);
	assert_int_equal(turn(clock, &action), -ERANGE);
	assert_int_equal(steps, 1);
	kernel_clock_free(clock);

	begin(-1001.0);
	options.makestep_limit = 0;
	clock = kernel_clock_new(&options);
	pass(1.0);
	assert_int_equal(turn(clock, &action), -ERANGE);
	assert_int_equal(kernel.freq, 0);
	assert_int_equal(kernel.status, STA_UNSYNC);
	kernel_clock_free(clock);
}

/* chrony's `maxchange OFFSET START IGNORE`. */
static void test_maxchange(void **state)
{
	enum kernel_clock_action action;
	struct kernel_clock_options options = defaults;
	struct kernel_clock *clock;
	int i;

	(void)state;
	begin(5.0);
	options.makestep_limit = -1;
	options.panic_s = 10.0;
	options.panic_start = 3;
	options.panic_ignored = 2;
	clock = kernel_clock_new(&options);
	pass(1.0);
	run(clock, 1);
	/* The third update is still free. */
	real_ns += 20e9;
	pass(1.0);
	assert_int_equal(turn(clock, &action), 0);
	assert_int_equal(action, KERNEL_CLOCK_STEPPED);
	pass(1.0);
	run(clock, 5);
	/* Two are waited out, as often as they are no more than two in a row. */
	for (i = 0; i < 3; i++) {
		real_ns += 20e9;
		pass(1.0);
		assert_int_equal(run(clock, 2), KERNEL_CLOCK_IGNORED);
		assert_true(kernel.status & STA_UNSYNC);
		assert_int_equal(kernel.maxerror, 16000000);
		assert_in_range(kernel.freq, (30 << 16) - 2, (30 << 16) + 2);
		real_ns -= 20e9;
		pass(1.0);
		assert_int_equal(run(clock, 2), KERNEL_CLOCK_SLEWED);
		assert_int_equal(kernel.status & STA_UNSYNC, 0);
	}
	assert_int_equal(steps, 2);
	real_ns += 20e9;
	pass(1.0);
	run(clock, 2);
	assert_int_equal(turn(clock, &action), -ERANGE);
	kernel_clock_free(clock);
	/* No limit at all. */
	begin(5.0);
	options.panic_s = 0.0;
	clock = kernel_clock_new(&options);
	pass(1.0);
	run(clock, 10);
	real_ns += 1e15;
	pass(1.0);
	assert_int_equal(run(clock, 1), KERNEL_CLOCK_STEPPED);
	kernel_clock_free(clock);
}

/* Before any step was made, too: at its second update a clock that was right is not set to 2036. */
static void test_panic_before_a_step(void **state)
{
	enum kernel_clock_action action;
	struct kernel_clock *clock;

	(void)state;
	begin(0.0);
	clock = kernel_clock_new(&defaults);
	pass(1.0);
	run(clock, 1);
	real_ns -= 1e18;
	pass(1.0);
	assert_int_equal(turn(clock, &action), -ERANGE);
	assert_int_equal(steps, 0);
	kernel_clock_free(clock);
}

/* What is not corrected any more is not called right any more, nor slewed on. */
static void test_given_up(void **state)
{
	enum kernel_clock_action action;
	struct kernel_clock *clock;

	(void)state;
	begin(0.5);
	clock = kernel_clock_new(&defaults);
	pass(1.0);
	run(clock, 1);
	assert_int_equal(kernel.status & STA_UNSYNC, 0);
	assert_true(kernel.freq > 100L << 16);
	real_ns += 1001e9;
	pass(1.0);
	assert_int_equal(turn(clock, &action), -ERANGE);
	kernel_clock_free(clock);
	assert_int_equal(kernel.status, STA_UNSYNC);
	assert_in_range(kernel.freq, (30 << 16) - 2, (30 << 16) + 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_panic),
		cmocka_unit_test(test_maxchange),
		cmocka_unit_test(test_panic_before_a_step),
		cmocka_unit_test(test_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
