// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rate limit: a token bucket for each client with chrony's meaning of `ratelimit interval I
 * burst B leak L kod K` (chrony.conf(5)). One request per 2^I s on average and B at once are
 * within the limit; of the others one in 2^L is answered all the same, at random, so that nobody
 * can lock a client out by sending in its name; and where K is set, one in 2^K of those that are
 * not gets a RATE kiss (RFC 5905 sec. 7.4).
 *
 * The bucket is kept as a level: a request within the limit raises it by LIMIT_COST, a tick drains
 * one. A tick is 2^I / LIMIT_COST s, at most 4 s; above I = 6 it drains less, on average.
 * Whoever was away for a minute has room for three requests whatever I says: the pool's monitor
 * sends so many, 2 s apart.
 *
 * Who the client is and where its bucket stands is visit.h's.
 */
#ifndef CORE_LIMIT_H
#define CORE_LIMIT_H

#include "dataplane/core/access.h"
#include "dataplane/core/clients.h"

#define LIMIT_INTERVAL_MIN  (-19) /* log2 s, chrony's bounds */
#define LIMIT_INTERVAL_MAX  12
#define LIMIT_BURST_MIN     4 /* below, the pool's monitor would be limited */
#define LIMIT_BURST_MAX     255
#define LIMIT_LEAK_MIN      1
#define LIMIT_LEAK_MAX      4
#define LIMIT_KOD_MAX       4
#define LIMIT_COST          16U
#define LIMIT_TICK_LOG2_MAX 2  /* 4 s */
#define LIMIT_TICK_SHIFT    40 /* ticks = ns * multiplier >> 40, modulo 2^24 */
#define LIMIT_MONITOR       3  /* requests of one check ... */
#define LIMIT_QUIET_S       60 /* ... after so long without any */
/* Another core was ahead by so much at most: an age beyond is none (1/8 of the cycle). */
#define LIMIT_AGE_MAX       (CLIENTS_TICKS_MASK - (CLIENTS_TICKS_MASK >> 3))
#define LIMIT_MIX           0x9e3779b1U /* 2^32 / golden ratio, odd */

/* In the settings; filled by limit_set(). */
struct limit {
	uint64_t tick_multiplier; /* 2^40 / ns of a tick */
	uint64_t seed;            /* of the client table; secret */
	uint64_t prefix6_mask;    /* of the upper half of an IPv6 address, host order */
	uint32_t burst_level;     /* the level of a full bucket */
	uint32_t quiet_ticks;     /* LIMIT_QUIET_S, rounded so that it is never longer */
	uint8_t drain_shift;      /* a tick drains 2^-shift */
	uint8_t leak_log2;        /* one in 2^leak of those over the limit is answered */
	uint8_t kod_log2;         /* one in 2^kod of the limited is told; 0: nobody */
	uint8_t sets_log2;        /* of the client table; 0: there is none */
	int8_t interval_log2;     /* as asked for: for people and for the length of a tick */
	uint8_t prefix6;
	uint8_t reserved[26];
};
_Static_assert(sizeof(struct limit) == 64, "settings layout 2");

enum limit_result {
	LIMIT_WITHIN,
	LIMIT_LEAKED, /* over the limit, to be answered all the same */
	LIMIT_KISS,   /* over the limit, to be told so */
	LIMIT_OVER    /* over the limit: silence */
};

/* What `ratelimit` says, and the meaning of a tick. `interval` and the rest within the bounds. */
CORE_INLINE void limit_set(struct limit *limit, int interval, uint32_t burst, uint32_t leak)
{
	int tick_log2 = interval - 4 < LIMIT_TICK_LOG2_MAX ? interval - 4 : LIMIT_TICK_LOG2_MAX;

	limit->interval_log2 = (int8_t)interval;
	/* tick_log2 is -23 to 2. */
	limit->tick_multiplier =
		((1ULL << (LIMIT_TICK_SHIFT - tick_log2)) + 500000000) / 1000000000;
	limit->drain_shift = (uint8_t)(interval - 4 - tick_log2);
	limit->burst_level = burst * LIMIT_COST;
	limit->leak_log2 = (uint8_t)leak;
	limit->quiet_ticks = tick_log2 < 0 ? (uint32_t)LIMIT_QUIET_S << -tick_log2
					   : (uint32_t)LIMIT_QUIET_S >> tick_log2;
	/* Two readings of a tick may differ by one less than the time between them. */
	limit->quiet_ticks -= 1;
	if (limit->quiet_ticks > LIMIT_AGE_MAX)
		limit->quiet_ticks = LIMIT_AGE_MAX;
}

CORE_INLINE uint32_t limit_tick(const struct limit *limit, uint64_t now_ns)
{
	return (uint32_t)(now_ns * limit->tick_multiplier >> LIMIT_TICK_SHIFT) & CLIENTS_TICKS_MASK;
}

/* So many of the lowest bits, all zero: true one time in 2^bits. */
CORE_INLINE bool limit_chance(uint32_t random, uint32_t bits)
{
	return (random & ((1U << bits) - 1)) == 0;
}

/* What of the level is left after age ticks. */
CORE_INLINE uint32_t limit_drain(
	const struct limit *limit, uint32_t level, uint32_t age, uint32_t random)
{
	uint32_t drained =
		(age + (random & ((1U << limit->drain_shift) - 1))) >> limit->drain_shift;
	uint32_t room = limit->burst_level - LIMIT_MONITOR * LIMIT_COST;

	level = level > drained ? level - drained : 0;
	if (age >= limit->quiet_ticks && level > room)
		level = room;
	return level;
}

/* Over the limit: what becomes of it. */
CORE_INLINE enum limit_result limit_over(const struct limit *limit, uint32_t flags, uint32_t random)
{
	if (limit_chance(random, limit->leak_log2))
		return LIMIT_LEAKED;
	if (flags & ACCESS_KOD && limit->kod_log2 && limit_chance(random >> 8, limit->kod_log2))
		return LIMIT_KISS;
	return LIMIT_OVER;
}

#endif
