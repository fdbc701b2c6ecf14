/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * client_ranking: the first so many of very many clients in an order. The table is walked once; of
 * a million clients only those that are asked for are kept, in a heap whose root is the one to go
 * next. For report_clients.c. Pure.
 */
#ifndef CONTROL_CLIENT_RANKING_H
#define CONTROL_CLIENT_RANKING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/state/clients.h"

/* The orders: most first. Equal clients stand by requests, then by who was seen last, then by
 * address, so that two answers about the same table are the same. */
enum client_order {
	CLIENT_ORDER_REQUESTS,
	CLIENT_ORDER_DROPS, /* over the rate limit */
	CLIENT_ORDER_RATE,  /* shortest average interval; a client that came once is last */
	CLIENT_ORDERS
};

struct client_ranking {
	enum client_order order;
	struct client *best; /* room for size; a heap until client_ranking_sort() */
	size_t size, count;
	uint64_t found; /* clients that were offered */
};

/* "requests", "drops", "rate"; CLIENT_ORDERS for another word. */
enum client_order client_ranking_order(const char *word);

/* 0 or -ENOMEM; to be freed. size: 1 or more. */
int client_ranking_init(struct client_ranking *ranking, enum client_order order, size_t size);
void client_ranking_free(struct client_ranking *ranking);

/* Offers a client; for clients_visit(), arg is the ranking. Returns true. */
bool client_ranking_offer(void *arg, const struct client *client);

/* best[0..count): in order. Nothing can be offered afterwards. */
void client_ranking_sort(struct client_ranking *ranking);

#endif
