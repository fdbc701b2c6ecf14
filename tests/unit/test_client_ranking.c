// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/client_ranking.c
/*
 * The first N of very many clients: the same as sorting all of them, in each order, for random
 * tables with many equals. NTPXDP_SEED repeats a run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "control/client_ranking.h"

#define CLIENTS 2000

static struct client clients[CLIENTS];

static void make_clients(unsigned int *seed)
{
	for (int i = 0; i < CLIENTS; i++) {
		struct client *client = &clients[i];

		*client =
			(struct client){.family = FRAME_IPV4, .address = {10, 0, i >> 8, i & 255}};
		client->requests = 1 + (uint64_t)(rand_r(seed) % 50);
		client->limited = client->requests > 25 ? (uint64_t)(rand_r(seed) % 25) : 0;
		client->average_s = client->requests > 1 ? rand_r(seed) % 64 : -1;
		client->last_s = rand_r(seed) % 100;
	}
}

/* What an order goes by: most first. */
static double weight(enum client_order order, const struct client *client)
{
	switch (order) {
	case CLIENT_ORDER_DROPS:
		return (double)client->limited;
	case CLIENT_ORDER_RATE:
		return client->average_s < 0 ? -1 : 1 / (client->average_s + 1e-9);
	default:
		return (double)client->requests;
	}
}

static int most_first(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x > y ? -1 : x < y;
}

static void test_orders(void **state)
{
	static const size_t sizes[] = {1, 2, 7, 100, CLIENTS, CLIENTS + 5};
	const char *given = getenv("NTPXDP_SEED");
	unsigned int seed = given ? (unsigned int)atoi(given) : (unsigned int)time(NULL);

	(void)state;
	printf("# NTPXDP_SEED=%u\n", seed);
	make_clients(&seed);
	for (int order = 0; order < CLIENT_ORDERS; order++) {
		static double weights[CLIENTS];

		for (int i = 0; i < CLIENTS; i++)
			weights[i] = weight((enum client_order)order, &clients[i]);
		qsort(weights, CLIENTS, sizeof(weights[0]), most_first);
		for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
			struct client_ranking ranking;

			assert_int_equal(
				client_ranking_init(&ranking, (enum client_order)order, sizes[s]),
				0);
			for (int i = 0; i < CLIENTS; i++)
				assert_true(client_ranking_offer(&ranking, &clients[i]));
			client_ranking_sort(&ranking);
			assert_int_equal(ranking.found, CLIENTS);
			assert_int_equal(ranking.count, sizes[s] < CLIENTS ? sizes[s] : CLIENTS);
			for (size_t i = 0; i < ranking.count; i++)
				assert_true(weight((enum client_order)order, &ranking.best[i]) ==
					    weights[i]);
			client_ranking_free(&ranking);
		}
	}
}

/* Equals: by requests, by who was seen last, by address. */
static void test_equals(void **state)
{
	static const struct client four[] = {
		{.address = {4}, .requests = 5, .limited = 1, .last_s = 9},
		{.address = {3}, .requests = 5, .limited = 1, .last_s = 2},
		{.address = {2}, .requests = 9, .limited = 1, .last_s = 50},
		{.address = {1}, .requests = 5, .limited = 1, .last_s = 9},
	};
	static const uint8_t wanted[] = {2, 3, 1, 4};
	struct client_ranking ranking;

	(void)state;
	assert_int_equal(client_ranking_init(&ranking, CLIENT_ORDER_DROPS, 4), 0);
	for (int i = 0; i < 4; i++)
		client_ranking_offer(&ranking, &four[i]);
	client_ranking_sort(&ranking);
	for (int i = 0; i < 4; i++)
		assert_int_equal(ranking.best[i].address[0], wanted[i]);
	client_ranking_free(&ranking);
}

static void test_words(void **state)
{
	(void)state;
	assert_int_equal(client_ranking_order("requests"), CLIENT_ORDER_REQUESTS);
	assert_int_equal(client_ranking_order("drops"), CLIENT_ORDER_DROPS);
	assert_int_equal(client_ranking_order("rate"), CLIENT_ORDER_RATE);
	assert_int_equal(client_ranking_order(""), CLIENT_ORDERS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_orders),
		cmocka_unit_test(test_equals),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
