// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes request frames for the vectors, octet by octet and without the packet
 * core: a sound frame, then edits. Edits named `set` happen before the checksums
 * are made, so that the frame is sound but for what they say; `spoil` happens after.
 */
#ifndef TESTS_VECTORS_BUILD_H
#define TESTS_VECTORS_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum layer {
	LAYER_ETHERNET,
	LAYER_IP,
	LAYER_UDP,
	LAYER_NTP,
	LAYERS
};

/* width octets of value, in network byte order, at offset in a layer. width 0 ends a list. */
struct edit {
	enum layer layer;
	uint8_t offset;
	uint8_t width;
	uint64_t value;
};

#define BUILD_EDITS 8
#define BUILD_TAGS  4

enum build_checksum {
	CHECKSUM_RIGHT,
	CHECKSUM_ZERO,    /* all zeros: none */
	CHECKSUM_PLUS1,   /* wrong by one */
	CHECKSUM_FLIPPED, /* wrong in all bits */
	CHECKSUM_SWAPPED, /* right in the wrong byte order */
};

struct build {
	bool ipv6;
	uint8_t tags;
	uint16_t tag_type[BUILD_TAGS]; /* 0: 0x8100 */
	int16_t longer;                /* UDP payload of 48 + longer octets, all lengths right */
	uint16_t trailer;              /* octets behind the IP packet */
	enum build_checksum checksum;
	struct edit set[BUILD_EDITS];
	struct edit spoil[BUILD_EDITS];
	bool cut; /* keep only the first `keep` octets */
	uint16_t keep;
};

struct built {
	bool ipv6;
	uint16_t length;
	uint16_t at[LAYERS]; /* offset of each layer */
};

/* Writes the frame; memory for VECTOR_FRAME_MAX octets. */
struct built build_frame(const struct build *build, uint8_t *frame);

void build_put(uint8_t *at, unsigned width, uint64_t value);
uint64_t build_get(const uint8_t *at, unsigned width);

/* The plain sum of big-endian 16-bit words; an odd last octet counts as upper half. */
uint64_t build_sum(const uint8_t *data, size_t length);
/* Sum of the pseudo header, UDP header and payload (RFC 768, RFC 8200 sec. 8.1). */
uint64_t build_udp_sum(const uint8_t *ip, const uint8_t *udp, bool ipv6, size_t udp_length);
/* The one's complement checksum of a sum, 0..0xfffe or, as UDP sends it, 1..0xffff. */
uint16_t build_checksum(uint64_t sum);
uint16_t build_checksum_udp(uint64_t sum);

#endif
