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

/* Source and destination change places; TTL 64, DF, no options, nothing of the request's
 * type of service, identification or flow label. traffic_class: of the reply (RFC 2474). */
CORE_INLINE void reply_ipv4(struct frame_ipv4 *ip, uint8_t traffic_class)
{
	/* The header's first words in memory order. */
	struct words {
		uint32_t service_length, identification_fragment, ttl_protocol_checksum;
	} CORE_WIRE CORE_MAY_ALIAS *words = (void *)ip;
	const uint32_t length = sizeof(*ip) + sizeof(struct frame_udp) + NTP_PACKET_SIZE;
	const struct words reply = {
		be32_of(0x45000000U | (uint32_t)traffic_class << 16 | length).raw,
		/* RFC 6864 sec. 4.1: identification is of no meaning with DF. */
		be32_of(FRAME_IPV4_DONT_FRAGMENT).raw,
		be32_of((uint32_t)FRAME_TTL << 24 | FRAME_PROTOCOL_UDP << 16).raw,
	};
	be32 address = be_load(ip->source);
	/* What is lost, each complemented, the checksum with it; and what is gained. */
	uint64_t sum = (uint64_t)words->service_length + words->identification_fragment +
		       words->ttl_protocol_checksum;

	sum = 3 * 0xffffffffULL + reply.service_length + reply.identification_fragment +
	      reply.ttl_protocol_checksum - sum;
	words->service_length = reply.service_length;
	words->identification_fragment = reply.identification_fragment;
	words->ttl_protocol_checksum = reply.ttl_protocol_checksum;
	ip->checksum = checksum_end(sum);
	ip->source = be_load(ip->destination);
	ip->destination = address;
}

CORE_INLINE void reply_ipv6(struct frame_ipv6 *ip, uint8_t traffic_class)
{
	be64 high = be_load(ip->source[0]);
	be64 low = be_load(ip->source[1]);

	ip->version_class_flow = be32_of(0x60000000 | (uint32_t)traffic_class << 20);
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

/* UDP: ports change places. gained is what reply_fill_head() returned. */
CORE_INLINE void reply_udp(struct frame_udp *udp, uint64_t gained)
{
	be16 port = be_load(udp->source_port);

	/* No checksum in the request (IPv4 only): none in the reply. */
	if (udp->checksum.raw != 0)
		udp->checksum = checksum_end_udp(checksum_begin(be_load(udp->checksum)) + gained);
	udp->source_port = be_load(udp->destination_port);
	udp->destination_port = port;
}

/* Turns the whole frame into the reply. */
CORE_INLINE void reply_frame(const struct frame_layers *layers, const struct reply_head *head,
	struct reply_stamps stamps, uint8_t traffic_class)
{
	reply_udp(layers->udp, reply_fill_head(layers->ntp, head, stamps));
	if (layers->family == FRAME_IPV4)
		reply_ipv4(layers->ipv4, traffic_class);
	else
		reply_ipv6(layers->ipv6, traffic_class);
	reply_ethernet(layers->ethernet);
}

#endif
