// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The NTP packet of the reply, field by field (protocol.md sec. 2), written over
 * the request. The frame around it is reply_frame.h's.
 */
#ifndef CORE_REPLY_H
#define CORE_REPLY_H

#include "dataplane/core/ntp_wire.h"
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
	if (precision < REPLY_PRECISION_MIN)
		precision = REPLY_PRECISION_MIN;
	if (precision > REPLY_PRECISION_MAX)
		precision = REPLY_PRECISION_MAX;
	return (1ULL << (32 + precision)) - 1;
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

/* answer_cost_ns in q32. */
CORE_INLINE uint64_t reply_cost_q32(const struct timepage_reading *reading)
{
	return (uint64_t)reading->answer_cost_ns * NTP_TIME_NOMINAL_MULTIPLIER >>
	       NTP_TIME_NOMINAL_SHIFT;
}

/*
 * Turns the request in packet into the reply. Each field is assigned; nothing of the request
 * stays but version, poll and its transmit timestamp, as origin.
 */
CORE_INLINE void reply_fill(struct ntp_packet *packet, const struct timepage_reading *reading,
	struct reply_stamps stamps)
{
	uint64_t reference_ts = reading->reference_ts;

	/* Of a base a moment ahead of this reader's clock: not after transmit, whatever happens. */
	if (CORE_UNLIKELY((int64_t)(stamps.transmit_ts - reference_ts) < 0))
		reference_ts = stamps.receive_ts;
	packet->leap_version_mode =
		ntp_wire_first_octet(reading->leap, ntp_wire_version(packet), NTP_MODE_SERVER);
	/* RFC 5905 figure 11: unsynchronised is 16 inside and 0 on the wire. */
	packet->stratum =
		reading->stratum <= NTP_STRATUM_MAX ? reading->stratum : NTP_STRATUM_UNSPECIFIED;
	packet->precision = reading->precision;
	packet->root_delay = be32_of(reading->root_delay_q16);
	packet->root_dispersion = be32_of(reading->root_dispersion_q16);
	packet->reference_id = reading->reference_id;
	packet->reference_ts = be64_of(reference_ts);
	packet->origin_ts = be_load(packet->transmit_ts);
	packet->receive_ts = be64_of(stamps.receive_ts);
	packet->transmit_ts = be64_of(stamps.transmit_ts);
}

#endif
