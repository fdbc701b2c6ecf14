// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's receive stamps, which are CLOCK_REALTIME, as moments of CLOCK_MONOTONIC,
 * which the time page speaks. The two clocks have the same rate, and their
 * difference changes only when somebody steps CLOCK_REALTIME: then no stamp is
 * believed until the caller's queue was empty once. For engine.c; pure but for
 * stamp_now().
 */
#ifndef SOCKET_STAMP_H
#define SOCKET_STAMP_H

#include <stdbool.h>
#include <stdint.h>

/* Both clocks at one moment; width_ns is how far apart they may have been read. */
struct stamp_pair {
	uint64_t mono_ns;
	int64_t real_ns;
	uint64_t width_ns;
};

struct stamp_clock {
	int64_t difference_ns; /* REALTIME - MONOTONIC when last looked at */
	uint64_t width_ns;
	bool believed;
};

/* The closest of several readings. */
struct stamp_pair stamp_now(void);

/* CLOCK_MONOTONIC alone. */
uint64_t stamp_monotonic_ns(void);

/* All that is queued now was stamped after this moment, or nothing is queued. */
void stamp_begin(struct stamp_clock *clock, const struct stamp_pair *now);

/*
 * Converts the stamp of something that was queued after stamp_begin(). True:
 * ret_mono_ns is its moment, not after now. False: it cannot be believed.
 */
bool stamp_convert(struct stamp_clock *clock, const struct stamp_pair *now, int64_t stamp_real_ns,
	uint64_t *ret_mono_ns);

#endif
