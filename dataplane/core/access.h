// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rules by address: who is answered, limited, or told so. The rules of the settings, of which the
 * most specific prefix wins, are cut into ranges that do not overlap: a sorted table of the
 * addresses where another rule begins, with an index by the first 16 bits in front. A lookup is
 * one load of the index and a search among the few ranges that begin alike; it is bounded by
 * ACCESS_STEPS whatever the rules are.
 *
 * Ranges instead of the nodes of a trie: half a megabyte for 10,000 prefixes of any length, one
 * code for both families, and built by one sweep (dataplane/state/rules.c), which also fills in
 * the set that is not current and then turns the number, as in localaddr.h. Flat memory that
 * all engines read; addresses are in host byte order, since they are compared.
 */
#ifndef CORE_ACCESS_H
#define CORE_ACCESS_H

#include "dataplane/core/byteorder.h"
#include "dataplane/core/ntp_wire.h"

#define ACCESS_INDEX       65536 /* by the first 16 bits of an address */
#define ACCESS_RANGES_LOG2 16
#define ACCESS_RANGES      (1U << ACCESS_RANGES_LOG2) /* of one family */
#define ACCESS_STEPS       (ACCESS_RANGES_LOG2 + 1)
/* Each prefix begins one range and ends one; the whole family begins with one. */
#define ACCESS_RULES_MAX   (ACCESS_RANGES / 2 - 1)

/* What a rule says of the clients in it: flags of one leaf. */
#define ACCESS_DENY          1U  /* silence */
#define ACCESS_LIMITED       2U  /* the rate limit holds for them */
#define ACCESS_KOD           4U  /* of what is over the limit some is told so (RATE) */
#define ACCESS_VERSION       8U  /* silence to versions other than 4 */
#define ACCESS_NOQUERY       16U /* may not read variables (mode 6, on the slow path only) */
#define ACCESS_FLAGS         31U
/* The same five bits again, for requests from port 123: `restrict ... ntpport`. */
#define ACCESS_NTPPORT_SHIFT 5
/* Above both: which rule it is, for people. */
#define ACCESS_RULE_SHIFT    10

/* A range begins at `start` and ends before the next one's. Its leaf stands in a table beside. */
struct access_ipv4 {
	uint32_t start;
};
struct access_ipv6 {
	uint64_t high, low;
};

struct access_set {
	/* index[i]: the range in which the first address with the 16 bits i lies. */
	uint32_t index4[ACCESS_INDEX + 1];
	uint32_t index6[ACCESS_INDEX + 1];
	uint32_t reserved[14];
	uint32_t leaf4[ACCESS_RANGES];
	uint32_t leaf6[ACCESS_RANGES];
	struct access_ipv4 range4[ACCESS_RANGES];
	struct access_ipv6 range6[ACCESS_RANGES];
};

struct access_table {
	uint64_t current; /* 0 or 1 */
	uint64_t reserved[7];
	struct access_set set[2];
};
_Static_assert(sizeof(struct access_set) % CORE_CACHELINE == 0, "access table layout 1");
_Static_assert(offsetof(struct access_table, set) == 64, "access table layout 1");

/* The flags for a request, out of the leaf of its source. */
CORE_INLINE uint32_t access_flags(uint32_t leaf, bool from_ntp_port)
{
	return (from_ntp_port ? leaf >> ACCESS_NTPPORT_SHIFT : leaf) & ACCESS_FLAGS;
}

/* Does a rule refuse a request of this NTP version? */
CORE_INLINE bool access_refuses(uint32_t flags, uint8_t version)
{
	return flags & ACCESS_DENY || (flags & ACCESS_VERSION && version != NTP_VERSION_MAX);
}

/* The set that readers use now. */
CORE_INLINE const struct access_set *access_current(const struct access_table *table)
{
	const struct access_set *set = &table->set[compiler_load_acquire(table->current) & 1];

	compiler_opaque(set);
	return set;
}

#endif
