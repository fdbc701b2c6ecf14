// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A client's place in its set of the client table (clients.h): the one that it has, or the one
 * that it takes. For visit.h, and for whoever lists the table.
 */
#ifndef CORE_CLIENTS_PLACE_H
#define CORE_CLIENTS_PLACE_H

#include "dataplane/core/clients.h"

/* Ticks since `last`, which another core may have written a moment ahead of this tick. */
CORE_INLINE uint32_t clients_age(uint32_t tick, uint32_t last)
{
	uint32_t age = (tick - last + CLIENTS_AHEAD) & CLIENTS_TICKS_MASK;

	if (CORE_UNLIKELY(age < CLIENTS_AHEAD))
		age = CLIENTS_AHEAD;
	compiler_opaque(age); /* or clang makes more of it than there is */
	return age - CLIENTS_AHEAD;
}

/* The place that is free, or whose client was away longest. */
CORE_INLINE uint32_t clients_oldest(const struct client_set *set, uint32_t tick)
{
	uint32_t way, oldest = 0, oldest_age = 0;

	for (way = 0; way < CLIENTS_WAYS; way++) {
		uint64_t visit = compiler_load(set->way[way].visit);
		uint32_t age = clients_age(tick, clients_last(visit));

		if (visit == 0)
			age = CLIENTS_TICKS_MASK;
		if (age > oldest_age) {
			oldest_age = age;
			oldest = way;
		}
	}
	return oldest;
}

/* The place of a client in its set, CLIENTS_WAYS: it has none. */
CORE_INLINE uint32_t clients_find(const struct client_set *set, uint64_t mixed)
{
	uint32_t way;

	for (way = 0; way < CLIENTS_WAYS; way++)
		if ((compiler_load(set->way[way].tag) ^ mixed << CLIENTS_TAG_SHIFT) >>
				CLIENTS_TAG_SHIFT ==
			0)
			break;
	return way;
}

#endif
