// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rate limit: a token bucket for each client with chrony's meaning of `ratelimit interval I
 * burst B leak L kod K` (chrony.conf(5)). One request per 2^I s on average and B at once are
 * within the limit; of the others one in 2^L is answered all the same, at random, so that nobody
 * can lock a client out by sending in its name; and where K is set, one in 2^K of those that are
 * not gets a RATE kiss (RFC 5905 sec. 7.4).
 *
 * The bucket is kept as a level: a request within the limit raises it by `cost`, each tick drains
 * it, rounded at random. A tick is some 2^I / 16 s, but 4 ms at least and 4 s at most. Below
 * I = -7 as much as a tick drains may come at once, if that is more than B: the rate is exact.
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
#define LIMIT_COST_LOG2     4
#define LIMIT_TICK_LOG2_MIN (-8) /* 4 ms */
#define LIMIT_TICK_LOG2_MAX 2    /* 4 s */
#define LIMIT_TICK_SHIFT    40   /* ticks = ns * multiplier >> 40, modulo 2^24 */
#define LIMIT_MONITOR       3    /* requests of one check of the pool's monitor ... */
#define LIMIT_QUIET_S       59   /* ... after a minute without any, less what the way adds to it */
#define LIMIT_MIX           0x9e3779b1U /* 2^32 / golden ratio, odd */

/* In the settings; filled by limit_set(). */
struct limit {
	uint64_t tick_multiplier; /* 2^40 / ns of a tick */
	uint64_t seed;            /* of the client table; secret */
	uint64_t prefix6_mask;    /* of the upper half of an IPv6 address, host order */
	uint64_t drain_q16;       /* what a tick drains, in 2^-16 of a level */
	uint32_t burst_level;     /* the level of a full bucket */
	uint32_t quiet_ticks;     /* LIMIT_QUIET_S */
	uint16_t cost;            /* what a request raises the level by */
	uint8_t leak_log2;        /* one in 2^leak of those over the limit is answered */
	uint8_t kod_log2;         /* one in 2^kod of the limited is told; 0: nobody */
	uint8_t sets_log2;        /* of the client table; 0: there is none */
	int8_t interval_log2;     /* as asked for: for people and for the length of a tick */
	uint8_t prefix6;
	uint8_t reserved[17];
};
_Static_assert(sizeof(struct limit) == 64, "settings layout 2");

enum limit_result {
	LIMIT_WITHIN,
	LIMIT_LEAKED, /* over the limit, to be answered all the same */
	LIMIT_KISS,   /* over the limit, to be told so */
	LIMIT_OVER    /* over the limit: silence */
};

/*
 * The length of a tick. A sixteenth off the power of two: `last` wraps around (clients.h), and a
 * client that polls every 2^p s must not meet the same tick of the cycle again and again.
 */
CORE_INLINE void limit_set_tick(struct limit *limit, int interval)
{
	int log2 = interval - LIMIT_COST_LOG2;

	log2 = log2 < LIMIT_TICK_LOG2_MIN ? LIMIT_TICK_LOG2_MIN : log2;
	log2 = log2 > LIMIT_TICK_LOG2_MAX ? LIMIT_TICK_LOG2_MAX : log2;
	limit->tick_multiplier =
		(17ULL << (LIMIT_TICK_SHIFT - LIMIT_COST_LOG2 - log2)) / 1000000000;
	limit->quiet_ticks = (uint32_t)(LIMIT_QUIET_S * 1000000000ULL * limit->tick_multiplier >>
					LIMIT_TICK_SHIFT);
}

/* What `ratelimit` says, and the meaning of a tick. `interval` and the rest within the bounds. */
CORE_INLINE void limit_set(struct limit *limit, int interval, uint32_t burst, uint32_t leak)
{
	/* The level of a bucket that is as deep as a tick drains has to fit its 12 bits. */
	int cost_log2 = interval < -16 ? 20 + interval : LIMIT_COST_LOG2;
	/* cost / (2^interval s) of a tick of (2^40 / multiplier) ns, times 2^16; -15 <= shift <= 13
	 */
	int shift = LIMIT_TICK_SHIFT + 16 - 63 + cost_log2 - interval;
	uint32_t least;

	limit_set_tick(limit, interval);
	limit->interval_log2 = (int8_t)interval;
	limit->cost = (uint16_t)(1U << cost_log2);
	limit->drain_q16 = (1ULL << 63) / (limit->tick_multiplier * 1000000000);
	limit->drain_q16 = shift < 0 ? limit->drain_q16 >> -shift : limit->drain_q16 << shift;
	limit->burst_level = burst << cost_log2;
	least = (uint32_t)(limit->drain_q16 >> 16) + 1 + limit->cost;
	if (limit->burst_level < least)
		limit->burst_level = least;
	limit->leak_log2 = (uint8_t)leak;
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
	uint64_t drained = (age * limit->drain_q16 + (random & 0xffff)) >> 16;
	uint32_t room;

	level = level > drained ? level - (uint32_t)drained : 0;
	if (age < limit->quiet_ticks)
		return level;
	room = limit->burst_level - LIMIT_MONITOR * limit->cost;
	return level < room ? level : room;
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
