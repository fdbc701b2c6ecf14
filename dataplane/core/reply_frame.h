// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The frame around the reply, for the engines that answer below the kernel's
 * network stack: addresses and ports change places, checksums are updated.
 */
#ifndef CORE_REPLY_FRAME_H
#define CORE_REPLY_FRAME_H

#include "dataplane/core/checksum.h"
#include "dataplane/core/frame.h"
#include "dataplane/core/reply.h"

/* The packet as twelve raw words, for the checksum. */
struct reply_words {
	uint32_t at[NTP_PACKET_SIZE / 4];
} CORE_WIRE CORE_MAY_ALIAS;

/* Half of a timestamp. The transmit timestamp of the request is the origin of the reply: what the
 * checksum loses there it gains here, so that neither is summed. */
CORE_INLINE bool reply_word_of(int word, size_t timestamp)
{
	return word == (int)timestamp / 4 || word == (int)timestamp / 4 + 1;
}

/* What the checksum loses: the request's words, complemented. */
CORE_INLINE uint64_t reply_sum_lost(const struct ntp_packet *request)
{
	const struct reply_words *words = (const struct reply_words *)request;
	uint64_t sum = 0;
	int i;

	CORE_UNROLL
	for (i = 0; i < NTP_PACKET_SIZE / 4; i++)
		if (!reply_word_of(i, offsetof(struct ntp_packet, transmit_ts)))
			sum = checksum_replace(sum, words->at[i], 0);
	return sum;
}

/* What it gains: the reply's words. */
CORE_INLINE uint64_t reply_sum_gained(const struct ntp_packet *reply)
{
	const struct reply_words *words = (const struct reply_words *)reply;
	uint64_t sum = 0;
	int i;

	CORE_UNROLL
	for (i = 0; i < NTP_PACKET_SIZE / 4; i++)
		if (!reply_word_of(i, offsetof(struct ntp_packet, origin_ts)))
			sum += words->at[i];
	return sum;
}

/* Source and destination change places; TTL 64, DF, no options, nothing of the request's
 * type of service, identification or flow label. */
CORE_INLINE void reply_ipv4(struct frame_ipv4 *ip)
{
	be32 address = be_load(ip->source);
	be16 fragment = be16_of(FRAME_IPV4_DONT_FRAGMENT);
	uint64_t sum = checksum_begin(be_load(ip->checksum));

	sum = checksum_replace(sum, (uint32_t)ip->type_of_service << 8, 0);
	sum = checksum_replace(sum, ip->identification.raw, 0);
	sum = checksum_replace(sum, ip->fragment.raw, fragment.raw);
	sum = checksum_replace(sum, ip->ttl, FRAME_TTL);
	ip->type_of_service = 0;
	ip->identification = (be16){0}; /* RFC 6864 sec. 4.1: of no meaning with DF */
	ip->fragment = fragment;
	ip->ttl = FRAME_TTL;
	ip->checksum = checksum_end(sum);
	ip->source = be_load(ip->destination);
	ip->destination = address;
}

CORE_INLINE void reply_ipv6(struct frame_ipv6 *ip)
{
	be64 high = be_load(ip->source[0]);
	be64 low = be_load(ip->source[1]);

	ip->version_class_flow = be32_of(0x60000000);
	ip->hop_limit = FRAME_TTL;
	ip->source[0] = be_load(ip->destination[0]);
	ip->source[1] = be_load(ip->destination[1]);
	ip->destination[0] = high;
	ip->destination[1] = low;
}

CORE_INLINE void reply_ethernet(struct frame_ethernet *ethernet)
{
	struct frame_mac *source = (void *)ethernet->source;
	struct frame_mac *destination = (void *)ethernet->destination;
	uint32_t head = source->head;
	uint16_t tail = source->tail;

	source->head = destination->head;
	source->tail = destination->tail;
	destination->head = head;
	destination->tail = tail;
}

/* UDP: ports change places. lost and gained are the payload's sums before and after reply_fill().
 */
CORE_INLINE void reply_udp(struct frame_udp *udp, uint64_t lost, uint64_t gained)
{
	be16 port = be_load(udp->source_port);

	/* No checksum in the request (IPv4 only): none in the reply. */
	if (udp->checksum.raw != 0)
		udp->checksum =
			checksum_end_udp(checksum_begin(be_load(udp->checksum)) + lost + gained);
	udp->source_port = be_load(udp->destination_port);
	udp->destination_port = port;
}

/* Turns the whole frame into the reply. */
CORE_INLINE void reply_frame(const struct frame_layers *layers,
	const struct timepage_reading *reading, struct reply_stamps stamps)
{
	uint64_t lost = reply_sum_lost(layers->ntp);

	reply_fill(layers->ntp, reading, stamps);
	reply_udp(layers->udp, lost, reply_sum_gained(layers->ntp));
	if (layers->family == FRAME_IPV4)
		reply_ipv4(layers->ipv4);
	else
		reply_ipv6(layers->ipv6);
	reply_ethernet(layers->ethernet);
}

#endif
