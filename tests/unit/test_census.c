/* SPDX-License-Identifier: GPL-2.0-or-later */
// test-sources: control/census.c dataplane/state/clients.c
/*
 * The census of the client table: whom it counts where, the same in slices of any size, and what it
 * says of a table that is replaced under it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/census.h"
#include "dataplane/core/visit.h"

#define S_NS   1000000000ULL
#define NOW_NS (1000000 * S_NS)
#define IPV6   (0x20010db8ULL << 32)

static struct state table;

static int table_begin(void **state)
{
	(void)state;
	table.client_sets = 1U << CLIENTS_SETS_LOG2_MIN;
	table.settings = calloc(1, sizeof(*table.settings));
	table.clients = aligned_alloc(CORE_CACHELINE, sizeof(*table.clients) * table.client_sets);
	if (!table.settings || !table.clients)
		return -1;
	memset(table.clients, 0, sizeof(*table.clients) * table.client_sets);
	limit_set(&table.settings->limit, 3, 8, 2);
	table.settings->limit.seed = 0x123456789abcdef0;
	table.settings->limit.sets_log2 = CLIENTS_SETS_LOG2_MIN;
	return 0;
}

static int table_end(void **state)
{
	(void)state;
	free(table.settings);
	free(table.clients);
	return 0;
}

/* A client that asks `count` times, every interval_s, the last time ago_s before NOW_NS. */
static void come(uint64_t key, unsigned int count, uint64_t interval_s, uint64_t ago_s)
{
	const struct limit *limit = &table.settings->limit;
	struct visit visit = {
		.mixed = clients_mix(key, limit->seed), .flags = ACCESS_LIMITED, .version = 4};

	while (count--) {
		visit.now_ns = NOW_NS - (ago_s + count * interval_s) * S_NS;
		visit.random = count * 0x9e3779b1U;
		visit_enter(&table.clients[clients_set_of(visit.mixed, limit->sets_log2)], limit,
			&visit);
	}
}

static const struct census_result *count_in_slices(struct census *census, uint32_t sets)
{
	unsigned int slices = 0;

	census_begin(census, &table, NOW_NS);
	while (census_walk(census, &table, NOW_NS, sets))
		slices++;
	assert_int_equal(slices, (table.client_sets - 1) / sets);
	return census_last(census, &table);
}

/* How many clients stand in the bucket with this upper bound. */
static uint64_t bucket(
	const uint64_t *buckets, const double *bounds, size_t bound_count, double bound)
{
	size_t at = 0;

	while (at < bound_count && bounds[at] != bound)
		at++;
	return buckets[at];
}

#define INTERVAL(r, le) bucket((r)->interval, census_interval_bounds_s, CENSUS_INTERVALS, le)
#define REQUESTS(r, le) bucket((r)->requests, census_request_bounds, CENSUS_REQUESTS, le)

static void test_who_is_counted_where(void **state)
{
	struct census census = {0};
	const struct census_result *result;

	(void)state;
	assert_null(census_last(&census, &table));
	result = count_in_slices(&census, table.client_sets);
	assert_int_equal(result->clients[FRAME_IPV4] + result->clients[FRAME_IPV6], 0);
	come(clients_key_ipv4(0xc0000201), 1, 0, 10);
	come(clients_key_ipv4(0xc0000202), 5, 64, 50);
	come(clients_key_ipv4(0xc0000203), 5, 64, 120);
	come(IPV6 + 1, 100, 16, 3000);
	come(IPV6 + 2, 3, 1024, 5000);
	come(IPV6 + 3, 30, 0, 1);
	result = count_in_slices(&census, table.client_sets);
	assert_int_equal(result->clients[FRAME_IPV4], 3);
	assert_int_equal(result->clients[FRAME_IPV6], 3);
	assert_int_equal(result->minute[FRAME_IPV4], 2);
	assert_int_equal(result->minute[FRAME_IPV6], 1);
	assert_int_equal(result->hour[FRAME_IPV4], 3);
	assert_int_equal(result->hour[FRAME_IPV6], 2);
	assert_int_equal(result->limited, 1);
	assert_int_equal(INTERVAL(result, 96), 2);
	assert_int_equal(INTERVAL(result, 24), 1);
	assert_int_equal(INTERVAL(result, 1536), 1);
	assert_int_equal(INTERVAL(result, 0.75), 1);
	assert_int_equal(REQUESTS(result, 1), 1);
	assert_int_equal(REQUESTS(result, 4), 1);
	assert_int_equal(REQUESTS(result, 16), 2);
	assert_int_equal(REQUESTS(result, 64), 1);
	assert_int_equal(REQUESTS(result, 256), 1);
	assert_true(result->request_sum == 1 + 5 + 5 + 100 + 3 + 30);
	assert_true(result->interval_sum_s > 1160 && result->interval_sum_s < 1176);
	assert_int_equal(result->capacity, 4 << CLIENTS_SETS_LOG2_MIN);
}

static void test_slices_change_nothing(void **state)
{
	static const uint32_t slices[] = {1, 7, 256, 1 << 13, (1 << 14) - 1, 1U << 31};
	struct census whole = {0};

	(void)state;
	for (uint32_t i = 0; i < 20000; i++)
		come(i % 3 ? clients_key_ipv4(0x0a000000 + i) : IPV6 + 100 + i, 1 + i % 3,
			1 + i % 50, i % 7000);
	count_in_slices(&whole, table.client_sets);
	assert_true(whole.last.clients[FRAME_IPV4] > 13000);
	for (size_t i = 0; i < sizeof(slices) / sizeof(slices[0]); i++) {
		struct census census = {0};

		count_in_slices(&census, slices[i]);
		assert_memory_equal(&census.last, &whole.last, sizeof(whole.last));
	}
}

/* While a count is under way the one before is told; of another table nothing is. */
static void test_table_is_replaced(void **state)
{
	struct census census = {0};
	uint64_t before;

	(void)state;
	before = count_in_slices(&census, 1000)->clients[FRAME_IPV4];
	come(clients_key_ipv4(0xcb007101), 1, 0, 0);
	census_begin(&census, &table, NOW_NS);
	assert_true(census_walk(&census, &table, NOW_NS, table.client_sets / 2));
	assert_int_equal(census_last(&census, &table)->clients[FRAME_IPV4], before);
	table.client_sets /= 2; /* as after `clientloglimit` */
	table.settings->limit.sets_log2--;
	assert_null(census_last(&census, &table));
	assert_false(census_walk(&census, &table, NOW_NS, 1));
	assert_null(census_last(&census, &table));
	count_in_slices(&census, 1000);
	assert_non_null(census_last(&census, &table));
	table.settings->limit.sets_log2 = 0; /* as with `noclientlog` */
	assert_null(census_last(&census, &table));
	census_begin(&census, &table, NOW_NS);
	assert_false(census_walk(&census, &table, NOW_NS, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_is_counted_where),
		cmocka_unit_test(test_slices_change_nothing),
		cmocka_unit_test(test_table_is_replaced),
	};

	return cmocka_run_group_tests(tests, table_begin, table_end);
}
