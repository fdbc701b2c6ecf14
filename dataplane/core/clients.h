// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The client table: for each client (an IPv4 address, an IPv6 network of `prefix6` bits) its
 * bucket of the rate limit, when it came last and how often. Shared by all engines and cores.
 *
 * A set-associative array: the client's key, mixed by a bijection with a secret seed, names a set
 * of one cache line with four clients, so that a request touches one line of the table. The bits
 * of the mixed key that name the set need not be stored; the others are the tag. A full set
 * gives up the client that was away longest: whoever is forgotten begins with a full burst, so
 * that a full table lets more through and never limits an honest client.
 *
 * Two words a client, loaded and stored whole and without locks. Two cores that serve the same
 * client in the same moment may lose one of two updates: it costs one token, or one count.
 *
 *   tag word:   tag (50) | level of the bucket (12) | version - 1 (2)
 *   visit word: last (22) | average interval (12) | requests (15) | limited (15)
 *
 * `last` is in ticks (limit.h), modulo 2^22; the average too, 4095 at most; counts are exact up to
 * 1023 and above it within some 3 % (Morris 1978, "Counting large numbers of events in small
 * registers"). A visit word of 0 is a free place: whoever is there has come once at least.
 */
#ifndef CORE_CLIENTS_H
#define CORE_CLIENTS_H

#include "dataplane/core/byteorder.h"

#define CLIENTS_WAYS           4
#define CLIENTS_SETS_LOG2_MIN  14 /* 1 MiB: what the tag leaves out */
#define CLIENTS_SETS_LOG2_MAX  26 /* 4 GiB */
#define CLIENTS_TAG_SHIFT      14
#define CLIENTS_TICKS_LOG2     22
#define CLIENTS_TICKS_MASK     ((1U << CLIENTS_TICKS_LOG2) - 1)
#define CLIENTS_AHEAD          4096U /* ticks that another core's clock was ahead by, at most */
#define CLIENTS_LEVEL_MAX      4095U
#define CLIENTS_AVERAGE_MAX    4095U
#define CLIENTS_COUNT_MAX      0x7fffU
#define CLIENTS_LAST_SHIFT     42
#define CLIENTS_AVERAGE_SHIFT  30
#define CLIENTS_REQUESTS_SHIFT 15
#define CLIENTS_MIX            0x9e3779b97f4a7c15ULL /* 2^64 / golden ratio, odd */

struct client_entry {
	uint64_t tag;
	uint64_t visit;
};

struct client_set {
	struct client_entry way[CLIENTS_WAYS];
} CORE_CACHE_ALIGNED;
_Static_assert(sizeof(struct client_set) == CORE_CACHELINE, "client table layout 1");

/* The key of an IPv4 client: under a prefix that no IPv6 source has (multicast). Host order. */
CORE_INLINE uint64_t clients_key_ipv4(uint32_t address)
{
	return 0xffffffff00000000ULL | address;
}

/* A bijection: clients_unmix() of dataplane/state/clients.c turns it back. */
CORE_INLINE uint64_t clients_mix(uint64_t key, uint64_t seed)
{
	key *= seed | 1;
	key ^= key >> 32;
	key *= CLIENTS_MIX;
	return key ^ key >> 32;
}

CORE_INLINE uint32_t clients_set_of(uint64_t mixed, uint32_t sets_log2)
{
	return (uint32_t)(mixed >> (64 - sets_log2));
}

/* The fields of the two words. */
CORE_INLINE uint32_t clients_level(uint64_t tag)
{
	return (uint32_t)(tag >> 2) & CLIENTS_LEVEL_MAX;
}

CORE_INLINE uint32_t clients_version(uint64_t tag)
{
	return (uint32_t)(tag & 3) + 1;
}

CORE_INLINE uint32_t clients_last(uint64_t visit)
{
	return (uint32_t)(visit >> CLIENTS_LAST_SHIFT);
}

CORE_INLINE uint32_t clients_average(uint64_t visit)
{
	return (uint32_t)(visit >> CLIENTS_AVERAGE_SHIFT) & CLIENTS_AVERAGE_MAX;
}

CORE_INLINE uint32_t clients_requests(uint64_t visit)
{
	return (uint32_t)(visit >> CLIENTS_REQUESTS_SHIFT) & CLIENTS_COUNT_MAX;
}

CORE_INLINE uint32_t clients_limited(uint64_t visit)
{
	return (uint32_t)visit & CLIENTS_COUNT_MAX;
}

CORE_INLINE uint64_t clients_tag_word(uint64_t mixed, uint32_t level, uint32_t version)
{
	return mixed << CLIENTS_TAG_SHIFT | (uint64_t)level << 2 | ((version - 1) & 3);
}

CORE_INLINE uint64_t clients_visit_word(
	uint32_t last, uint32_t average, uint32_t requests, uint32_t limited)
{
	return (uint64_t)last << CLIENTS_LAST_SHIFT | (uint64_t)average << CLIENTS_AVERAGE_SHIFT |
	       (uint64_t)requests << CLIENTS_REQUESTS_SHIFT | limited;
}

/* A count of 15 bits: 10 of mantissa and 5 of exponent. */
CORE_INLINE uint64_t clients_count(uint32_t stored)
{
	return (uint64_t)(stored & 1023) << (stored >> 10);
}

/* What its 15 bits gain by one more, above 1023 only one time in 2^exponent: random has its highest
 * bits clear then. */
CORE_INLINE uint32_t clients_count_gain(uint32_t stored, uint32_t random)
{
	uint32_t exponent = stored >> 10;

	if (exponent && random >> (32 - exponent))
		return 0;
	if (CORE_LIKELY((stored & 1023) != 1023))
		return 1;
	return exponent == 31 ? 0 : ((exponent + 1) << 10 | 512) - stored;
}

#endif
