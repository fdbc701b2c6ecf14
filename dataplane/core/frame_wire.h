// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The headers around an NTP packet as they stand on the wire. The core has its
 * own, since the names of the kernel's, of libc's and of DPDK's overlap.
 */
#ifndef CORE_FRAME_WIRE_H
#define CORE_FRAME_WIRE_H

#include "dataplane/core/byteorder.h"

#define FRAME_MAC_SIZE      6
#define FRAME_VLAN_TAGS_MAX 2
#define FRAME_TTL           64 /* of replies; RFC 1700's recommended default */

enum frame_ethertype {
	FRAME_ETHERTYPE_IPV4 = 0x0800,
	FRAME_ETHERTYPE_IPV6 = 0x86dd,
	FRAME_ETHERTYPE_VLAN = 0x8100, /* IEEE 802.1Q customer tag */
	FRAME_ETHERTYPE_QINQ = 0x88a8  /* IEEE 802.1ad service tag */
};

#define FRAME_PROTOCOL_UDP       17
#define FRAME_IPV4_DONT_FRAGMENT 0x4000
#define FRAME_IPV4_FRAGMENTED    0x3fff /* more-fragments bit and offset, RFC 791 sec. 3.1 */

struct frame_ethernet {
	uint8_t destination[FRAME_MAC_SIZE];
	uint8_t source[FRAME_MAC_SIZE];
	be16 type;
} CORE_WIRE;
_Static_assert(sizeof(struct frame_ethernet) == 14, "IEEE 802.3 sec. 3.2");

/* A MAC address as two words, to compare or to swap it through a pointer. */
struct frame_mac {
	uint32_t head;
	uint16_t tail;
} CORE_WIRE CORE_MAY_ALIAS;

struct frame_vlan {
	be16 control;
	be16 type;
} CORE_WIRE;
_Static_assert(sizeof(struct frame_vlan) == 4, "IEEE 802.1Q sec. 9.3");

struct frame_ipv4 {
	uint8_t version_length;
	uint8_t type_of_service;
	be16 total_length;
	be16 identification;
	be16 fragment;
	uint8_t ttl;
	uint8_t protocol;
	be16 checksum;
	be32 source;
	be32 destination;
} CORE_WIRE;
_Static_assert(sizeof(struct frame_ipv4) == 20, "RFC 791 sec. 3.1");
_Static_assert(offsetof(struct frame_ipv4, checksum) == 10, "RFC 791 sec. 3.1");

struct frame_ipv6 {
	be32 version_class_flow;
	be16 payload_length;
	uint8_t next_header;
	uint8_t hop_limit;
	be64 source[2];
	be64 destination[2];
} CORE_WIRE;
_Static_assert(sizeof(struct frame_ipv6) == 40, "RFC 8200 sec. 3");
_Static_assert(offsetof(struct frame_ipv6, source) == 8, "RFC 8200 sec. 3");

struct frame_udp {
	be16 source_port;
	be16 destination_port;
	be16 length;
	be16 checksum;
} CORE_WIRE;
_Static_assert(sizeof(struct frame_udp) == 8, "RFC 768");

CORE_INLINE bool frame_type_is_vlan(be16 type)
{
	return type.raw == be16_of(FRAME_ETHERTYPE_VLAN).raw ||
	       type.raw == be16_of(FRAME_ETHERTYPE_QINQ).raw;
}

/* RFC 8200 sec. 4 and the IANA list of IPv6 extension header types. */
CORE_INLINE bool frame_is_ipv6_extension(uint8_t next_header)
{
	switch (next_header) {
	case 0:   /* hop-by-hop options */
	case 43:  /* routing */
	case 44:  /* fragment */
	case 50:  /* encapsulating security payload */
	case 51:  /* authentication header */
	case 60:  /* destination options */
	case 135: /* mobility */
	case 139: /* host identity protocol */
	case 140: /* shim6 */
		return true;
	default:
		return false;
	}
}

/* Multicast or limited broadcast (RFC 1112 sec. 4, RFC 919 sec. 7). */
CORE_INLINE bool frame_group_ipv4(be32 destination)
{
	uint32_t address = be32_value(destination);

	return address >> 28 == 14 || address == 0xffffffff;
}

#endif
