// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The addresses that this host answers for: a small open-addressed table in
 * shared memory, read for each request (destination: is it ours? source: is it
 * us?), written by whoever follows the host's addresses. Flat memory instead of
 * a BPF map, so that all engines read it with the same code.
 *
 * There are two sets and a count of turns, whose lowest bit names the current
 * one. The writer, one at a time, fills the other set and turns. A reader is done within
 * nanoseconds; the writer's next turn is at least a netlink message away, and
 * a half-written entry could only make a request go to the kernel, which
 * knows its addresses itself.
 */
#ifndef CORE_LOCALADDR_H
#define CORE_LOCALADDR_H

#include "dataplane/core/byteorder.h"

#define LOCALADDR_SLOTS_LOG2 11
#define LOCALADDR_SLOTS      (1U << LOCALADDR_SLOTS_LOG2)
#define LOCALADDR_PROBES     8
/* A quarter of the slots: then a seed that needs no more than the probes is soon found. */
#define LOCALADDR_MAX        (LOCALADDR_SLOTS / 4)

enum localaddr_kind {
	LOCALADDR_NONE = 0,
	LOCALADDR_OWN = 1,       /* unicast address of this host, or a `serve` address */
	LOCALADDR_BROADCAST = 2, /* directed broadcast of a network of this host (IPv4) */
	LOCALADDR_IGNORED = 3 /* of this host, and the settings say that it is not answered for */
};

/* An address as two words. IPv4 stands under a prefix that no IPv6 unicast address has. */
struct localaddr {
	uint64_t high;
	uint64_t low;
};

struct localaddr_entry {
	struct localaddr address;
	uint64_t kind; /* enum localaddr_kind */
};

struct localaddr_set {
	uint64_t seed;
	uint64_t count;
	struct localaddr_entry entry[LOCALADDR_SLOTS];
};

struct localaddr_table {
	uint64_t current; /* counts the turns; its lowest bit is the number of the current set */
	uint64_t reserved[7];
	struct localaddr_set set[2];
};
_Static_assert(sizeof(struct localaddr_entry) == 24, "address table layout 1");
_Static_assert(offsetof(struct localaddr_table, set) == 64, "address table layout 1");

/* Is it this host's unicast address? Whoever has it as its source is this host. */
CORE_INLINE bool localaddr_is_own(enum localaddr_kind kind)
{
	return kind == LOCALADDR_OWN || kind == LOCALADDR_IGNORED;
}

CORE_INLINE struct localaddr localaddr_ipv4(be32 address)
{
	return (struct localaddr){UINT64_MAX, 0xffffffff00000000ULL | address.raw};
}

CORE_INLINE struct localaddr localaddr_ipv6(be64 high, be64 low)
{
	return (struct localaddr){high.raw, low.raw};
}

CORE_INLINE uint32_t localaddr_slot(const struct localaddr_set *set, struct localaddr address)
{
	/* Multiplicative hashing (Knuth, TAOCP vol. 3 sec. 6.4): the top bits are the well-mixed
	 * ones. The constant is 2^64 / golden ratio. */
	uint64_t mixed = (address.high * (set->seed | 1) ^ address.low) * 0x9e3779b97f4a7c15ULL;

	return (uint32_t)(mixed >> (64 - LOCALADDR_SLOTS_LOG2));
}

/* The set that readers use now. For several lookups of one request. */
CORE_INLINE const struct localaddr_set *localaddr_current(const struct localaddr_table *table)
{
	const struct localaddr_set *set = &table->set[compiler_load_acquire(table->current) & 1];

	compiler_opaque(set);
	return set;
}

CORE_INLINE enum localaddr_kind localaddr_set_find(
	const struct localaddr_set *set, struct localaddr address)
{
	uint32_t slot = localaddr_slot(set, address);
	int probe;

	/* Nearly all sources; the compiler and the verifier know that the slot is one of them. */
	if (CORE_LIKELY(set->entry[slot].kind == LOCALADDR_NONE))
		return LOCALADDR_NONE;
	CORE_NO_UNROLL
	for (probe = 0; probe < LOCALADDR_PROBES; probe++) {
		const struct localaddr_entry *entry = &set->entry[slot & (LOCALADDR_SLOTS - 1)];

		if (entry->kind == LOCALADDR_NONE)
			break;
		if (entry->address.low == address.low && entry->address.high == address.high)
			return (enum localaddr_kind)entry->kind;
		slot++;
	}
	return LOCALADDR_NONE;
}

CORE_INLINE enum localaddr_kind localaddr_find(
	const struct localaddr_table *table, struct localaddr address)
{
	return localaddr_set_find(localaddr_current(table), address);
}

/* For the writer, on the set that is not current. False: no slot within the probes. */
CORE_INLINE bool localaddr_set_add(
	struct localaddr_set *set, struct localaddr address, enum localaddr_kind kind)
{
	uint32_t slot = localaddr_slot(set, address);
	int probe;

	CORE_NO_UNROLL
	for (probe = 0; probe < LOCALADDR_PROBES; probe++) {
		struct localaddr_entry *entry = &set->entry[slot & (LOCALADDR_SLOTS - 1)];

		if (entry->kind == LOCALADDR_NONE) {
			*entry = (struct localaddr_entry){address, kind};
			set->count++;
			return true;
		}
		if (entry->address.low == address.low && entry->address.high == address.high)
			return true;
		slot++;
	}
	return false;
}

#endif
