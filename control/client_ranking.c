// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A heap of clients; client_ranking.h is the manual.
 */
#include "control/client_ranking.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const words[CLIENT_ORDERS] = {
	[CLIENT_ORDER_REQUESTS] = "requests",
	[CLIENT_ORDER_DROPS] = "drops",
	[CLIENT_ORDER_RATE] = "rate",
};

enum client_order client_ranking_order(const char *word)
{
	enum client_order order = CLIENT_ORDER_REQUESTS;

	while (order < CLIENT_ORDERS && strcmp(words[order], word) != 0)
		order++;
	return order;
}

static int compare(double a, double b)
{
	return a < b ? -1 : a > b;
}

/* Below 0: a stands before b. */
static int by_order(enum client_order order, const struct client *a, const struct client *b)
{
	int before = 0;

	if (order == CLIENT_ORDER_DROPS)
		before = compare((double)b->limited, (double)a->limited);
	else if (order == CLIENT_ORDER_RATE)
		before = compare(a->average_s < 0 ? INFINITY : a->average_s,
			b->average_s < 0 ? INFINITY : b->average_s);
	if (before == 0)
		before = compare((double)b->requests, (double)a->requests);
	if (before == 0)
		before = compare(a->last_s, b->last_s);
	if (before == 0)
		before = (int)a->family - (int)b->family;
	return before != 0 ? before : memcmp(a->address, b->address, sizeof(a->address));
}

static int by_order_arg(const void *a, const void *b, void *arg)
{
	const struct client_ranking *ranking = arg;

	return by_order(ranking->order, a, b);
}

/* Stands the client at place a after the one at place b? */
static bool is_after(const struct client_ranking *ranking, size_t a, size_t b)
{
	return by_order(ranking->order, &ranking->best[a], &ranking->best[b]) > 0;
}

static void swap(struct client_ranking *ranking, size_t a, size_t b)
{
	struct client client = ranking->best[a];

	ranking->best[a] = ranking->best[b];
	ranking->best[b] = client;
}

/* Lets the root sink to its place: the last of all is at the root. */
static void sink(struct client_ranking *ranking)
{
	size_t at = 0, child;

	while ((child = 2 * at + 1) < ranking->count) {
		if (child + 1 < ranking->count && is_after(ranking, child + 1, child))
			child++;
		if (!is_after(ranking, child, at))
			return;
		swap(ranking, at, child);
		at = child;
	}
}

int client_ranking_init(struct client_ranking *ranking, enum client_order order, size_t size)
{
	*ranking = (struct client_ranking){.order = order, .size = size};
	ranking->best = calloc(size, sizeof(*ranking->best));
	return ranking->best ? 0 : -ENOMEM;
}

void client_ranking_free(struct client_ranking *ranking)
{
	free(ranking->best);
	ranking->best = NULL;
}

bool client_ranking_offer(void *arg, const struct client *client)
{
	struct client_ranking *ranking = arg;
	size_t at;

	ranking->found++;
	if (ranking->count < ranking->size) {
		at = ranking->count++;
		ranking->best[at] = *client;
		while (at && is_after(ranking, at, (at - 1) / 2)) {
			swap(ranking, at, (at - 1) / 2);
			at = (at - 1) / 2;
		}
	} else if (by_order(ranking->order, client, &ranking->best[0]) < 0) {
		ranking->best[0] = *client;
		sink(ranking);
	}
	return true;
}

void client_ranking_sort(struct client_ranking *ranking)
{
	qsort_r(ranking->best, ranking->count, sizeof(*ranking->best), by_order_arg, ranking);
}
