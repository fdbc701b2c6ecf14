// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The internet checksum, updated and never computed anew (RFC 1624, equation
 * 3): the sum carries over whatever was wrong with the request, so that a
 * corrupt request gives a corrupt reply, which its client drops.
 *
 * Sums run over raw words in memory order; the one's complement sum does not
 * depend on the byte order (RFC 1071 sec. 2 (B)).
 */
#ifndef CORE_CHECKSUM_H
#define CORE_CHECKSUM_H

#include "dataplane/core/byteorder.h"

/* Sum of a field's old checksum; what changes is added to it: new words, and the complements of old
 * ones. */
CORE_INLINE uint64_t checksum_begin(be16 old)
{
	return (uint16_t)~old.raw;
}

/* The checksum of a sum below 2^48. */
CORE_INLINE be16 checksum_end(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32); /* below 2^32 + 2^16 */
	sum = (sum & 0xffff) + (sum >> 16);     /* not above 2^16 + 0xfffe */
	sum += sum >> 16;                       /* its lower half does not carry any more */
	return (be16){(uint16_t)~sum};
}

/* As UDP writes it: all zeros on the wire means "none" (RFC 768), so zero is sent as all ones. */
CORE_INLINE be16 checksum_end_udp(uint64_t sum)
{
	be16 checksum = checksum_end(sum);

	return checksum.raw ? checksum : (be16){0xffff};
}

#endif
