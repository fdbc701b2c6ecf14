// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The two timestamps of a reply that are its own: receive and transmit, with their random bits.
 * Where they go in the packet is reply.h's matter, what the time is timepage.h's.
 */
#ifndef CORE_REPLY_STAMPS_H
#define CORE_REPLY_STAMPS_H

#include "dataplane/core/timepage.h"

/* protocol.md sec. 2: precision is not below -30, so that two fraction bits are always random. */
#define REPLY_PRECISION_MIN (-30)
#define REPLY_PRECISION_MAX (-1)

/* T2 and T3 of the reply, in wire format. */
struct reply_stamps {
	uint64_t receive_ts;
	uint64_t transmit_ts;
};

/* Now, in wire format, and which of its bits are below the precision: reply_noise_mask(). */
struct reply_moment {
	uint64_t now;
	uint64_t noise_mask;
};

/* The fraction bits that are below the precision. */
CORE_INLINE uint64_t reply_noise_mask(int8_t precision)
{
	/* The sign bit, and with it one compare for both ends. */
	uint32_t bits = (uint8_t)(32 + precision);

	if (CORE_UNLIKELY(
		    bits - (32 + REPLY_PRECISION_MIN) > REPLY_PRECISION_MAX - REPLY_PRECISION_MIN))
		bits = precision < REPLY_PRECISION_MIN ? 32 + REPLY_PRECISION_MIN
						       : 32 + REPLY_PRECISION_MAX;
	return (1ULL << bits) - 1;
}

/* What the answer costs, for the transmit timestamp: one step of the precision at least. */
CORE_INLINE uint64_t reply_cost_seen(uint64_t cost_q32, uint64_t noise_mask)
{
	return cost_q32 > noise_mask ? cost_q32 : noise_mask + 1;
}

/*
 * Makes receive and transmit timestamps out of true times. The bits below the
 * precision are random, so that nobody can guess an origin and no two replies
 * are alike (RFC 5905 sec. 6). receive is odd and transmit even (request.h says why);
 * transmit is later by cost_q32, which reply_cost_seen() gave, hence never equal;
 * neither is the origin, and transmit is never 0.
 */
CORE_INLINE struct reply_stamps reply_stamps_of(
	struct reply_moment moment, uint64_t cost_q32, uint64_t origin_ts, uint32_t random)
{
	uint64_t mask = moment.noise_mask;
	struct reply_stamps stamps;

	stamps.receive_ts = (moment.now & ~mask) | (random & mask) | 1;
	random = random >> 16 | random << 16;
	stamps.transmit_ts = (((moment.now + cost_q32) & ~mask) | (random & mask)) & ~1ULL;
	if (CORE_UNLIKELY(stamps.transmit_ts == 0))
		stamps.transmit_ts = 2;
	if (CORE_UNLIKELY(stamps.receive_ts == origin_ts))
		stamps.receive_ts ^= 2;
	if (CORE_UNLIKELY(stamps.transmit_ts == origin_ts))
		stamps.transmit_ts = origin_ts == 2 ? 4 : origin_ts ^ 2;
	return stamps;
}

CORE_INLINE struct reply_stamps reply_stamps(const struct timepage_reading *reading,
	uint64_t cost_q32, uint64_t origin_ts, uint32_t random)
{
	struct reply_moment moment = {
		ntp_time_to_wire(reading->now), reply_noise_mask(reading->precision)};

	return reply_stamps_of(
		moment, reply_cost_seen(cost_q32, moment.noise_mask), origin_ts, random);
}

/* In q32: answer_cost_ns, and what the request had waited before the clock was read, at most 1 s.
 */
CORE_INLINE uint64_t reply_cost_q32(uint32_t answer_cost_ns, uint64_t waited_ns)
{
	return (answer_cost_ns + waited_ns) * NTP_TIME_NOMINAL_MULTIPLIER >> NTP_TIME_NOMINAL_SHIFT;
}

#endif
