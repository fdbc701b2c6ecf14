// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One request of a client, entered in the client table (clients.h) and held against the rate
 * limit (limit.h). The caller has fetched the client's set; all engines call this.
 */
#ifndef CORE_VISIT_H
#define CORE_VISIT_H

#include "dataplane/core/clients_place.h"
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

/* What is known of the client, brought up to the tick: drained, aged. Zeros: a new one. */
CORE_INLINE struct client_record visit_recall(
	const struct client_entry *entry, const struct limit *limit, uint32_t tick, uint32_t random)
{
	uint64_t visit = compiler_load(entry->visit);
	struct client_record record = {.last = tick};
	uint32_t age;

	/* A free place whose tag of zeros happens to fit. */
	if (CORE_UNLIKELY(visit == 0))
		return record;
	record = clients_unpack(compiler_load(entry->tag), visit);
	age = clients_age(tick, record.last);
	record.level = limit_drain(limit, record.level, age, random >> 16);
	record.average = visit_average(&record, age, random >> 24);
	/* Not the tick: where another core was ahead, what it has drained is not drained again. */
	record.last = (record.last + age) & CLIENTS_TICKS_MASK;
	return record;
}

/* Enters a request in its set, and says what the limit makes of it. */
CORE_INLINE enum limit_result visit_enter(
	struct client_set *set, const struct limit *limit, const struct visit *visit)
{
	/* The caller's random bits show in the reply; these do not follow from them alone. */
	uint32_t random = visit->random * LIMIT_MIX ^ (uint32_t)(visit->mixed >> 20);
	uint32_t tick = limit_tick(limit, visit->now_ns);
	uint32_t way = clients_find(set, visit->mixed);
	struct client_record record = {.last = tick};
	enum limit_result result = LIMIT_WITHIN;
	struct client_entry *entry;

	random ^= random >> 15;
	if (CORE_LIKELY(way < CLIENTS_WAYS))
		record = visit_recall(&set->way[way], limit, tick, random);
	else
		way = clients_oldest(set, tick);
	entry = &set->way[way & (CLIENTS_WAYS - 1)];
	record.version = visit->version;
	record.requests = clients_count_up(record.requests, random);
	if (visit->flags & ACCESS_LIMITED && record.level + limit->cost > limit->burst_level) {
		result = limit_over(limit, visit->flags, random);
		record.limited = clients_count_up(record.limited, random * LIMIT_MIX);
	} else if (visit->flags & ACCESS_LIMITED) {
		record.level += limit->cost;
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
