// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Time in NTP's units without NTP's wrap: 64 bits of seconds since 1900-01-01
 * and a 32-bit fraction. The era is kept in all arithmetic and cut off only
 * where a timestamp goes on the wire (RFC 5905 sec. 6; era 1 begins
 * 2036-02-07 06:28:16 UTC).
 *
 * "q32" is an unsigned interval in units of 2^-32 s in 64 bits: up to 2^32 s.
 * "q16" is RFC 5905's short format, 16.16 s in 32 bits.
 */
#ifndef CORE_NTP_TIME_H
#define CORE_NTP_TIME_H

#include "dataplane/core/compiler.h"

#define NTP_TIME_UNIX_EPOCH_S 2208988800ULL /* 1970-01-01 in NTP seconds, RFC 5905 sec. 6 */
#define NTP_TIME_NS_PER_S     1000000000ULL
#define NTP_TIME_Q32_PER_S    (1ULL << 32)

/* 2^32 / 10^9 = 4.294967296 as multiplier / 2^shift: the rate of an exact counter in ns.
 * The multiplier keeps 32 bits: a step of 2^-31, or 0.5 ns in a second. */
#define NTP_TIME_NOMINAL_SHIFT      29
#define NTP_TIME_NOMINAL_MULTIPLIER 2305843009U

struct ntp_time {
	uint64_t seconds;
	uint32_t fraction; /* 2^-32 s */
};

CORE_INLINE struct ntp_time ntp_time_add_q32(struct ntp_time time, uint64_t q32)
{
	uint64_t fraction = (uint64_t)time.fraction + (q32 & 0xffffffff);

	time.seconds += (q32 >> 32) + (fraction >> 32);
	time.fraction = (uint32_t)fraction;
	return time;
}

CORE_INLINE struct ntp_time ntp_time_sub_q32(struct ntp_time time, uint64_t q32)
{
	uint64_t fraction = (uint64_t)time.fraction - (q32 & 0xffffffff);

	time.seconds -= (q32 >> 32) + (fraction >> 63);
	time.fraction = (uint32_t)fraction;
	return time;
}

/* The 64-bit timestamp of the wire, in host byte order: the era is gone. */
CORE_INLINE uint64_t ntp_time_to_wire(struct ntp_time time)
{
	return time.seconds << 32 | time.fraction;
}

/*
 * elapsed (ns) in q32 at the rate multiplier / 2^shift. shift is 1..31. The
 * halves are multiplied apart, since their product with a 32-bit multiplier has
 * 64 bits and the core has no wider integer. Good for 2^32 s.
 */
CORE_INLINE uint64_t ntp_time_scale(uint64_t elapsed_ns, uint32_t multiplier, uint32_t shift)
{
	uint64_t q32 = (elapsed_ns & 0xffffffff) * multiplier >> (shift & 63);

	/* Samples are renewed several times a second. */
	if (CORE_UNLIKELY(elapsed_ns >> 32))
		q32 += (elapsed_ns >> 32) * multiplier << ((32 - shift) & 63);
	return q32;
}

/* What ntp_time_scale() cuts off, in 2^-shift of its unit. */
CORE_INLINE uint64_t ntp_time_scale_rest(uint64_t elapsed_ns, uint32_t multiplier, uint32_t shift)
{
	return (elapsed_ns & 0xffffffff) * multiplier & ((1ULL << (shift & 63)) - 1);
}

/* A q32 interval in RFC 5905's short format, rounded up, saturated. */
CORE_INLINE uint32_t ntp_time_short_round_up(uint64_t q32)
{
	if (q32 > 0xffffffff0000ULL)
		return 0xffffffff;
	return (uint32_t)((q32 + 0xffff) >> 16);
}

#endif
