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
	uint32_t average, uint32_t requests, uint32_t age, uint32_t random)
{
	if (CORE_UNLIKELY(age > CLIENTS_AVERAGE_MAX))
		age = CLIENTS_AVERAGE_MAX;
	if (CORE_UNLIKELY(requests == 1))
		return age;
	/* What the shift would cut off is rounded at random, so that nothing drifts. */
	return average + (uint32_t)((int32_t)(age - average + (random & 3)) >> 2);
}

/*
 * A known client's visit word, so many ticks and one request later. Each field is added to where it
 * stands: what it comes to fits its bits, so that nothing is carried into another one; and `last`,
 * the uppermost, is modulo them. It is not the tick: where another core was ahead, what that one
 * has drained is not drained again.
 */
CORE_INLINE uint64_t visit_again(uint64_t word, uint32_t age, uint32_t random)
{
	uint32_t average = clients_average(word);
	uint32_t requests = clients_requests(word);

	word += (uint64_t)age << CLIENTS_LAST_SHIFT;
	word += ((uint64_t)visit_average(average, requests, age, random >> 24) - average)
		<< CLIENTS_AVERAGE_SHIFT;
	word += (uint64_t)clients_count_gain(requests, random) << CLIENTS_REQUESTS_SHIFT;
	return word;
}

/* Enters a request in its set, and says what the limit makes of it. */
CORE_INLINE enum limit_result visit_enter(
	struct client_set *set, const struct limit *limit, const struct visit *visit)
{
	/* The caller's random bits show in the reply; these do not follow from them alone. */
	uint32_t random = visit->random * LIMIT_MIX ^ (uint32_t)(visit->mixed >> 20);
	uint32_t tick = limit_tick(limit, visit->now_ns);
	uint32_t way = clients_find(set, visit->mixed);
	bool known = CORE_LIKELY(way < CLIENTS_WAYS);
	enum limit_result result = LIMIT_WITHIN;
	struct client_entry *entry;
	uint32_t level = 0;
	uint64_t word = 0;

	random ^= random >> 15;
	entry = &set->way[(known ? way : clients_oldest(set, tick)) & (CLIENTS_WAYS - 1)];
	compiler_opaque(entry);
	if (known)
		word = compiler_load(entry->visit);
	/* Zero: a free place whose tag of zeros happens to fit. */
	if (CORE_LIKELY(word != 0)) {
		uint32_t age = clients_age(tick, clients_last(word));

		level = limit_drain(
			limit, clients_level(compiler_load(entry->tag)), age, random >> 16);
		word = visit_again(word, age, random);
	} else {
		word = clients_visit_word(tick, 0, 1, 0);
	}
	if (visit->flags & ACCESS_LIMITED && level + limit->cost > limit->burst_level) {
		result = limit_over(limit, visit->flags, random);
		word += clients_count_gain(clients_limited(word), random * LIMIT_MIX);
	} else if (visit->flags & ACCESS_LIMITED) {
		level += limit->cost;
	}
	compiler_store(entry->tag, clients_tag_word(visit->mixed, level, visit->version));
	compiler_store(entry->visit, word);
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
