// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From the first octet of an Ethernet frame to the UDP payload: none, one or
 * two VLAN tags, IPv4 without options or IPv6 without extension headers, UDP.
 * A cursor walks up, one function a layer; each checks bounds and sense
 * together. Lengths are what arrived, never the size of a buffer. Whether the payload is a
 * request is request.h's matter; whose address it was sent to is respond.h's.
 */
#ifndef CORE_FRAME_H
#define CORE_FRAME_H

#include "dataplane/core/frame_wire.h"
#include "dataplane/core/ntp_wire.h"
#include "dataplane/core/verdict.h"

enum frame_family {
	FRAME_IPV4,
	FRAME_IPV6,
	FRAME_FAMILIES
};

/* What arrived: [data, end). The memory is the caller's. */
struct frame {
	uint8_t *data;
	uint8_t *end;
};

/* Where the layers of one frame stand. One of ipv4 and ipv6 is set, as family says. */
struct frame_layers {
	struct frame_ethernet *ethernet;
	struct frame_ipv4 *ipv4;
	struct frame_ipv6 *ipv6;
	struct frame_udp *udp;
	struct ntp_packet *ntp; /* NULL where the payload is shorter than a packet */
	enum frame_family family;
	uint32_t payload_length; /* of UDP */
	uint32_t header_length;  /* from the frame's start to the payload's */
	bool tagged;
};

/*
 * UDP at cursor. layers->payload_length is what the IP header leaves for it, and stands within
 * the frame; it becomes what UDP's own header leaves.
 */
CORE_INLINE enum verdict frame_parse_udp(
	const struct frame *frame, uint8_t *cursor, be16 port, struct frame_layers *layers)
{
	struct frame_udp *udp = (struct frame_udp *)cursor;
	uint32_t length = layers->payload_length;

	if (cursor + sizeof(*udp) > frame->end)
		return VERDICT_PASS_TRUNCATED;
	/* Port 0 in the settings serves none, and is no port that could be asked. */
	if (udp->destination_port.raw != port.raw || port.raw == 0)
		return VERDICT_PASS_NOT_NTP;
	if (length < sizeof(*udp) || be16_value(udp->length) != length)
		return VERDICT_PASS_UDP_LENGTH;
	cursor += sizeof(*udp);
	layers->udp = udp;
	layers->payload_length = length - sizeof(*udp);
	layers->header_length = (uint32_t)(cursor - frame->data);
	layers->ntp = NULL;
	if (layers->payload_length >= NTP_PACKET_SIZE) {
		if (cursor + NTP_PACKET_SIZE > frame->end)
			return VERDICT_PASS_TRUNCATED;
		layers->ntp = (struct ntp_packet *)cursor;
	}
	return VERDICT_SERVED;
}

CORE_INLINE enum verdict frame_parse_ipv4(
	const struct frame *frame, uint8_t *cursor, be16 port, struct frame_layers *layers)
{
	struct frame_ipv4 *ip = (struct frame_ipv4 *)cursor;
	uint32_t total_length;

	if (cursor + sizeof(*ip) > frame->end)
		return VERDICT_PASS_TRUNCATED;
	if (ip->version_length != 0x45)
		return ip->version_length > 0x45 && ip->version_length < 0x50
			       ? VERDICT_PASS_IP_OPTIONS
			       : VERDICT_PASS_TRUNCATED;
	if (ip->protocol != FRAME_PROTOCOL_UDP)
		return VERDICT_PASS_NOT_UDP;
	if (ip->fragment.raw & be16_of(FRAME_IPV4_FRAGMENTED).raw)
		return VERDICT_PASS_FRAGMENT;
	total_length = be16_value(ip->total_length);
	if (total_length < sizeof(*ip) || total_length > (uint64_t)(frame->end - cursor))
		return VERDICT_PASS_TRUNCATED;
	layers->family = FRAME_IPV4;
	layers->ipv4 = ip;
	layers->ipv6 = NULL;
	layers->payload_length = total_length - sizeof(*ip);
	return frame_parse_udp(frame, cursor + sizeof(*ip), port, layers);
}

CORE_INLINE enum verdict frame_parse_ipv6(
	const struct frame *frame, uint8_t *cursor, be16 port, struct frame_layers *layers)
{
	struct frame_ipv6 *ip = (struct frame_ipv6 *)cursor;
	uint32_t payload_length;

	if (cursor + sizeof(*ip) > frame->end)
		return VERDICT_PASS_TRUNCATED;
	if ((ip->version_class_flow.raw & be32_of(0xf0000000).raw) != be32_of(0x60000000).raw)
		return VERDICT_PASS_TRUNCATED;
	if (ip->next_header != FRAME_PROTOCOL_UDP)
		return frame_is_ipv6_extension(ip->next_header) ? VERDICT_PASS_IPV6_EXTENSION
								: VERDICT_PASS_NOT_UDP;
	payload_length = be16_value(ip->payload_length);
	if (payload_length + sizeof(*ip) > (uint64_t)(frame->end - cursor))
		return VERDICT_PASS_TRUNCATED;
	layers->family = FRAME_IPV6;
	layers->ipv4 = NULL;
	layers->ipv6 = ip;
	layers->payload_length = payload_length;
	return frame_parse_udp(frame, cursor + sizeof(*ip), port, layers);
}

/*
 * Walks the frame. SERVED: it is UDP to the port given (that of this server),
 * and ret_layers is filled. Otherwise the frame is for the kernel.
 */
CORE_INLINE enum verdict frame_parse(
	const struct frame *frame, be16 port, struct frame_layers *ret_layers)
{
	uint8_t *cursor = frame->data;
	be16 type;
	int tag;

	if (cursor + sizeof(struct frame_ethernet) > frame->end)
		return VERDICT_PASS_TRUNCATED;
	ret_layers->ethernet = (struct frame_ethernet *)cursor;
	type = be_load(ret_layers->ethernet->type);
	cursor += sizeof(struct frame_ethernet);
	ret_layers->tagged = frame_type_is_vlan(type);
	for (tag = 0; tag < FRAME_VLAN_TAGS_MAX && frame_type_is_vlan(type); tag++) {
		if (cursor + sizeof(struct frame_vlan) > frame->end)
			return VERDICT_PASS_TRUNCATED;
		type = be_load(((struct frame_vlan *)cursor)->type);
		cursor += sizeof(struct frame_vlan);
	}
	if (type.raw == be16_of(FRAME_ETHERTYPE_IPV4).raw)
		return frame_parse_ipv4(frame, cursor, port, ret_layers);
	if (type.raw == be16_of(FRAME_ETHERTYPE_IPV6).raw)
		return frame_parse_ipv6(frame, cursor, port, ret_layers);
	return frame_type_is_vlan(type) ? VERDICT_PASS_VLAN_DEPTH : VERDICT_PASS_NOT_IP;
}

#endif
