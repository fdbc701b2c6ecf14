/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sums over the client table; see census.h. */
#include "control/census.h"

#include <string.h>

#include "dataplane/state/clients.h"

const double census_interval_bounds_s[CENSUS_INTERVALS] = {
	0.75, 1.5, 3, 6, 12, 24, 48, 96, 192, 384, 768, 1536, 3072};
const double census_request_bounds[CENSUS_REQUESTS] = {
	1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576};

/* The first bucket whose bound is not below the value; `count` for one above all. */
static size_t bucket_of(const double *bounds, size_t count, double value)
{
	size_t at = 0;

	while (at < count && value > bounds[at])
		at++;
	return at;
}

static bool count_client(void *arg, const struct client *client)
{
	struct census_result *result = arg;

	result->clients[client->family]++;
	result->minute[client->family] += client->last_s <= CENSUS_MINUTE_S;
	result->hour[client->family] += client->last_s <= CENSUS_HOUR_S;
	result->limited += client->limited != 0;
	result->requests[bucket_of(
		census_request_bounds, CENSUS_REQUESTS, (double)client->requests)]++;
	result->request_sum += (double)client->requests;
	if (client->average_s >= 0) {
		result->interval[bucket_of(
			census_interval_bounds_s, CENSUS_INTERVALS, client->average_s)]++;
		result->interval_sum_s += client->average_s;
	}
	return true;
}

/* Is it the table that the walk began with? */
static bool is_same(const struct census *census, const struct state *state)
{
	return state->settings->limit.sets_log2 && census->of_sets == state->client_sets &&
	       census->seed == state->settings->limit.seed;
}

void census_begin(struct census *census, const struct state *state, uint64_t now_ns)
{
	if (census->walking || !state->settings->limit.sets_log2)
		return;
	if (!is_same(census, state))
		census->known = false;
	census->of_sets = state->client_sets;
	census->seed = state->settings->limit.seed;
	census->next = (struct census_result){
		.begun_ns = now_ns, .capacity = (uint64_t)state->client_sets * CLIENTS_WAYS};
	census->at = 0;
	census->walking = true;
}

bool census_walk(struct census *census, const struct state *state, uint64_t now_ns, uint32_t sets)
{
	struct clients_part part = {now_ns, census->at, sets};

	if (!census->walking)
		return false;
	if (!is_same(census, state)) {
		census->walking = census->known = false;
		return false;
	}
	if (part.count > census->of_sets - part.first)
		part.count = census->of_sets - part.first;
	clients_visit_part(state, &part, count_client, &census->next);
	census->at += part.count;
	if (census->at < census->of_sets)
		return true;
	census->last = census->next;
	census->known = true;
	census->walking = false;
	return false;
}

const struct census_result *census_last(const struct census *census, const struct state *state)
{
	return census->known && is_same(census, state) ? &census->last : NULL;
}
