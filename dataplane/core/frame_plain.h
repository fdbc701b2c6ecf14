// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A short cut past frame_parse() for the frame that nearly all requests come in. It
 * judges nothing: what it does not know is frame_parse()'s. Whoever answers frames one
 * by one may ask here first, once for each family.
 */
#ifndef CORE_FRAME_PLAIN_H
#define CORE_FRAME_PLAIN_H

#include "dataplane/core/frame.h"

/* UDP's length in a request without anything behind it. */
#define FRAME_PLAIN_UDP (sizeof(struct frame_udp) + NTP_PACKET_SIZE)

/* The layers of a frame that is known to be plain; with a constant family all of them are at
 * constant offsets. */
CORE_INLINE struct frame_layers frame_plain_layers(
	const struct frame *frame, enum frame_family family)
{
	const uint32_t ip_length =
		family == FRAME_IPV4 ? sizeof(struct frame_ipv4) : sizeof(struct frame_ipv6);
	struct frame_ethernet *ethernet = (struct frame_ethernet *)frame->data;
	struct frame_udp *udp = (struct frame_udp *)(frame->data + sizeof(*ethernet) + ip_length);

	return (struct frame_layers){
		.ethernet = ethernet,
		.ipv4 = family == FRAME_IPV4 ? (struct frame_ipv4 *)(ethernet + 1) : NULL,
		.ipv6 = family == FRAME_IPV6 ? (struct frame_ipv6 *)(ethernet + 1) : NULL,
		.udp = udp,
		.ntp = (struct ntp_packet *)(udp + 1),
		.family = family,
		.payload_length = NTP_PACKET_SIZE,
		.header_length = sizeof(*ethernet) + ip_length + sizeof(*udp),
	};
}

/* Two fields of 16 bits that stand side by side, as they are on the wire. */
CORE_INLINE uint32_t frame_plain_load32(const void *at)
{
	const struct word {
		uint32_t raw;
	} CORE_WIRE CORE_MAY_ALIAS *word = at;

	return word->raw;
}

/* Several fields that stand side by side, compared at once; mask and value as they are on the wire.
 */
CORE_INLINE bool frame_plain_word32(const void *at, uint32_t mask, uint32_t value)
{
	return (frame_plain_load32(at) & be32_of(mask).raw) == be32_of(value).raw;
}

CORE_INLINE bool frame_plain_word64(const void *at, uint64_t mask, uint64_t value)
{
	const struct word {
		uint64_t raw;
	} CORE_WIRE CORE_MAY_ALIAS *word = at;

	return (word->raw & be64_of(mask).raw) == be64_of(value).raw;
}

/* Type, version and header length; total length, fragment and protocol, between which
 * identification and TTL may be anything. */
CORE_INLINE bool frame_plain_ipv4(const struct frame_ethernet *ethernet)
{
	const struct frame_ipv4 *ip = (const struct frame_ipv4 *)(ethernet + 1);

	return frame_plain_word32(
		       &ethernet->type, 0xffffff00, FRAME_ETHERTYPE_IPV4 << 16 | 0x4500) &&
	       frame_plain_word64(&ip->total_length,
		       0xffff0000000000ff | FRAME_IPV4_FRAGMENTED << 16,
		       (uint64_t)(sizeof(*ip) + FRAME_PLAIN_UDP) << 48 | FRAME_PROTOCOL_UDP);
}

/* Type and version; payload length and next header. */
CORE_INLINE bool frame_plain_ipv6(const struct frame_ethernet *ethernet)
{
	const struct frame_ipv6 *ip = (const struct frame_ipv6 *)(ethernet + 1);

	return frame_plain_word32(&ethernet->type, 0xfffff000,
		       (uint32_t)FRAME_ETHERTYPE_IPV6 << 16 | 0x6000) &&
	       frame_plain_word32(&ip->payload_length, 0xffffff00,
		       FRAME_PLAIN_UDP << 16 | FRAME_PROTOCOL_UDP << 8);
}

/* Port and length. */
CORE_INLINE bool frame_plain_udp(const struct frame_udp *udp, be16 port)
{
	const struct frame_udp wanted = {
		.destination_port = port, .length = be16_of(FRAME_PLAIN_UDP)};

	return frame_plain_load32(&udp->destination_port) ==
	       frame_plain_load32(&wanted.destination_port);
}

/*
 * Untagged, of the given family, nothing special in any header, UDP to the port given, 48 octets of
 * payload? Then ret_layers is filled as frame_parse() would. False: anything else, for
 * frame_parse() to judge.
 */
CORE_INLINE bool frame_is_plain(const struct frame *frame, be16 port, enum frame_family family,
	struct frame_layers *ret_layers)
{
	const uint32_t ip_length =
		family == FRAME_IPV4 ? sizeof(struct frame_ipv4) : sizeof(struct frame_ipv6);
	struct frame_ethernet *ethernet = (struct frame_ethernet *)frame->data;
	struct frame_udp *udp = (struct frame_udp *)(frame->data + sizeof(*ethernet) + ip_length);

	if (frame->data + sizeof(*ethernet) + ip_length + sizeof(*udp) + NTP_PACKET_SIZE >
		frame->end)
		return false;
	if (family == FRAME_IPV4 ? !frame_plain_ipv4(ethernet) : !frame_plain_ipv6(ethernet))
		return false;
	if (port.raw == 0 || !frame_plain_udp(udp, port))
		return false;
	*ret_layers = frame_plain_layers(frame, family);
	return true;
}

#endif
