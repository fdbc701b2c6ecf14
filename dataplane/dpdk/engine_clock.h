// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The worker's clock: CLOCK_MONOTONIC, which the time page speaks of, read once for each burst, and
 * the processor's time stamp counter (TSC) between two readings. Each frame has a moment of its
 * own.
 *
 * Calibration: each burst gives a pair (CLOCK_MONOTONIC, TSC). Of two pairs a second or more apart
 * the ratio is ns per tick, measured anew every second, so that it follows the kernel's slewing of
 * CLOCK_MONOTONIC. It is used over one burst alone, some microseconds: a ratio wrong by 1 in 1000
 * would be a nanosecond there. The TSC is never extrapolated over an idle time.
 *
 * Never backwards: the TSC of a pair is read after the clock, so that who is interrupted in between
 * has its moments early, never ahead of the next reading; and two moments are apart by the page's
 * precision, below which the bits of a timestamp are random (reply.h). Where frames follow each
 * other faster than that for long, moments lead the clock by ENGINE_CLOCK_LEAD_NS at most, and are
 * equal.
 *
 * Pure: the worker reads both and hands them in.
 */
#ifndef DPDK_ENGINE_CLOCK_H
#define DPDK_ENGINE_CLOCK_H

#include "dataplane/core/compiler.h"

#define ENGINE_CLOCK_CALIBRATE_NS 1000000000ULL
/* Above it (some 2 s) the worker was stopped in the middle of a burst: no longer refined. */
#define ENGINE_CLOCK_TICKS_MAX    UINT32_MAX
#define ENGINE_CLOCK_LEAD_NS      1000ULL

struct engine_clock {
	uint64_t now_ns, tsc;       /* of this burst */
	uint64_t multiplier_q32;    /* ns per tick; 0: not known yet, nothing is refined */
	uint64_t pair_ns, pair_tsc; /* since when the ratio is being measured */
	uint64_t last_ns;           /* the latest moment given out */
	uint64_t step_ns;           /* how far two of them have to be apart */
};

/* ns since the burst's reading. */
CORE_INLINE uint64_t engine_clock_since(const struct engine_clock *clock, uint64_t tsc)
{
	uint64_t ticks = tsc - clock->tsc;

	return ticks > ENGINE_CLOCK_TICKS_MAX ? 0 : ticks * clock->multiplier_q32 >> 32;
}

/* Takes the pair as a measure of the ratio. */
static inline void engine_clock_calibrate(struct engine_clock *clock, uint64_t now_ns, uint64_t tsc)
{
	uint64_t ticks = tsc - clock->pair_tsc, ns = now_ns - clock->pair_ns;

	/* 2^32 ns are 4 s: after a longer rest the ratio is that of seconds with fewer digits. */
	while (ns >> 32) {
		ns >>= 1;
		ticks >>= 1;
	}
	if (clock->pair_tsc != 0 && ticks != 0 && now_ns > clock->pair_ns && tsc > clock->pair_tsc)
		clock->multiplier_q32 = (ns << 32) / ticks;
	clock->pair_ns = now_ns;
	clock->pair_tsc = tsc;
}

/* A burst has come: the clock was read, then the TSC. */
CORE_INLINE void engine_clock_burst(struct engine_clock *clock, uint64_t now_ns, uint64_t tsc)
{
	if (CORE_UNLIKELY(now_ns - clock->pair_ns > ENGINE_CLOCK_CALIBRATE_NS))
		engine_clock_calibrate(clock, now_ns, tsc);
	clock->now_ns = now_ns;
	clock->tsc = tsc;
}

/* The moment of the next frame, so long after the burst's reading. */
CORE_INLINE uint64_t engine_clock_next(struct engine_clock *clock, uint64_t since_ns)
{
	uint64_t moment_ns = clock->now_ns + since_ns, apart_ns = clock->last_ns + clock->step_ns;

	if (moment_ns < apart_ns) {
		if (apart_ns <= moment_ns + ENGINE_CLOCK_LEAD_NS)
			moment_ns = apart_ns;
		else if (moment_ns < clock->last_ns)
			moment_ns = clock->last_ns;
	}
	clock->last_ns = moment_ns;
	return moment_ns;
}

/* What a page's precision (log2 s) asks for between two moments. */
CORE_INLINE uint64_t engine_clock_step(int8_t precision)
{
	if (precision >= 0)
		return ENGINE_CLOCK_LEAD_NS;
	return precision < -30 ? 1 : (1000000000ULL >> -precision) + 1;
}

#endif
