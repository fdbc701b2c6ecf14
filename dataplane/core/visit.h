// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One request of a client, entered in the client table (clients.h) and held against the rate
 * limit (limit.h). The caller has fetched the client's set; all engines call this.
 */
#ifndef CORE_VISIT_H
#define CORE_VISIT_H

#include "dataplane/core/limit.h"
#include "dataplane/core/verdict.h"

/* One request of a client, for visit_enter(). */
struct visit {
	uint64_t mixed; /* clients_mix() of its key */
	uint64_t now_ns;
	uint32_t flags; /* ACCESS_LIMITED, ACCESS_KOD */
	uint32_t random;
	uint32_t version;
};

/* A known client's time between requests, smoothed over about four. */
CORE_INLINE uint32_t visit_average(
	const struct client_record *record, uint32_t age, uint32_t random)
{
	int32_t average = (int32_t)record->average;

	if (age > CLIENTS_AVERAGE_MAX)
		age = CLIENTS_AVERAGE_MAX;
	if (record->requests == 1)
		return age;
	/* What the shift would cut off is rounded at random, so that nothing drifts. */
	return (uint32_t)(average + (((int32_t)age - average + (int32_t)(random & 3)) >> 2));
}

/* Enters a request in its set, and says what the limit makes of it. */
CORE_INLINE enum limit_result visit_enter(
	struct client_set *set, const struct limit *limit, const struct visit *visit)
{
	/* The caller's random bits show in the reply; these do not follow from them alone. */
	uint32_t random = visit->random * LIMIT_MIX ^ (uint32_t)(visit->mixed >> 20);
	uint32_t tick = limit_tick(limit, visit->now_ns);
	struct client_record record = {0};
	enum limit_result result = LIMIT_WITHIN;
	struct client_entry *entry;
	bool known;

	random ^= random >> 15;
	entry = &set->way[clients_way(set, visit->mixed, tick, &known) & (CLIENTS_WAYS - 1)];
	if (known) {
		uint32_t age;

		record = clients_unpack(compiler_load(entry->tag), compiler_load(entry->visit));
		age = (tick - record.last) & CLIENTS_TICKS_MASK;
		if (age > LIMIT_AGE_MAX)
			age = 0;
		record.level = limit_drain(limit, record.level, age, random >> 16);
		record.average = visit_average(&record, age, random >> 24);
	}
	record.last = tick;
	record.version = visit->version;
	record.requests = clients_count_up(record.requests, random);
	if (visit->flags & ACCESS_LIMITED && record.level + LIMIT_COST > limit->burst_level) {
		result = limit_over(limit, visit->flags, random);
		record.limited = clients_count_up(record.limited, random * LIMIT_MIX);
	} else if (visit->flags & ACCESS_LIMITED) {
		record.level += LIMIT_COST;
	}
	compiler_store(entry->tag, clients_pack_tag(visit->mixed, &record));
	compiler_store(entry->visit, clients_pack_visit(&record));
	return result;
}

CORE_INLINE enum verdict visit_verdict(enum limit_result result)
{
	switch (result) {
	case LIMIT_WITHIN:
		return VERDICT_SERVED;
	case LIMIT_LEAKED:
		return VERDICT_SERVED_LEAKED;
	case LIMIT_KISS:
		return VERDICT_SERVED_KISS;
	default:
		return VERDICT_DROP_LIMITED;
	}
}

#endif
