// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The coming leap second, and the one owner of it: when it is, whether it is
 * believed, and when it has passed. Sources vote with their leap indicators;
 * protocol.md sec. 4 allows 30 June and 31 December only, and announces in the last
 * 24 hours (RFC 5905 sec. 7.3 would allow a month). The moment itself is applied by the data
 * plane (control/publisher.h arms it); who keeps UTC in memory shifts it when
 * leap_passed() says so. Pure; owned and called by the daemon.
 */
#ifndef CONTROL_LEAP_H
#define CONTROL_LEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct leap {
	int64_t at_utc_s;   /* Unix second at which time jumps: see leap_moment(). 0: none armed */
	int8_t sign;        /* +1 a second is inserted, -1 one is deleted, 0 none */
	int64_t done_utc_s; /* the last one that passed; not armed again */
	unsigned passed;    /* count since the start */
};

/*
 * The leap indicator that more than half of the voters carry: 0, 1 (last minute
 * has 61 s), 2 (59 s). 0 where there is no majority for 1 or 2.
 */
uint8_t leap_vote(const uint8_t *indicators, size_t count);

/*
 * The moment of a leap second of this sign at the end of the day that utc_s is in:
 * for +1 the coming midnight, from where 23:59:59 is repeated; for -1 one second
 * before it, 23:59:59, which is left out. 0 when that day is not 30 June or 31
 * December.
 */
int64_t leap_moment(int64_t utc_s, int8_t sign);

/*
 * Arms, keeps or disarms. `indicator` is leap_vote()'s result of the selectable
 * sources; negative where there are none just now (an armed second stays armed).
 * Returns true when the armed moment changed, which is worth a line in the log.
 */
bool leap_update(struct leap *leap, int64_t utc_s, int indicator);

/*
 * A moment out of a leap-seconds list, which goes before any vote. Only one within the
 * next 24 hours is armed. at_utc_s is as leap_moment() has it.
 */
bool leap_set(struct leap *leap, int64_t utc_s, int64_t at_utc_s, int8_t sign);

/*
 * Has the armed moment come? utc_s is the time without the leap second applied.
 * True once: the caller then calls filter_shift(), clock_shift() with
 * -sign * 10^9 ns for all. The moment is disarmed here and stays in the page as
 * long as the publisher needs it.
 */
bool leap_passed(struct leap *leap, int64_t utc_s, int8_t *ret_sign);

/* The indicator to serve: 0, 1 or 2. */
uint8_t leap_indicator(const struct leap *leap);

#endif
