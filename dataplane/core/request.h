// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Is this payload a request that a server answers? The rows of protocol.md
 * sec. 1 that speak of NTP itself, in one place for all engines: length,
 * version, mode, source port, and sources that no client can have.
 *
 * The frame is frame.h's; own addresses are respond.h's.
 */
#ifndef CORE_REQUEST_H
#define CORE_REQUEST_H

#include "dataplane/core/config.h"
#include "dataplane/core/frame.h"
#include "dataplane/core/ntp_wire.h"

/*
 * Judges an NTP payload of length octets. packet may be NULL where length is
 * under NTP_PACKET_SIZE. SERVED: a client's request of 48 octets. PASS_LONG: a
 * client's request with something behind it. PASS_MODE: no client.
 */
CORE_INLINE enum verdict request_judge(
	const struct ntp_packet *packet, uint32_t length, be16 source_port)
{
	uint32_t version, mode;

	if (length < NTP_PACKET_SIZE || packet == NULL)
		return VERDICT_DROP_SHORT;
	version = ntp_wire_version(packet);
	mode = ntp_wire_mode(packet);
	if (version - NTP_VERSION_MIN > NTP_VERSION_MAX - NTP_VERSION_MIN)
		return VERDICT_DROP_VERSION;
	/* Nearly all of them; what follows tells the rest apart. */
	if (CORE_LIKELY(mode == NTP_MODE_CLIENT && source_port.raw != 0))
		return length > NTP_PACKET_SIZE ? VERDICT_PASS_LONG : VERDICT_SERVED;
	if (mode == NTP_MODE_CONTROL || mode == NTP_MODE_PRIVATE)
		return VERDICT_DROP_MODE;
	/* NTPv1 has no mode field: 0 is a client's (RFC 1059 appendix B), and from the NTP
	 * port it is a peer's. */
	if (mode == NTP_MODE_RESERVED && version != 1)
		return VERDICT_DROP_MODE;
	if (mode == NTP_MODE_RESERVED && source_port.raw == be16_of(NTP_PORT).raw)
		return VERDICT_PASS_MODE;
	if (mode != NTP_MODE_RESERVED && mode != NTP_MODE_CLIENT)
		return VERDICT_PASS_MODE;
	if (source_port.raw == 0)
		return VERDICT_DROP_SOURCE_PORT;
	return length > NTP_PACKET_SIZE ? VERDICT_PASS_LONG : VERDICT_SERVED;
}

/*
 * RFC 9769 sec. 2: a request whose origin is one of our receive timestamps (they
 * have the lowest bit set, transmit timestamps have it clear) asks for the true
 * transmit time of the reply before.
 */
CORE_INLINE bool request_is_interleaved(const struct ntp_packet *packet)
{
	uint64_t origin = be64_value(packet->origin_ts);

	return origin & 1 && packet->receive_ts.raw != packet->transmit_ts.raw;
}

/* Multicast, limited broadcast, loopback, "this host": no source of a request (RFC 1122 sec.
 * 3.2.1.3). */
CORE_INLINE bool request_source_ipv4_impossible(be32 source)
{
	uint32_t address = be32_value(source);
	uint32_t first = (uint8_t)source.raw; /* octet */

	/* Nearly all of them. */
	if (CORE_LIKELY(first - 1 < 223 && first != 127))
		return false;
	return address == 0 || address >> 24 == 127 || address >> 28 == 14 || address == 0xffffffff;
}

/* Multicast, unspecified, loopback (RFC 4291 sec. 2.7, 2.5.2, 2.5.3), and mapped IPv4, which is
 * never on a wire (RFC 4942 sec. 2.2). The address as its upper and lower half. */
CORE_INLINE bool request_source_ipv6_impossible(be64 upper, be64 lower)
{
	uint64_t low = be64_value(lower);

	if (be64_value(upper) >> 56 == 0xff)
		return true;
	return upper.raw == 0 && (low <= 1 || low >> 32 == 0xffff);
}

#endif
