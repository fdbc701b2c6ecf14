// SPDX-License-Identifier: GPL-2.0-or-later
#include "dataplane/socket/pairs.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "dataplane/core/clients.h"

struct pair {
	struct pairs_name name; /* receive_ts 0: empty */
	uint64_t transmit_ts;   /* 0: not known yet */
	uint64_t saved_ns;
};

struct pair_set {
	atomic_flag busy;
	struct pair way[PAIRS_WAYS];
};

struct pairs {
	uint64_t seed[2];
	struct pair_set set[PAIRS_SETS];
};

struct pairs *pairs_new(void)
{
	struct pairs *pairs = calloc(1, sizeof(*pairs)); /* a clear atomic_flag is all zeros */

	while (pairs && getrandom(pairs->seed, sizeof(pairs->seed), 0) < 0 && errno == EINTR)
		;
	return pairs;
}

void pairs_free(struct pairs *pairs)
{
	free(pairs);
}

uint64_t pairs_client(const struct pairs *pairs, const void *address, size_t size)
{
	uint64_t half[2] = {0};

	memcpy(half, address, size < sizeof(half) ? size : sizeof(half));
	return clients_mix(clients_mix(half[0], pairs->seed[0]) ^ half[1], pairs->seed[1]);
}

/* NULL while somebody else has it. */
static struct pair_set *enter(struct pairs *pairs, uint64_t client)
{
	struct pair_set *set = &pairs->set[client % PAIRS_SETS];

	return atomic_flag_test_and_set_explicit(&set->busy, memory_order_acquire) ? NULL : set;
}

static void leave(struct pair_set *set)
{
	atomic_flag_clear_explicit(&set->busy, memory_order_release);
}

static struct pair *find(struct pair_set *set, struct pairs_name name)
{
	for (int way = 0; name.receive_ts && way < PAIRS_WAYS; way++) {
		struct pair *pair = &set->way[way];

		if (pair->name.client == name.client && pair->name.receive_ts == name.receive_ts)
			return pair;
	}
	return NULL;
}

/* An empty one, else the oldest. */
static struct pair *choose(struct pair_set *set)
{
	struct pair *oldest = &set->way[0];

	for (int way = 0; way < PAIRS_WAYS; way++) {
		if (!set->way[way].name.receive_ts)
			return &set->way[way];
		if (set->way[way].saved_ns < oldest->saved_ns)
			oldest = &set->way[way];
	}
	return oldest;
}

void pairs_save(struct pairs *pairs, struct pairs_name name, uint64_t now_ns)
{
	struct pair_set *set = enter(pairs, name.client);

	if (!set)
		return;
	*choose(set) = (struct pair){name, 0, now_ns};
	leave(set);
}

void pairs_sent(struct pairs *pairs, struct pairs_name name, uint64_t transmit_ts)
{
	struct pair_set *set = enter(pairs, name.client);
	struct pair *pair = set ? find(set, name) : NULL;

	if (pair)
		pair->transmit_ts = transmit_ts;
	if (set)
		leave(set);
}

bool pairs_take(
	struct pairs *pairs, struct pairs_name name, uint64_t now_ns, uint64_t *ret_transmit_ts)
{
	struct pair_set *set = enter(pairs, name.client);
	struct pair *pair = set ? find(set, name) : NULL;
	bool known = false;

	if (pair) {
		known = pair->transmit_ts && now_ns - pair->saved_ns <= PAIRS_AGE_NS;
		*ret_transmit_ts = pair->transmit_ts;
		*pair = (struct pair){{0, 0}, 0, 0};
	}
	if (set)
		leave(set);
	return known;
}
