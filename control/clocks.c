// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading the local clocks: see clocks.h. All through the vDSO, so that a reading costs
 * some tens of ns and a task switch between two is rare and seen.
 */
#include "control/clocks.h"

#include <errno.h>
#include <time.h>

#define TRIES            5
#define PRECISION_TRIES  1000
#define PRECISION_MIN    (-30)
/* A reading of two clocks that took longer says nothing. */
#define ASLEEP_WINDOW_NS 1000000

static uint64_t to_ns(const struct timespec *time)
{
	return (uint64_t)time->tv_sec * 1000000000ULL + (uint64_t)time->tv_nsec;
}

static uint64_t read_ns(clockid_t clock)
{
	struct timespec now = {0};

	clock_gettime(clock, &now);
	return to_ns(&now);
}

uint64_t clocks_raw_ns(void)
{
	return read_ns(CLOCK_MONOTONIC_RAW);
}

uint64_t clocks_mono_ns(void)
{
	return read_ns(CLOCK_MONOTONIC);
}

/* RAW in the middle of RAW, MONOTONIC, REALTIME, MONOTONIC, RAW. */
static int read_once(struct clocks_pair *ret_pair)
{
	static const clockid_t order[] = {CLOCK_MONOTONIC_RAW, CLOCK_MONOTONIC, CLOCK_REALTIME,
		CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW};
	struct timespec now[5];
	int i;

	for (i = 0; i < 5; i++)
		if (clock_gettime(order[i], &now[i]) < 0)
			return -errno;
	ret_pair->raw_ns = (to_ns(&now[0]) + to_ns(&now[4])) / 2;
	ret_pair->mono_ns = (to_ns(&now[1]) + to_ns(&now[3])) / 2;
	ret_pair->real_ns = (int64_t)to_ns(&now[2]);
	ret_pair->window_ns = (uint32_t)(to_ns(&now[4]) - to_ns(&now[0]));
	return 0;
}

int clocks_read_pair(struct clocks_pair *ret_pair)
{
	struct clocks_pair pair = {0};
	int i, error;

	for (i = 0; i < TRIES; i++) {
		error = read_once(&pair);
		if (error < 0)
			return error;
		if (i == 0 || pair.window_ns <= ret_pair->window_ns)
			*ret_pair = pair;
	}
	return 0;
}

int64_t clocks_asleep_ns(int64_t last_ns)
{
	struct timespec boot;
	uint64_t before, after;
	int i;

	for (i = 0; i < TRIES; i++) {
		before = clocks_mono_ns();
		if (clock_gettime(CLOCK_BOOTTIME, &boot) < 0)
			return 0;
		after = clocks_mono_ns();
		if (after - before < ASLEEP_WINDOW_NS)
			return (int64_t)(to_ns(&boot) - before);
	}
	return last_ns;
}

int8_t clocks_precision(void)
{
	uint64_t last = clocks_mono_ns(), best = UINT64_MAX, now;
	int8_t log2s = PRECISION_MIN;
	int i;

	for (i = 0; i < PRECISION_TRIES; i++) {
		now = clocks_mono_ns();
		if (now > last && now - last < best)
			best = now - last;
		last = now;
	}
	while (log2s < 0 && (1000000000ULL >> -log2s) < best)
		log2s++;
	return log2s;
}
