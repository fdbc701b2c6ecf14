// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The NTP packet of the reply, field by field (protocol.md sec. 2), written over
 * the request. The frame around it is reply_frame.h's.
 */
#ifndef CORE_REPLY_H
#define CORE_REPLY_H

#include "dataplane/core/ntp_wire.h"
#include "dataplane/core/reply_sum.h"
#include "dataplane/core/timepage.h"

/* protocol.md sec. 2: precision is not below -30, so that two fraction bits are always random. */
#define REPLY_PRECISION_MIN (-30)
#define REPLY_PRECISION_MAX (-1)

/* T2 and T3 of the reply, in wire format. */
struct reply_stamps {
	uint64_t receive_ts;
	uint64_t transmit_ts;
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

/*
 * Makes receive and transmit timestamps out of true times. The bits below the
 * precision are random, so that nobody can guess an origin and no two replies
 * are alike (RFC 5905 sec. 6). receive is odd and transmit even (request.h says why);
 * transmit is at least one step of the precision later, hence never equal;
 * neither is the origin, and transmit is never 0.
 */
CORE_INLINE struct reply_stamps reply_stamps(const struct timepage_reading *reading,
	uint64_t elapsed_q32, uint64_t origin_ts, uint32_t random)
{
	uint64_t mask = reply_noise_mask(reading->precision);
	uint64_t now = ntp_time_to_wire(reading->now);
	struct reply_stamps stamps;

	if (elapsed_q32 <= mask)
		elapsed_q32 = mask + 1;
	stamps.receive_ts = (now & ~mask) | (random & mask) | 1;
	random = random >> 16 | random << 16;
	stamps.transmit_ts = (((now + elapsed_q32) & ~mask) | (random & mask)) & ~1ULL;
	if (CORE_UNLIKELY(stamps.transmit_ts == 0))
		stamps.transmit_ts = 2;
	if (CORE_UNLIKELY(stamps.receive_ts == origin_ts))
		stamps.receive_ts ^= 2;
	if (CORE_UNLIKELY(stamps.transmit_ts == origin_ts))
		stamps.transmit_ts = origin_ts == 2 ? 4 : origin_ts ^ 2;
	return stamps;
}

/* In q32: answer_cost_ns, and what the request had waited before the clock was read, at most 1 s.
 */
CORE_INLINE uint64_t reply_cost_q32(const struct timepage_reading *reading, uint64_t waited_ns)
{
	return (reading->answer_cost_ns + waited_ns) * NTP_TIME_NOMINAL_MULTIPLIER >>
	       NTP_TIME_NOMINAL_SHIFT;
}

#define REPLY_KISS_RATE 0x52415445U /* "RATE", RFC 5905 figure 13 */

/* What a RATE kiss says in the place of the time's quality. */
CORE_INLINE void reply_make_kiss(struct timepage_reading *reading)
{
	reading->leap = NTP_LEAP_UNKNOWN;
	reading->stratum = NTP_STRATUM_UNSPECIFIED;
	reading->reference_id = be32_of(REPLY_KISS_RATE);
}

/* The packet as raw words in memory order. */
struct reply_words {
	uint32_t first; /* leap, version, mode; stratum; poll; precision */
	uint32_t root_delay, root_dispersion, reference_id;
	uint64_t reference_ts, origin_ts, receive_ts, transmit_ts;
} CORE_WIRE CORE_MAY_ALIAS;

/* First word: version and poll are the request's. */
CORE_INLINE uint32_t reply_first(uint32_t request, const struct timepage_reading *reading)
{
	/* RFC 5905 figure 11: unsynchronised is 16 inside and 0 on the wire. */
	uint32_t stratum = CORE_LIKELY(reading->stratum <= NTP_STRATUM_MAX) ? reading->stratum : 0;

	return (request & 0x00ff0038) | NTP_MODE_SERVER | (uint8_t)(reading->leap << 6) |
	       stratum << 8 | (uint32_t)(uint8_t)reading->precision << 24;
}

/* The words that go, each complemented: ten of 32 bits. The transmit timestamp stays, as origin. */
CORE_INLINE struct reply_sum reply_lose(const struct reply_words *words)
{
	struct reply_sum sum = {10 * 0xffffffffULL, 0};

	sum.whole -= words->first;
	sum.whole -= words->root_delay;
	sum.whole -= words->root_dispersion;
	sum.whole -= words->reference_id;
	sum.whole -= words->reference_ts;
	sum.high -= words->reference_ts >> 32;
	sum.whole -= words->origin_ts;
	sum.high -= words->origin_ts >> 32;
	sum.whole -= words->receive_ts;
	sum.high -= words->receive_ts >> 32;
	reply_sum_keep(&sum);
	return sum;
}

/*
 * Turns the request in packet into the reply. Each field is assigned; nothing of the request
 * stays but version, poll and its transmit timestamp, as origin. Returns what the sum of the
 * packet's words gains by it, for the checksum.
 */
CORE_INLINE uint64_t reply_fill(struct ntp_packet *packet, const struct timepage_reading *reading,
	struct reply_stamps stamps)
{
	struct reply_words *words = (struct reply_words *)packet;
	struct reply_sum sum = reply_lose(words);
	uint64_t reference_ts = reading->reference_ts;

	/* Of a base a moment ahead of this reader's clock: not after transmit, whatever happens. */
	if (CORE_UNLIKELY((int64_t)(stamps.transmit_ts - reference_ts) < 0))
		reference_ts = stamps.receive_ts;
	words->first = reply_sum_gain32(&sum, reply_first(words->first, reading));
	words->root_delay = reply_sum_gain32(&sum, be32_of(reading->root_delay_q16).raw);
	words->root_dispersion = reply_sum_gain32(&sum, be32_of(reading->root_dispersion_q16).raw);
	words->reference_id = reply_sum_gain32(&sum, reading->reference_id.raw);
	words->reference_ts = reply_sum_gain(&sum, be64_of(reference_ts).raw);
	words->origin_ts = words->transmit_ts;
	words->receive_ts = reply_sum_gain(&sum, be64_of(stamps.receive_ts).raw);
	words->transmit_ts = reply_sum_gain(&sum, be64_of(stamps.transmit_ts).raw);
	return reply_sum_value(sum);
}

#endif
