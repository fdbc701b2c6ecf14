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
	/* The header as words in memory order. */
	struct words {
		uint16_t version_service, length, identification, fragment, ttl_protocol, checksum;
	} CORE_WIRE CORE_MAY_ALIAS *words = (void *)ip;
	be32 address = be_load(ip->source);
	const uint16_t version_service = be16_of((uint16_t)(0x4500 | traffic_class)).raw;
	const uint16_t fragment = be16_of(FRAME_IPV4_DONT_FRAGMENT).raw;
	const uint16_t ttl_protocol = be16_of(FRAME_TTL << 8 | FRAME_PROTOCOL_UDP).raw;
	uint32_t sum = (uint16_t)~words->checksum;

	/* What is lost, each complemented, and what is gained. */
	sum += 4 * 0xffffU + version_service + fragment + ttl_protocol;
	sum -= (uint32_t)words->version_service + words->identification + words->fragment +
	       words->ttl_protocol;
	words->version_service = version_service;
	words->identification = 0; /* RFC 6864 sec. 4.1: of no meaning with DF */
	words->fragment = fragment;
	words->ttl_protocol = ttl_protocol;
	words->checksum = checksum_end_short(sum);
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
