// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The reply, field by field (protocol.md sec. 2), written over the request:
 * reply_fill() for the NTP packet, in all engines; reply_frame() for the frame
 * around it, in those that answer below the kernel's network stack.
 */
#ifndef CORE_REPLY_H
#define CORE_REPLY_H

#include "dataplane/core/checksum.h"
#include "dataplane/core/frame.h"
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
	return ntp_time_scale(
		reading->answer_cost_ns, NTP_TIME_NOMINAL_MULTIPLIER, NTP_TIME_NOMINAL_SHIFT);
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
	packet->origin_ts = packet->transmit_ts;
	packet->receive_ts = be64_of(stamps.receive_ts);
	packet->transmit_ts = be64_of(stamps.transmit_ts);
}

/* The packet as twelve raw words, for the checksum. */
struct reply_words {
	struct {
		uint32_t word;
	} CORE_WIRE at[NTP_PACKET_SIZE / 4];
};

/* Sum of all 12 words, each complemented: what the checksum loses. The origin of the reply is the
 * transmit timestamp of the request, so those two words cancel; summing them is as cheap. */
CORE_INLINE uint64_t reply_sum_complement(const struct ntp_packet *packet)
{
	const struct reply_words *words = (const struct reply_words *)packet;
	uint64_t sum = 0;
	int i;

#pragma GCC unroll 12
	for (i = 0; i < NTP_PACKET_SIZE / 4; i++)
		sum += (uint32_t)~words->at[i].word;
	return sum;
}

/* Sum of all 12 words: what it gains. */
CORE_INLINE uint64_t reply_sum(const struct ntp_packet *packet)
{
	const struct reply_words *words = (const struct reply_words *)packet;
	uint64_t sum = 0;
	int i;

#pragma GCC unroll 12
	for (i = 0; i < NTP_PACKET_SIZE / 4; i++)
		sum += words->at[i].word;
	return sum;
}

/* Source and destination change places; TTL 64, DF, no options, nothing of the request's
 * type of service, identification or flow label. */
CORE_INLINE void reply_ipv4(struct frame_ipv4 *ip)
{
	be32 address = ip->source;
	be16 fragment = be16_of(FRAME_IPV4_DONT_FRAGMENT);
	uint64_t sum = checksum_begin(ip->checksum);

	sum = checksum_replace(sum, (uint32_t)ip->type_of_service << 8, 0);
	sum = checksum_replace(sum, ip->identification.raw, 0);
	sum = checksum_replace(sum, ip->fragment.raw, fragment.raw);
	sum = checksum_replace(sum, ip->ttl, FRAME_TTL);
	ip->type_of_service = 0;
	ip->identification = (be16){0}; /* RFC 6864 sec. 4.1: of no meaning with DF */
	ip->fragment = fragment;
	ip->ttl = FRAME_TTL;
	ip->checksum = checksum_end(sum);
	ip->source = ip->destination;
	ip->destination = address;
}

CORE_INLINE void reply_ipv6(struct frame_ipv6 *ip)
{
	be64 high = ip->source[0];
	be64 low = ip->source[1];

	ip->version_class_flow = be32_of(0x60000000);
	ip->hop_limit = FRAME_TTL;
	ip->source[0] = ip->destination[0];
	ip->source[1] = ip->destination[1];
	ip->destination[0] = high;
	ip->destination[1] = low;
}

CORE_INLINE void reply_ethernet(struct frame_ethernet *ethernet)
{
	struct {
		uint16_t part[3];
	} CORE_WIRE *source = (void *)ethernet->source,
		    *destination = (void *)ethernet->destination;
	int i;

#pragma GCC unroll 3
	for (i = 0; i < 3; i++) {
		uint16_t part = source->part[i];

		source->part[i] = destination->part[i];
		destination->part[i] = part;
	}
}

/* UDP: ports change places. lost and gained are the payload's sums before and after reply_fill().
 */
CORE_INLINE void reply_udp(struct frame_udp *udp, uint64_t lost, uint64_t gained)
{
	be16 port = udp->source_port;

	/* No checksum in the request (IPv4 only): none in the reply. */
	if (udp->checksum.raw != 0)
		udp->checksum = checksum_end_udp(checksum_begin(udp->checksum) + lost + gained);
	udp->source_port = udp->destination_port;
	udp->destination_port = port;
}

/* Turns the whole frame into the reply. */
CORE_INLINE void reply_frame(const struct frame_layers *layers,
	const struct timepage_reading *reading, struct reply_stamps stamps)
{
	uint64_t lost = reply_sum_complement(layers->ntp);

	reply_fill(layers->ntp, reading, stamps);
	reply_udp(layers->udp, lost, reply_sum(layers->ntp));
	if (layers->family == FRAME_IPV4)
		reply_ipv4(layers->ipv4);
	else
		reply_ipv6(layers->ipv6);
	reply_ethernet(layers->ethernet);
}

#endif
