// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/kernel_clock.c
/*
 * Steering a kernel clock that is made up: convergence, steps and their limits, what the kernel
 * is told, another program, leap seconds, what is left behind.
 */
#include <unistd.h>

#include "tests/unit/kernel_world.h"

static void test_slews(void **state)
{
	struct kernel_clock *clock;

	(void)state;
	begin(0.1);
	clock = kernel_clock_new(&defaults);
	assert_non_null(clock);
	pass(1.0);
	assert_int_equal(run(clock, 1), KERNEL_CLOCK_SLEWED);
	assert_int_equal(kernel.status, 0);
	assert_in_range(kernel.maxerror, 105000, 105100); /* what is left, and root distance */
	assert_in_range(kernel.esterror, 100000, 100100);
	assert_true(kernel.freq > 450 << 16); /* at most 500 in all: 30 and 470 */
	run(clock, 260);
	assert_true(fabs(true_ns - real_ns) < 1000.0);
	assert_in_range(kernel.maxerror, 5000, 5010);
	assert_int_equal(steps, 0);
	kernel_clock_free(clock);
	/* Its frequency is kept, its promise is not. */
	assert_in_range(kernel.freq, (30 << 16) - 2, (30 << 16) + 2);
	assert_int_equal(kernel.status, STA_UNSYNC);
	kernel_clock_free(NULL);
}

static void test_steps_at_the_start_only(void **state)
{
	enum kernel_clock_action action;
	struct kernel_clock *clock;

	(void)state;
	begin(-3.7);
	clock = kernel_clock_new(&defaults);
	pass(1.0);
	assert_int_equal(turn(clock, &action), 0);
	assert_int_equal(action, KERNEL_CLOCK_STEPPED);
	assert_true(llabs(kernel_clock_error_ns(clock) + 3700 * MS) < MS);
	assert_true(fabs(true_ns - real_ns) < 100.0);
	pass(1.0);
	run(clock, 5);
	real_ns += 2e9;
	pass(1.0);
	assert_int_equal(run(clock, 1), KERNEL_CLOCK_WAITING);
	assert_int_equal(steps, 1);
	kernel_clock_free(clock);
}

static void test_always_or_never(void **state)
{
	struct kernel_clock_options options = defaults;
	struct kernel_clock *clock;

	(void)state;
	begin(5.0);
	options.makestep_limit = -1;
	clock = kernel_clock_new(&options);
	pass(1.0);
	run(clock, 100);
	real_ns += 2e9;
	pass(1.0);
	assert_int_equal(run(clock, 1), KERNEL_CLOCK_STEPPED);
	assert_int_equal(steps, 2);
	kernel_clock_free(clock);

	begin(5.0);
	options.makestep_limit = 0;
	clock = kernel_clock_new(&options);
	pass(1.0);
	run(clock, 10);
	assert_int_equal(steps, 0);
	kernel_clock_free(clock);
}

static void test_not_synchronised(void **state)
{
	struct kernel_clock *clock;

	(void)state;
	begin(0.01);
	clock = kernel_clock_new(&defaults);
	pass(1.0);
	run(clock, 100);
	reading.synchronised = false;
	assert_int_equal(run(clock, 1), KERNEL_CLOCK_IDLE);
	assert_true(kernel.status & STA_UNSYNC);
	assert_int_equal(kernel.maxerror, 16000000);
	assert_in_range(kernel.freq, (30 << 16) - 2, (30 << 16) + 2);
	/* Nor is a clock corrected by itself. */
	reading.synchronised = true;
	reading.state = CLOCK_LOCAL;
	assert_int_equal(run(clock, 1), KERNEL_CLOCK_IDLE);
	kernel_clock_free(clock);
}

static void test_another_program(void **state)
{
	enum kernel_clock_action action;
	struct kernel_clock *clock;
	long freq;
	int i;

	(void)state;
	/* One that uses the kernel's loop, and is at it. */
	begin(0.0);
	kernel.status = STA_PLL;
	kernel.maxerror = 200000;
	errno = 0;
	assert_null(kernel_clock_new(&defaults));
	assert_int_equal(errno, EBUSY);
	/* One that has been gone for hours. */
	kernel.maxerror = 15000000;
	clock = kernel_clock_new(&defaults);
	assert_non_null(clock);
	kernel_clock_free(clock);
	/* One that sets the frequency, the tick, or takes up the loop later. */
	for (i = 0; i < 3; i++) {
		begin(0.0);
		clock = kernel_clock_new(&defaults);
		assert_non_null(clock);
		pass(1.0);
		run(clock, 10);
		if (i == 0)
			kernel.freq += 1000;
		else if (i == 1)
			kernel.tick = 10001;
		else
			kernel.status |= STA_PLL;
		freq = kernel.freq;
		assert_int_equal(turn(clock, &action), -EBUSY);
		pass(1.0);
		assert_int_equal(turn(clock, &action), -EBUSY);
		kernel_clock_free(clock);
		assert_int_equal(kernel.freq, freq);
	}
}

static void test_no_permission(void **state)
{
	(void)state;
	begin(0.0);
	refuse = EPERM;
	errno = 0;
	assert_null(kernel_clock_new(&defaults));
	assert_int_equal(errno, EPERM);
}

/* The kernel leaps a while before or after the clock does: no second is slewed or stepped. */
static void test_leap_second(void **state)
{
	struct leap leap = {.at_utc_s = START_S + 20, .sign = 1};
	struct kernel_clock_options options = defaults;
	struct kernel_clock *clock;
	int i;

	(void)state;
	begin(0.0);
	options.makestep_s = 0.1;
	options.makestep_limit = -1;
	clock = kernel_clock_new(&options);
	pass(1.0);
	for (i = 0; i < 40; i++) {
		kernel_clock_leap(clock, &leap);
		run(clock, 1);
		assert_int_equal(kernel.status & STA_INS, leap.at_utc_s ? STA_INS : 0);
		assert_in_range(kernel.freq, 20 << 16, 40 << 16);
		if (i == 18)
			real_ns -= 1e9;
		if (i == 19) {
			true_ns -= 1e9;
			leap = (struct leap){.done_utc_s = START_S + 20};
		}
		pass(0.0);
	}
	assert_int_equal(steps, 0);
	kernel_clock_free(clock);
}

static void test_watch(void **state)
{
	int fd = kernel_clock_watch_open();

	(void)state;
	assert_true(fd >= 0);
	/* Nobody steps the clock during the test. */
	assert_int_equal(kernel_clock_watch_read(fd), 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slews),
		cmocka_unit_test(test_steps_at_the_start_only),
		cmocka_unit_test(test_always_or_never),
		cmocka_unit_test(test_not_synchronised),
		cmocka_unit_test(test_another_program),
		cmocka_unit_test(test_no_permission),
		cmocka_unit_test(test_leap_second),
		cmocka_unit_test(test_watch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
