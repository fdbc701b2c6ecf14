// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the checksum's sum gains while a packet is overwritten, taken word by word as
 * each is written, so that none is loaded twice. For reply.h; the sum goes to
 * checksum.h's functions.
 */
#ifndef CORE_REPLY_SUM_H
#define CORE_REPLY_SUM_H

#include "dataplane/core/compiler.h"

/*
 * What a sum of 32-bit words in memory order gains. 64-bit words go in as one: the lower halves
 * are the whole less the upper halves, and what overflowed on the way goes with them.
 */
struct reply_sum {
	uint64_t whole;
	uint64_t high;
};

/* Kept at each step, or the compiler keeps all words to add them up at the end, on the stack. */
CORE_INLINE void reply_sum_keep(struct reply_sum *sum)
{
	compiler_opaque(sum->whole);
	compiler_opaque(sum->high);
}

CORE_INLINE uint64_t reply_sum_gain(struct reply_sum *sum, uint64_t raw)
{
	sum->whole += raw;
	sum->high += raw >> 32;
	reply_sum_keep(sum);
	return raw;
}

CORE_INLINE uint32_t reply_sum_gain32(struct reply_sum *sum, uint32_t raw)
{
	sum->whole += raw;
	compiler_opaque(sum->whole);
	return raw;
}

/* For checksum_end_udp(), with what checksum_begin() gave. */
CORE_INLINE uint64_t reply_sum_value(struct reply_sum sum)
{
	return sum.whole - (sum.high << 32) + sum.high;
}

#endif
