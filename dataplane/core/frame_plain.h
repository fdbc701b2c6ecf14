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
	struct frame_ipv4 *ipv4 = (struct frame_ipv4 *)(ethernet + 1);
	struct frame_ipv6 *ipv6 = (struct frame_ipv6 *)(ethernet + 1);
	struct frame_udp *udp = (struct frame_udp *)(frame->data + sizeof(*ethernet) + ip_length);

	if (frame->data + sizeof(*ethernet) + ip_length + sizeof(*udp) + NTP_PACKET_SIZE >
		frame->end)
		return false;
	if (family == FRAME_IPV4 &&
		(ethernet->type.raw != be16_of(FRAME_ETHERTYPE_IPV4).raw ||
			ipv4->version_length != 0x45 || ipv4->protocol != FRAME_PROTOCOL_UDP ||
			ipv4->fragment.raw & be16_of(FRAME_IPV4_FRAGMENTED).raw ||
			ipv4->total_length.raw != be16_of(FRAME_PLAIN_UDP + sizeof(*ipv4)).raw))
		return false;
	if (family == FRAME_IPV6 &&
		(ethernet->type.raw != be16_of(FRAME_ETHERTYPE_IPV6).raw ||
			*(const uint8_t *)ipv6 >> 4 != 6 ||
			ipv6->next_header != FRAME_PROTOCOL_UDP ||
			ipv6->payload_length.raw != be16_of(FRAME_PLAIN_UDP).raw))
		return false;
	if (udp->destination_port.raw != port.raw || port.raw == 0 ||
		udp->length.raw != be16_of(FRAME_PLAIN_UDP).raw)
		return false;
	*ret_layers = frame_plain_layers(frame, family);
	return true;
}

#endif
