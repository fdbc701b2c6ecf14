// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Request frames for the vectors: see build.h. Deliberately plain: octets are
 * put one by one and checksums are made over everything, from the definition
 * (RFC 1071), so that nothing is shared with the code under test.
 */
#include "tests/vectors/build.h"

#include <assert.h>
#include <string.h>

#include "tests/vectors/vector.h"

#define CLIENT_MAC 0x02, 0x00, 0x5e, 0x20, 0xbe, 0xef

void build_put(uint8_t *at, unsigned width, uint64_t value)
{
	while (width-- > 0) {
		at[width] = (uint8_t)value;
		value >>= 8;
	}
}

uint64_t build_get(const uint8_t *at, unsigned width)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < width; i++)
		value = value << 8 | at[i];
	return value;
}

uint64_t build_sum(const uint8_t *data, size_t length)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < length; i++)
		sum += i % 2 == 0 ? (uint64_t)data[i] << 8 : data[i];
	return sum;
}

uint64_t build_udp_sum(const uint8_t *ip, const uint8_t *udp, bool ipv6, size_t udp_length)
{
	uint64_t sum = ipv6 ? build_sum(ip + 8, 32) : build_sum(ip + 12, 8);

	return sum + 17 + udp_length + build_sum(udp, udp_length);
}

uint16_t build_checksum(uint64_t sum)
{
	uint64_t residue = sum % 0xffff;

	/* A sum that is not zero folds to 1..0xffff, never to zero. */
	if (residue == 0 && sum != 0)
		residue = 0xffff;
	return (uint16_t)(0xffff - residue);
}

uint16_t build_checksum_udp(uint64_t sum)
{
	uint16_t checksum = build_checksum(sum);

	return checksum == 0 ? 0xffff : checksum;
}

static void put_ipv4(uint8_t *ip, size_t udp_length)
{
	build_put(ip + 0, 1, 0x45);
	build_put(ip + 1, 1, 0xb8); /* expedited forwarding: the reply must not copy it */
	build_put(ip + 2, 2, 20 + udp_length);
	build_put(ip + 4, 2, 0x3a7c);
	build_put(ip + 6, 2, 0x4000);
	build_put(ip + 8, 1, 55);
	build_put(ip + 9, 1, 17);
	build_put(ip + 12, 4, VECTOR_CLIENT4);
	build_put(ip + 16, 4, VECTOR_OWN4);
}

static void put_ipv6(uint8_t *ip, size_t udp_length)
{
	build_put(ip + 0, 4, 0x6b8a7654);
	build_put(ip + 4, 2, udp_length);
	build_put(ip + 6, 1, 17);
	build_put(ip + 7, 1, 55);
	build_put(ip + 8, 8, VECTOR_OTHER6_HIGH);
	build_put(ip + 16, 8, VECTOR_OTHER6_LOW);
	build_put(ip + 24, 8, VECTOR_OWN6_HIGH);
	build_put(ip + 32, 8, VECTOR_OWN6_LOW);
}

/* A request in which every field differs from what a reply holds, so that an echo shows. */
static void put_ntp(uint8_t *ntp)
{
	build_put(ntp + 0, 1, 0x23);
	build_put(ntp + 1, 1, 0xe1);
	build_put(ntp + 2, 1, 6);
	build_put(ntp + 3, 1, 0xe3);
	build_put(ntp + 4, 4, 0xe4e5e6e7);
	build_put(ntp + 8, 4, 0xe8e9eaeb);
	build_put(ntp + 12, 4, 0xecedeeef);
	build_put(ntp + 16, 8, 0xd0d1d2d3d4d5d6d7);
	build_put(ntp + 24, 8, 0xd8d9dadbdcdddedf);
	build_put(ntp + 32, 8, 0xc0c1c2c3c4c5c6c7);
	build_put(ntp + 40, 8, 0x1122334455667788);
}

static void apply(const struct edit *edits, const struct built *built, uint8_t *frame)
{
	for (int i = 0; i < BUILD_EDITS && edits[i].width != 0; i++)
		build_put(frame + built->at[edits[i].layer] + edits[i].offset, edits[i].width,
			edits[i].value);
}

static void put_checksums(const struct build *build, const struct built *built, uint8_t *frame)
{
	uint8_t *ip = frame + built->at[LAYER_IP], *udp = frame + built->at[LAYER_UDP];
	size_t udp_length = (size_t)(8 + 48 + build->longer);
	uint16_t right;

	if (!build->ipv6) {
		build_put(ip + 10, 2, 0);
		build_put(ip + 10, 2, build_checksum(build_sum(ip, 20)));
	}
	build_put(udp + 6, 2, 0);
	right = build_checksum_udp(build_udp_sum(ip, udp, build->ipv6, udp_length));
	switch (build->checksum) {
	case CHECKSUM_RIGHT:
		break;
	case CHECKSUM_ZERO:
		right = 0;
		break;
	case CHECKSUM_PLUS1:
		right = right == 0xffff ? 2 : right + 1;
		break;
	case CHECKSUM_FLIPPED:
		right = right == 0xffff ? 0x1234 : right ^ 0xffff; /* never "none" */
		break;
	case CHECKSUM_SWAPPED:
		right = (uint16_t)(right << 8 | right >> 8);
		break;
	}
	build_put(udp + 6, 2, right);
}

static void put_ethernet(const struct build *build, uint8_t *frame)
{
	static const uint8_t macs[] = {VECTOR_MAC, CLIENT_MAC};
	uint8_t *type = frame + 12;

	memcpy(frame, macs, sizeof(macs));
	for (int i = 0; i < build->tags; i++, type += 4) {
		build_put(type, 2, build->tag_type[i] ? build->tag_type[i] : 0x8100);
		build_put(type + 2, 2, 0x6000u | (unsigned)(0x123 + i)); /* priority 3 */
	}
	build_put(type, 2, build->ipv6 ? 0x86dd : 0x0800);
}

struct built build_frame(const struct build *build, uint8_t *frame)
{
	size_t ip_size = build->ipv6 ? 40 : 20, udp_length = (size_t)(8 + 48 + build->longer);
	struct built built = {.ipv6 = build->ipv6};
	uint8_t *udp;

	memset(frame, 0, VECTOR_FRAME_MAX);
	built.at[LAYER_IP] = (uint16_t)(14 + 4 * build->tags);
	built.at[LAYER_UDP] = (uint16_t)(built.at[LAYER_IP] + ip_size);
	built.at[LAYER_NTP] = built.at[LAYER_UDP] + 8;
	built.length = (uint16_t)(built.at[LAYER_UDP] + udp_length + build->trailer);
	assert(built.length <= VECTOR_FRAME_MAX - 64);
	udp = frame + built.at[LAYER_UDP];

	put_ntp(udp + 8);
	for (size_t i = built.at[LAYER_UDP] + udp_length; i < VECTOR_FRAME_MAX; i++)
		frame[i] = 0;
	for (int i = 0; i < build->longer; i++)
		udp[56 + i] = (uint8_t)(0x51 + i);
	for (size_t i = 0; i < build->trailer; i++)
		udp[udp_length + i] = (uint8_t)(0xa1 + i);
	put_ethernet(build, frame);
	if (build->ipv6)
		put_ipv6(frame + built.at[LAYER_IP], udp_length);
	else
		put_ipv4(frame + built.at[LAYER_IP], udp_length);
	build_put(udp + 0, 2, 40123);
	build_put(udp + 2, 2, 123);
	build_put(udp + 4, 2, udp_length);
	apply(build->set, &built, frame);
	put_checksums(build, &built, frame);
	apply(build->spoil, &built, frame);
	if (build->cut) {
		assert(build->keep <= built.length);
		built.length = build->keep;
	}
	return built;
}
