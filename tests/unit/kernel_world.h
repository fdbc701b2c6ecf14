// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A made-up kernel, and the machine that it runs on: frequency and tick move its REALTIME as
 * clock_adjtime(2) says. Shared by the tests of control/kernel_clock.h.
 */
#ifndef TESTS_UNIT_KERNEL_WORLD_H
#define TESTS_UNIT_KERNEL_WORLD_H

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

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

static inline int adjust(clockid_t clock, struct timex *timex)
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

static const struct kernel_clock_options defaults = {.maxslewrate = 500e-6,
	.makestep_s = 1.0,
	.makestep_limit = 3,
	.panic_s = 1000.0,
	.panic_start = 1,
	.adjust = adjust};

/* The machine. */
static struct clocks_pair pair;
static struct clock_reading reading;
static double true_ns; /* since START_S */
static double frequency;

static inline void begin(double error_s)
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

static inline void pass(double seconds)
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

static inline int turn(struct kernel_clock *clock, enum kernel_clock_action *ret_action)
{
	return kernel_clock_update(clock, &reading, &pair, ret_action);
}

static inline enum kernel_clock_action run(struct kernel_clock *clock, int seconds)
{
	enum kernel_clock_action action = KERNEL_CLOCK_IDLE;

	while (seconds-- > 0) {
		assert_int_equal(turn(clock, &action), 0);
		pass(1.0);
	}
	return action;
}

#endif
