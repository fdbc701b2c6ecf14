// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/kernel_clock.c
/*
 * Steering a kernel clock that is made up: frequency and tick move its REALTIME as
 * clock_adjtime(2) says. Convergence, steps and their limits, panic, what the kernel is
 * told, another program, leap seconds, what is left behind.
 */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "control/kernel_clock.h"

#define NS_PER_S 1000000000LL
#define MS       1000000LL
#define START_S  1790000000LL

/* The kernel. */
static struct timex kernel;
static double real_ns; /* since START_S */
static unsigned steps;
static int refuse; /* errno of every call that changes something */

static int adjust(clockid_t clock, struct timex *timex)
{
	assert_int_equal(clock, CLOCK_REALTIME);
	if (timex->modes && refuse) {
		errno = refuse;
		return -1;
	}
	if (timex->modes & ADJ_SETOFFSET) {
		assert_true(timex->modes & ADJ_NANO);
		assert_in_range(timex->time.tv_usec, 0, NS_PER_S - 1);
		real_ns += (double)timex->time.tv_sec * 1e9 + (double)timex->time.tv_usec;
		steps++;
	}
	if (timex->modes & ADJ_FREQUENCY) {
		assert_true(labs(timex->freq) <= 500L << 16);
		kernel.freq = timex->freq;
	}
	if (timex->modes & ADJ_TICK)
		kernel.tick = timex->tick;
	if (timex->modes & ADJ_STATUS)
		kernel.status = timex->status;
	if (timex->modes & ADJ_MAXERROR)
		kernel.maxerror = timex->maxerror;
	if (timex->modes & ADJ_ESTERROR)
		kernel.esterror = timex->esterror;
	timex->freq = kernel.freq;
	timex->tick = kernel.tick;
	timex->status = kernel.status;
	timex->maxerror = kernel.maxerror;
	return TIME_OK;
}

static const struct kernel_clock_options defaults = {
	.maxslewrate = 500e-6, .makestep_s = 1.0, .makestep_limit = 3, .adjust = adjust};

/* The machine. */
static struct clocks_pair pair;
static struct clock_reading reading;
static double true_ns; /* since START_S */
static double frequency;

static void begin(double error_s)
{
	kernel = (struct timex){.tick = 10000, .status = STA_UNSYNC, .maxerror = 16000000};
	pair = (struct clocks_pair){.raw_ns = 500 * NS_PER_S};
	reading = (struct clock_reading){.state = CLOCK_SYNCHRONISED,
		.synchronised = true,
		.root_distance_ns = 5 * MS,
		.offset_sd_ns = 20000.0};
	true_ns = 0.0;
	real_ns = -error_s * 1e9;
	frequency = 30e-6;
	steps = 0;
	refuse = 0;
}

static void pass(double seconds)
{
	double rate = (double)kernel.tick / 10000.0 * (1.0 + (double)kernel.freq / 65536.0 * 1e-6);

	pair.raw_ns += (uint64_t)(seconds * 1e9);
	true_ns += seconds * 1e9 * (1.0 + frequency);
	real_ns += seconds * 1e9 * rate;
	pair.real_ns = START_S * NS_PER_S + (int64_t)real_ns;
	reading.raw_ns = pair.raw_ns;
	reading.frequency = frequency;
	reading.offset_ns = START_S * NS_PER_S + (int64_t)true_ns - (int64_t)pair.raw_ns;
}

static int turn(struct kernel_clock *clock, enum kernel_clock_action *ret_action)
{
	return kernel_clock_update(clock, &reading, &pair, ret_action);
}

static enum kernel_clock_action run(struct kernel_clock *clock, int seconds)
{
	enum kernel_clock_action action = KERNEL_CLOCK_IDLE;

	while (seconds-- > 0) {
		assert_int_equal(turn(clock, &action), 0);
		pass(1.0);
	}
	return action;
}

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
		cmocka_unit_test(test_panic),
		cmocka_unit_test(test_not_synchronised),
		cmocka_unit_test(test_another_program),
		cmocka_unit_test(test_no_permission),
		cmocka_unit_test(test_leap_second),
		cmocka_unit_test(test_watch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
