/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HTTP for scrapes and probes, on libevent's server: /metrics and /healthz, GET and HEAD and
 * nothing else. Loopback unless the settings say otherwise. Connections are bounded in
 * number, in the size of their headers, in idle time and in whole lifetime, so that slow
 * and hostile clients cost a known amount. What is written comes from the pages handed in.
 * Owned by the daemon; runs in its event loop; logs nothing.
 */
#ifndef CONTROL_METRICS_SERVER_H
#define CONTROL_METRICS_SERVER_H

#include "control/config.h"

struct evbuffer;
struct event_base;
struct metrics_server;

#define METRICS_SERVER_CONNECTIONS 32
#define METRICS_SERVER_HEADERS_MAX 4096 /* bytes, request line included */
#define METRICS_SERVER_IDLE_S      2
#define METRICS_SERVER_LIFETIME_S  5 /* a scraper that was cut off comes anew */

struct metrics_server_pages {
	/* Writes the text of /metrics. 0 or a negative errno (then the client gets a 500). */
	int (*metrics)(void *arg, struct evbuffer *out);
	/* Writes the status page, and the same as JSON. 0 or a negative errno. */
	int (*status)(void *arg, struct evbuffer *out);
	int (*status_json)(void *arg, struct evbuffer *out);
	/* Writes one line for a probe; true while time is good (200, else 503). */
	bool (*health)(void *arg, struct evbuffer *out);
	void *arg;
};

/* Listens where the settings say. 0 or a negative errno. */
int metrics_server_new(struct event_base *base, const struct config_listen *listen,
	const struct metrics_server_pages *pages, struct metrics_server **ret_server);

/* NULL is allowed. */
void metrics_server_free(struct metrics_server *server);

#endif
