// SPDX-License-Identifier: GPL-2.0-or-later
/* Unpacking the client table; see clients.h. */
#include "dataplane/state/clients.h"

#include <math.h>
#include <string.h>

#include "dataplane/core/clients_place.h"

/* Inverse of an odd number modulo 2^64 by Newton's iteration: each round doubles the bits. */
static uint64_t inverse(uint64_t odd)
{
	uint64_t x = odd; /* right in 3 bits */

	for (int round = 0; round < 5; round++)
		x *= 2 - odd * x;
	return x;
}

uint64_t clients_unmix(uint64_t mixed, uint64_t seed)
{
	mixed ^= mixed >> 32;
	mixed *= inverse(CLIENTS_MIX);
	mixed ^= mixed >> 32;
	return mixed * inverse(seed | 1);
}

double clients_tick_s(const struct limit *limit)
{
	return ldexp(1.0, LIMIT_TICK_SHIFT) / (double)limit->tick_multiplier * 1e-9;
}

static void put_big_endian(uint8_t *to, uint64_t value, int octets)
{
	for (int i = octets - 1; i >= 0; i--, value >>= 8)
		to[i] = (uint8_t)value;
}

/* The address of a tag in a set. */
static void fill_address(
	const struct state *state, uint32_t set, uint64_t tag, struct client *client)
{
	const struct limit *limit = &state->settings->limit;
	uint64_t mixed = (uint64_t)set << (64 - limit->sets_log2) | tag >> CLIENTS_TAG_SHIFT;
	uint64_t key = clients_unmix(mixed, limit->seed);

	if (key >> 32 == 0xffffffff) {
		client->family = FRAME_IPV4;
		put_big_endian(client->address, key, 4);
		return;
	}
	client->family = FRAME_IPV6;
	put_big_endian(client->address, key, 8);
}

static struct client read_client(
	const struct state *state, uint32_t set, const struct client_entry *entry, uint32_t tick)
{
	double tick_s = clients_tick_s(&state->settings->limit);
	uint64_t visit = entry->visit;
	struct client client = {
		.version = (uint8_t)clients_version(entry->tag),
		.requests = clients_count(clients_requests(visit)),
		.limited = clients_count(clients_limited(visit)),
		.average_s = clients_requests(visit) > 1 ? clients_average(visit) * tick_s : -1.0,
		.last_s = clients_age(tick, clients_last(visit)) * tick_s,
	};

	fill_address(state, set, entry->tag, &client);
	return client;
}

void clients_visit_part(const struct state *state, const struct clients_part *part,
	bool (*visit)(void *arg, const struct client *client), void *arg)
{
	uint32_t tick = limit_tick(&state->settings->limit, part->now_ns);

	for (uint32_t set = part->first; set < part->first + part->count; set++) {
		for (int way = 0; way < CLIENTS_WAYS; way++) {
			const struct client_entry *entry = &state->clients[set].way[way];
			struct client_entry copy = {
				compiler_load(entry->tag), compiler_load(entry->visit)};
			struct client client;

			if (!copy.visit)
				continue;
			client = read_client(state, set, &copy, tick);
			if (!visit(arg, &client))
				return;
		}
	}
}

void clients_visit(const struct state *state, uint64_t now_ns,
	bool (*visit)(void *arg, const struct client *client), void *arg)
{
	const struct clients_part all = {now_ns, 0, state->client_sets};

	if (state->settings->limit.sets_log2)
		clients_visit_part(state, &all, visit, arg);
}

void clients_clear(struct state *state)
{
	memset(state->clients, 0, state->client_sets * sizeof(*state->clients));
}
