// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which rule holds for an address: the lookup in the table of access.h. In two steps for those
 * who would rather not search: the index, and what it leaves to search through.
 */
#ifndef CORE_ACCESS_FIND_H
#define CORE_ACCESS_FIND_H

#include "dataplane/core/access.h"

/* The ranges that an address may lie in, low to high, as far as the index tells. */
struct access_span {
	uint32_t low, high;
};

CORE_INLINE struct access_span access_span_ipv4(const struct access_set *set, uint32_t address)
{
	uint32_t upper = address >> 16;

	return (struct access_span){set->index4[upper], set->index4[upper + 1]};
}

CORE_INLINE uint32_t access_leaf_ipv4(const struct access_set *set, uint32_t range)
{
	return set->leaf4[range & (ACCESS_RANGES - 1)];
}

/* The leaf of the address, out of that span. */
CORE_INLINE uint32_t access_search_ipv4(
	const struct access_set *set, struct access_span span, uint32_t address)
{
	uint32_t low = span.low, high = span.high;
	int step;

	CORE_NO_UNROLL
	for (step = 0; step < ACCESS_STEPS && low < high; step++) {
		uint32_t middle = (low + high + 1) / 2;

		if (set->range4[middle & (ACCESS_RANGES - 1)].start <= address)
			low = middle;
		else
			high = middle - 1;
	}
	return access_leaf_ipv4(set, low);
}

CORE_INLINE uint32_t access_find_ipv4(const struct access_set *set, uint32_t address)
{
	return access_search_ipv4(set, access_span_ipv4(set, address), address);
}

CORE_INLINE struct access_span access_span_ipv6(const struct access_set *set, uint64_t address_high)
{
	uint32_t upper = (uint32_t)(address_high >> 48);

	return (struct access_span){set->index6[upper], set->index6[upper + 1]};
}

CORE_INLINE uint32_t access_leaf_ipv6(const struct access_set *set, uint32_t range)
{
	return set->leaf6[range & (ACCESS_RANGES - 1)];
}

CORE_INLINE bool access_begins_by(const struct access_ipv6 *range, uint64_t high, uint64_t low)
{
	return range->high < high || (range->high == high && range->low <= low);
}

CORE_INLINE uint32_t access_search_ipv6(const struct access_set *set, struct access_span span,
	uint64_t address_high, uint64_t address_low)
{
	uint32_t low = span.low, high = span.high;
	int step;

	CORE_NO_UNROLL
	for (step = 0; step < ACCESS_STEPS && low < high; step++) {
		uint32_t middle = (low + high + 1) / 2;

		if (access_begins_by(
			    &set->range6[middle & (ACCESS_RANGES - 1)], address_high, address_low))
			low = middle;
		else
			high = middle - 1;
	}
	return access_leaf_ipv6(set, low);
}

CORE_INLINE uint32_t access_find_ipv6(
	const struct access_set *set, uint64_t address_high, uint64_t address_low)
{
	return access_search_ipv6(
		set, access_span_ipv6(set, address_high), address_high, address_low);
}

#endif
