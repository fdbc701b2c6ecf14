// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: dataplane/state/clients.c
/*
 * dataplane/core/clients.h and state/clients.h: keys and their way back, who gives way in a full
 * set, counts that are exact first and nearly so later, and the list of clients that people read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "dataplane/core/visit.h"
#include "dataplane/state/clients.h"
#include "tests/unit/dice.h"

#define S_NS   1000000000ULL
#define NOW_NS 987654321012345ULL

/* A table of the tests' own. */
static struct state table_new(uint8_t sets_log2)
{
	struct state state = {.client_sets = 1U << sets_log2};

	state.settings = calloc(1, sizeof(*state.settings));
	state.clients = aligned_alloc(CORE_CACHELINE, sizeof(*state.clients) << sets_log2);
	assert_true(state.settings && state.clients);
	memset(state.clients, 0, sizeof(*state.clients) << sets_log2);
	limit_set(&state.settings->limit, 3, 8, 2);
	state.settings->limit.seed = 0x123456789abcdef0;
	state.settings->limit.sets_log2 = sets_log2;
	state.settings->limit.prefix6 = 64;
	state.settings->limit.prefix6_mask = UINT64_MAX;
	return state;
}

static void table_free(struct state *state)
{
	free(state->settings);
	free(state->clients);
}

static enum limit_result ask(struct state *state, uint64_t key, uint64_t now_ns, uint32_t random)
{
	const struct limit *limit = &state->settings->limit;
	struct visit visit = {.mixed = clients_mix(key, limit->seed),
		.now_ns = now_ns,
		.flags = ACCESS_LIMITED,
		.random = random,
		.version = 4};

	return visit_enter(
		&state->clients[clients_set_of(visit.mixed, limit->sets_log2)], limit, &visit);
}

static void test_mixing_can_be_undone(void **state)
{
	struct dice dice = dice_new("mixing");

	(void)state;
	for (int i = 0; i < 300000; i++) {
		uint64_t key = dice_edgy(&dice), seed = dice_edgy(&dice);

		assert_int_equal(clients_unmix(clients_mix(key, seed), seed), key);
	}
}

/* Neighbours are spread over the sets as if at random. */
static void test_neighbours_are_spread(void **state)
{
	static unsigned ipv4[1 << 14], ipv6[1 << 14];
	struct dice dice = dice_new("spread");
	uint64_t seed = dice_roll(&dice);
	double chi4 = 0, chi6 = 0;

	(void)state;
	for (uint32_t i = 0; i < 16 << 14; i++) {
		ipv4[clients_set_of(clients_mix(clients_key_ipv4(0x0a000000 + i), seed), 14)]++;
		ipv6[clients_set_of(clients_mix((0x20010db8ULL << 32) + i, seed), 14)]++;
	}
	for (int i = 0; i < 1 << 14; i++) {
		chi4 += (ipv4[i] - 16.0) * (ipv4[i] - 16.0) / 16;
		chi6 += (ipv6[i] - 16.0) * (ipv6[i] - 16.0) / 16;
	}
	/* At random it is 16383 +- 181. More even than that is as good. */
	assert_true(chi4 < 16383 * 1.3);
	assert_true(chi6 < 16383 * 1.3);
}

/* What an entry packs comes out again, and its place with it gives the key back. */
static void test_entries(void **state)
{
	struct dice dice = dice_new("entries");

	(void)state;
	for (int i = 0; i < 200000; i++) {
		uint32_t sets_log2 =
			CLIENTS_SETS_LOG2_MIN +
			(uint32_t)i % (CLIENTS_SETS_LOG2_MAX - CLIENTS_SETS_LOG2_MIN + 1);
		uint64_t mixed = dice_edgy(&dice), roll = dice_edgy(&dice);
		uint32_t level = (uint32_t)roll & CLIENTS_LEVEL_MAX, version = 1 + (uint32_t)i % 4;
		uint32_t last = (uint32_t)(roll >> 12) & CLIENTS_TICKS_MASK;
		uint32_t average = (uint32_t)(roll >> 34) & CLIENTS_AVERAGE_MAX;
		uint32_t requests = (uint32_t)(roll >> 46) & CLIENTS_COUNT_MAX;
		uint32_t limited = (uint32_t)(roll >> 49) & CLIENTS_COUNT_MAX;
		uint64_t tag = clients_tag_word(mixed, level, version);
		uint64_t visit = clients_visit_word(last, average, requests, limited);

		assert_int_equal(clients_level(tag), level);
		assert_int_equal(clients_version(tag), version);
		assert_int_equal(clients_last(visit), last);
		assert_int_equal(clients_average(visit), average);
		assert_int_equal(clients_requests(visit), requests);
		assert_int_equal(clients_limited(visit), limited);
		assert_int_equal((uint64_t)clients_set_of(mixed, sets_log2) << (64 - sets_log2) |
					 tag >> CLIENTS_TAG_SHIFT,
			mixed);
	}
}

/* Five clients of one set. */
static void fill_set(struct state *state, uint64_t ret_keys[CLIENTS_WAYS + 1])
{
	const struct limit *limit = &state->settings->limit;
	int found = 0;

	for (uint32_t address = 1; found <= CLIENTS_WAYS; address++) {
		uint64_t key = clients_key_ipv4(address);

		if (clients_set_of(clients_mix(key, limit->seed), limit->sets_log2) == 5)
			ret_keys[found++] = key;
	}
}

static bool known(const struct state *state, uint64_t key)
{
	return clients_find(&state->clients[5], clients_mix(key, state->settings->limit.seed)) <
	       CLIENTS_WAYS;
}

/* Whoever was away longest gives way: not the first, not the one that asked least. Around the
 * moment at which ticks begin anew as well, and where a core was ahead. */
static void test_the_oldest_gives_way(void **state)
{
	struct state t = table_new(CLIENTS_SETS_LOG2_MIN);
	double tick_ns = clients_tick_s(&t.settings->limit) * 1e9;
	uint64_t wrap_ns = (uint64_t)(tick_ns * (CLIENTS_TICKS_MASK + 1));
	uint64_t keys[CLIENTS_WAYS + 1];

	(void)state;
	fill_set(&t, keys);
	for (int oldest = 0; oldest < CLIENTS_WAYS; oldest++)
		for (uint64_t now_ns = wrap_ns - 8 * S_NS; now_ns < wrap_ns + 8 * S_NS;
			now_ns += S_NS) {
			clients_clear(&t);
			for (int i = 0; i < CLIENTS_WAYS; i++)
				ask(&t, keys[i], now_ns - 90 * S_NS, 0);
			for (int i = 0; i < CLIENTS_WAYS; i++)
				if (i != oldest)
					ask(&t, keys[i], now_ns + (uint64_t)i * S_NS, 0);
			ask(&t, keys[CLIENTS_WAYS], now_ns, 0);
			for (int i = 0; i <= CLIENTS_WAYS; i++)
				assert_int_equal(known(&t, keys[i]), i != oldest);
		}
	table_free(&t);
}

/* A flood of as many addresses as there are: no honest client is limited, known or forgotten. */
static void test_full_table_limits_nobody(void **state)
{
	struct state t = table_new(CLIENTS_SETS_LOG2_MIN);
	struct dice dice = dice_new("full table");
	uint64_t now_ns = NOW_NS;

	(void)state;
	for (int round = 0; round < 30; round++, now_ns += 16 * S_NS) {
		for (uint32_t i = 0; i < 300; i++)
			assert_int_equal(
				ask(&t, clients_key_ipv4(i), now_ns, (uint32_t)i), LIMIT_WITHIN);
		for (int i = 0; i < 100000; i++)
			ask(&t, clients_key_ipv4((uint32_t)dice_roll(&dice) | 0x80000000),
				now_ns + (uint64_t)i * 100000, (uint32_t)i);
	}
	table_free(&t);
}

static void test_counts(void **state)
{
	struct dice dice = {7};

	(void)state;
	for (int run = 0; run < 20; run++) {
		uint32_t stored = 0;
		uint64_t true_count = 0, next = 2000;

		for (; true_count < 2000000; true_count++) {
			if (true_count < 1024)
				assert_int_equal(clients_count(stored), true_count);
			if (true_count == next) {
				double error =
					(double)clients_count(stored) / (double)true_count - 1;

				assert_true(fabs(error) < 0.16);
				next *= 3;
			}
			stored += clients_count_gain(stored, (uint32_t)dice_roll(&dice));
		}
	}
	/* It stays at the end instead of beginning anew. */
	assert_int_equal(clients_count_gain(CLIENTS_COUNT_MAX, 0), 0);
}

/* The error of a count, over many runs: none on average, some 3 % in each. */
static void test_counts_on_average(void **state)
{
	struct dice dice = {11};
	double sum = 0, squares = 0;

	(void)state;
	for (int run = 0; run < 400; run++) {
		uint32_t stored = 0;
		double error;

		for (int i = 0; i < 50000; i++)
			stored += clients_count_gain(stored, (uint32_t)dice_roll(&dice));
		error = (double)clients_count(stored) / 50000 - 1;
		sum += error;
		squares += error * error;
	}
	printf("# counts of 50,000: mean error %.4f, deviation %.4f\n", sum / 400,
		sqrt(squares / 400));
	assert_true(fabs(sum / 400) < 0.01);
	assert_true(sqrt(squares / 400) < 0.05);
}

struct listing {
	unsigned count, stop_at, found[3];
	struct client last;
};

static bool list(void *arg, const struct client *client)
{
	struct listing *listing = arg;

	listing->count++;
	listing->last = *client;
	if (client->family == FRAME_IPV4 && client->address[0] == 10)
		listing->found[0] += client->requests;
	else if (client->family == FRAME_IPV4)
		listing->found[1]++;
	else
		listing->found[2]++;
	return listing->count != listing->stop_at;
}

static void test_listing(void **state)
{
	struct state t = table_new(15);
	struct listing all = {0}, some = {.stop_at = 7}, none = {0};

	(void)state;
	clients_visit(&t, NOW_NS, list, &none);
	assert_int_equal(none.count, 0);
	for (uint32_t i = 0; i < 1000; i++)
		for (uint32_t k = 0; k <= i % 3; k++)
			ask(&t, clients_key_ipv4(0x0a000000 | i), NOW_NS, k);
	for (uint32_t i = 0; i < 500; i++)
		ask(&t, 0x20010db800000000ULL | i << 4, NOW_NS, i);
	clients_visit(&t, NOW_NS, list, &all);
	assert_int_equal(all.count, 1500);
	assert_int_equal(all.found[0], 1999);
	assert_int_equal(all.found[1], 0);
	assert_int_equal(all.found[2], 500);
	clients_visit(&t, NOW_NS, list, &some);
	assert_int_equal(some.count, 7);
	clients_clear(&t);
	clients_visit(&t, NOW_NS, list, &none);
	assert_int_equal(none.count, 0);
	table_free(&t);
}

/* Tables of all sizes that memory allows for; of each the one client's line in full. */
static void test_a_line(void **state)
{
	static const uint8_t ipv4[] = {192, 0, 2, 7}, ipv6[] = {0x20, 1, 0xd, 0xb8, 0, 0xff, 0, 0};

	(void)state;
	for (uint8_t log2 = CLIENTS_SETS_LOG2_MIN; log2 < 20; log2++) {
		struct state t = table_new(log2);
		double tick_s = clients_tick_s(&t.settings->limit);
		struct listing one = {0};

		for (int i = 0; i < 40; i++)
			ask(&t, clients_key_ipv4(0xc0000207), NOW_NS + (uint64_t)i * 64 * S_NS, 5);
		for (int i = 0; i < 9; i++)
			ask(&t, clients_key_ipv4(0xc0000207), NOW_NS + 40 * 64 * S_NS, 5);
		clients_visit(&t, NOW_NS + (40 * 64 + 100) * S_NS, list, &one);
		assert_int_equal(one.count, 1);
		assert_int_equal(one.last.family, FRAME_IPV4);
		assert_memory_equal(one.last.address, ipv4, 4);
		assert_int_equal(one.last.requests, 49);
		assert_int_equal(one.last.limited, 1);
		assert_int_equal(one.last.version, 4);
		assert_true(fabs(one.last.last_s - 100) <= tick_s);
		clients_clear(&t);
		ask(&t, 0x20010db800ff0000ULL, NOW_NS, 5);
		clients_visit(&t, NOW_NS - S_NS, list, &one); /* whose clock was read too early */
		assert_int_equal(one.last.family, FRAME_IPV6);
		assert_memory_equal(one.last.address, ipv6, 8);
		assert_true(one.last.average_s < 0);
		assert_true(one.last.last_s >= 0 && one.last.last_s <= tick_s);
		table_free(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mixing_can_be_undone),
		cmocka_unit_test(test_neighbours_are_spread),
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_the_oldest_gives_way),
		cmocka_unit_test(test_full_table_limits_nobody),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_counts_on_average),
		cmocka_unit_test(test_listing),
		cmocka_unit_test(test_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
