// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rules by address and the client table that a vector meets. Both are filled with the
 * product's own writers, as the daemon and the engines do; which verdict follows from them is
 * stated in table_limits.c.
 */
#include <stdlib.h>
#include <string.h>

#include "dataplane/core/visit.h"
#include "dataplane/state/rules.h"
#include "tests/vectors/build.h"
#include "tests/vectors/vector.h"

void vector_limit(const struct vector *vector, struct limit *limit)
{
	limit_set(limit, 3, VECTOR_BURST, 2);
	limit->seed = 0x5eed5eed5eed5eed;
	limit->kod_log2 = vector->kod;
	limit->prefix6 = 64;
	limit->prefix6_mask = UINT64_MAX;
	limit->sets_log2 = VECTOR_SETS_LOG2;
}

void vector_access(const struct vector *vector, struct access_table *table)
{
	struct rule rules[VECTOR_RULES] = {0};

	for (int i = 0; i < vector->rule_count; i++) {
		const struct vector_rule *row = &vector->rules[i];

		rules[i].family = row->ipv6 ? FRAME_IPV6 : FRAME_IPV4;
		rules[i].bits = row->bits;
		rules[i].flags = row->flags;
		rules[i].ntpport_flags = row->ntpport_flags;
		build_put(rules[i].address, row->ipv6 ? 8 : 4, row->high);
		build_put(rules[i].address + 8, 8, row->low);
	}
	/* The set that is not current says the opposite: all is refused, or nobody. */
	table->current = 1;
	if (rules_build(&table->set[1], rules, vector->rule_count, vector->otherwise) != 0 ||
		rules_build(&table->set[0], NULL, 0,
			vector->verdict == VERDICT_DROP_DENIED ? 0 : ACCESS_DENY) != 0)
		abort();
}

void vector_clients(const struct vector *vector, const struct settings *settings, uint64_t now_ns,
	struct client_set *table)
{
	const uint8_t *source = vector->in + vector->ntp_offset - 8 - (vector->ipv6 ? 32 : 8);
	uint64_t key = vector->ipv6 ? build_get(source, 8)
				    : clients_key_ipv4((uint32_t)build_get(source, 4));
	struct visit visit = {
		.mixed = clients_mix(key, settings->limit.seed),
		.now_ns = now_ns,
		.flags = ACCESS_LIMITED,
		.version = 4,
	};

	memset(table, 0, sizeof(*table) << VECTOR_SETS_LOG2);
	for (int i = 0; i < vector->earlier; i++)
		visit_enter(&table[clients_set_of(visit.mixed, VECTOR_SETS_LOG2)], &settings->limit,
			&visit);
}
