// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The internet checksum, updated and never computed anew (RFC 1624, equation
 * 3): the sum carries over whatever was wrong with the request, so that a
 * corrupt request gives a corrupt reply, which its client drops.
 *
 * Sums run over raw words in memory order; the one's complement sum does not
 * depend on the byte order (RFC 1071 sec. 2 (B)). 64 bits hold 2^32 words.
 */
#ifndef CORE_CHECKSUM_H
#define CORE_CHECKSUM_H

#include "dataplane/core/byteorder.h"

/* Sum of a field's old checksum; continue with checksum_replace(). */
CORE_INLINE uint64_t checksum_begin(be16 old)
{
	return (uint16_t)~old.raw;
}

/* 32 raw bits of the covered data changed from old to new. The complement is written as a
 * difference, so that the compiler gathers what is constant. */
CORE_INLINE uint64_t checksum_replace(uint64_t sum, uint32_t old, uint32_t new)
{
	return sum + (0xffffffffULL - old) + new;
}

/* The checksum of a sum of 16-bit words below 2^32. Both halves are added to each other at once: in
 * the upper one stands the sum then, with what the lower one carried into it. */
CORE_INLINE uint16_t checksum_end_short(uint32_t sum)
{
	sum += sum << 16 | sum >> 16;
	return (uint16_t)(~sum >> 16);
}

CORE_INLINE be16 checksum_end(uint64_t sum)
{
	sum += sum << 32 | sum >> 32;
	return (be16){checksum_end_short((uint32_t)(sum >> 32))};
}

/* As UDP writes it: all zeros on the wire means "none" (RFC 768), so zero is sent as all ones. */
CORE_INLINE be16 checksum_end_udp(uint64_t sum)
{
	be16 checksum = checksum_end(sum);

	return checksum.raw ? checksum : (be16){0xffff};
}

#endif
