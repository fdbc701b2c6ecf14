// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The request's frame, octet by octet, and its sums. See generator_frame.h.
 */
#include "control/cli/generator_frame.h"

#include <arpa/inet.h>
#include <string.h>

#define UDP_BYTES        (GENERATOR_UDP_BYTES + GENERATOR_NTP_BYTES)
#define NTP_V4_CLIENT    0x23 /* leap 0, version 4, mode 3 */
#define NTP_POLL         6
#define NTP_PRECISION    0xe8 /* -24 */
#define IP_DONT_FRAGMENT 0x40
#define FRAME_TTL        64

/* Ones' complement sum of 16-bit words as they lie in memory, not folded. */
static uint64_t memory_sum(const uint8_t *bytes, size_t count)
{
	uint64_t sum = 0;

	for (size_t i = 0; i + 1 < count; i += 2) {
		uint16_t word;

		memcpy(&word, bytes + i, sizeof(word));
		sum += word;
	}
	return sum;
}

static void put16(uint8_t *at, uint16_t value)
{
	value = htons(value);
	memcpy(at, &value, sizeof(value));
}

static void put_ethernet(uint8_t *frame, const struct generator_link *link, uint16_t type)
{
	memcpy(frame, link->server_mac, 6);
	memcpy(frame + 6, link->client_mac, 6);
	put16(frame + 12, type);
}

/* Returns the sum of the datagram and of what the pseudo header adds to the addresses. */
static uint64_t put_datagram(uint8_t *udp, const struct generator_link *link)
{
	uint8_t *ntp = udp + GENERATOR_UDP_BYTES;

	put16(udp + 2, link->port);
	put16(udp + 4, UDP_BYTES);
	ntp[0] = NTP_V4_CLIENT;
	ntp[2] = NTP_POLL;
	ntp[3] = NTP_PRECISION;
	return memory_sum(udp, UDP_BYTES) + htons(IPPROTO_UDP) + htons(UDP_BYTES);
}

size_t generator_frame_make4(
	struct generator_template *ret, const struct generator_link *link, struct in_addr server)
{
	uint8_t frame[sizeof(ret->words)] = {0};
	uint8_t *ip = frame + GENERATOR_ETH_BYTES;

	put_ethernet(frame, link, 0x0800);
	ip[0] = 0x45;
	put16(ip + 2, GENERATOR_IP4_BYTES + UDP_BYTES);
	ip[6] = IP_DONT_FRAGMENT;
	ip[8] = FRAME_TTL;
	ip[9] = IPPROTO_UDP;
	memcpy(ip + 16, &server, sizeof(server));
	ret->ip_sum = memory_sum(ip, GENERATOR_IP4_BYTES);
	ret->udp_sum = put_datagram(ip + GENERATOR_IP4_BYTES, link) + memory_sum(ip + 16, 4);
	memcpy(ret->words, frame, sizeof(frame));
	return GENERATOR_FRAME4_BYTES;
}

size_t generator_frame_make6(struct generator_template *ret, const struct generator_link *link,
	const struct in6_addr *source, const struct in6_addr *server)
{
	uint8_t frame[sizeof(ret->words)] = {0};
	uint8_t *ip = frame + GENERATOR_ETH_BYTES;

	put_ethernet(frame, link, 0x86dd);
	ip[0] = 0x60;
	put16(ip + 4, UDP_BYTES);
	ip[6] = IPPROTO_UDP;
	ip[7] = FRAME_TTL;
	memcpy(ip + 8, source, sizeof(*source));
	memset(ip + 12, 0, 4); /* what differs between clients */
	memcpy(ip + 24, server, sizeof(*server));
	ret->ip_sum = 0;
	ret->udp_sum = put_datagram(ip + GENERATOR_IP6_BYTES, link) + memory_sum(ip + 8, 32);
	memcpy(ret->words, frame, sizeof(frame));
	return GENERATOR_FRAME6_BYTES;
}
