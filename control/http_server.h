/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HTTP for scrapes, probes and browsers, on libevent's server: GET and HEAD of the paths of a
 * table, and nothing else. Loopback unless the settings say otherwise. Connections are bounded in
 * number, in the size of their headers, in idle time and in whole lifetime, and carry one request,
 * so that slow and hostile clients cost a known amount. What is written comes from the routes
 * handed in; nothing that a client sends gets further than this file. Owned by the daemon; runs in
 * its event loop; logs nothing.
 */
#ifndef CONTROL_HTTP_SERVER_H
#define CONTROL_HTTP_SERVER_H

#include "control/config.h"

struct evbuffer;
struct event_base;
struct http_server;

#define HTTP_SERVER_CONNECTIONS 32
#define HTTP_SERVER_HEADERS_MAX 4096 /* bytes, request line included */
#define HTTP_SERVER_IDLE_S      2
#define HTTP_SERVER_LIFETIME_S  5 /* whoever was cut off comes anew */

/* One path that is answered, whatever the query behind it. */
struct http_route {
	const char *path;   /* "/metrics"; NULL ends a table */
	const char *type;   /* Content-Type */
	const char *policy; /* Content-Security-Policy; NULL: nothing is loaded and nothing runs */
	/* Writes the body. An HTTP status (200 or 503), or a negative errno: the client gets 500.
	 */
	int (*answer)(void *arg, struct evbuffer *out);
};

struct http_server_options {
	struct event_base *base;
	const struct config_listen *listen;
	const struct http_route *routes; /* outlives the server */
	void *arg;                       /* for the routes */
};

/* Listens where the settings say. 0 or a negative errno. */
int http_server_new(const struct http_server_options *options, struct http_server **ret_server);

/* NULL is allowed. */
void http_server_free(struct http_server *server);

#endif
