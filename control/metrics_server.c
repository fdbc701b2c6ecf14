/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HTTP for scrapes and probes; see metrics_server.h.
 *
 * evhttp bounds headers and idle time but neither the number of connections nor how long
 * one may go on. So each connection's bufferevent is kept in a table with a reference of our
 * own: the descriptor stays ours until the sweep sees that evhttp has let go of it (its
 * callbacks are gone), and shutdown() of one that is late makes evhttp close it in its own
 * way. While the table is full the listener rests, and whoever comes waits in its backlog.
 */
#include "control/metrics_server.h"

#include "control/status_page.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define SWEEP_MS 100

struct connection {
	struct bufferevent *stream; /* NULL: free */
	time_t deadline;
};

struct metrics_server {
	struct event_base *base;
	struct evhttp *http;
	struct evconnlistener *listener; /* evhttp's */
	struct event *sweep;
	struct metrics_server_pages pages;
	struct connection connections[METRICS_SERVER_CONNECTIONS];
};

static time_t now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* evhttp clears the callbacks of a connection that it has freed. */
static bool released(struct bufferevent *stream)
{
	bufferevent_event_cb event = NULL;

	bufferevent_getcb(stream, NULL, NULL, &event, NULL);
	return !event;
}

/* Lets go of what evhttp has freed; ends what is late. Returns how many are left. */
static int sweep_all(struct metrics_server *server)
{
	time_t now = now_s();
	int left = 0;

	for (int i = 0; i < METRICS_SERVER_CONNECTIONS; i++) {
		struct connection *connection = &server->connections[i];

		if (!connection->stream)
			continue;
		if (released(connection->stream)) {
			bufferevent_decref(connection->stream);
			connection->stream = NULL;
			continue;
		}
		left++;
		if (now >= connection->deadline)
			shutdown(bufferevent_getfd(connection->stream), SHUT_RDWR);
	}
	return left;
}

static void sweep_due(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval delay = {0, SWEEP_MS * 1000};
	struct metrics_server *server = arg;
	int left = sweep_all(server);

	(void)fd;
	(void)what;
	if (left < METRICS_SERVER_CONNECTIONS)
		evconnlistener_enable(server->listener);
	if (left)
		event_add(server->sweep, &delay);
}

/* Called by evhttp for each connection it accepts; it sets descriptor and callbacks after. */
static struct bufferevent *connection_open(struct event_base *base, void *arg)
{
	const struct timeval delay = {0, SWEEP_MS * 1000};
	struct metrics_server *server = arg;
	struct bufferevent *stream = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	int free_places = 0;

	if (!stream)
		return NULL;
	for (int i = 0; i < METRICS_SERVER_CONNECTIONS; i++) {
		struct connection *connection = &server->connections[i];

		if (connection->stream || free_places++)
			continue;
		bufferevent_incref(stream);
		connection->stream = stream;
		connection->deadline = now_s() + METRICS_SERVER_LIFETIME_S;
	}
	if (free_places <= 1)
		evconnlistener_disable(server->listener);
	if (!event_pending(server->sweep, EV_TIMEOUT, NULL))
		event_add(server->sweep, &delay);
	return stream;
}

static void reply(
	struct evhttp_request *request, int status, const char *reason, struct evbuffer *body)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
	bool head = evhttp_request_get_command(request) == EVHTTP_REQ_HEAD;
	char length[24];

	snprintf(length, sizeof(length), "%zu", evbuffer_get_length(body));
	evhttp_add_header(headers, "Content-Length", length);
	evhttp_add_header(headers, "X-Content-Type-Options", "nosniff");
	evhttp_add_header(headers, "Cache-Control", "no-store");
	/* evhttp would send the body all the same (RFC 9110 sec. 9.3.2). */
	evhttp_send_reply(request, status, reason, head ? NULL : body);
}

static void metrics_page(struct evhttp_request *request, void *arg)
{
	struct metrics_server *server = arg;
	struct evbuffer *body = evbuffer_new();

	if (!body || server->pages.metrics(server->pages.arg, body)) {
		evhttp_send_error(request, HTTP_INTERNAL, NULL);
	} else {
		evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type",
			"text/plain; version=0.0.4; charset=utf-8");
		reply(request, HTTP_OK, "OK", body);
	}
	if (body)
		evbuffer_free(body);
}

static void page(struct evhttp_request *request, const char *type, int err, struct evbuffer *body)
{
	if (err) {
		evhttp_send_error(request, HTTP_INTERNAL, NULL);
	} else {
		evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type", type);
		evhttp_add_header(evhttp_request_get_output_headers(request),
			"Content-Security-Policy", status_page_policy);
		evhttp_add_header(evhttp_request_get_output_headers(request), "Referrer-Policy",
			"no-referrer");
		reply(request, HTTP_OK, "OK", body);
	}
	evbuffer_free(body);
}

static void status_page(struct evhttp_request *request, void *arg)
{
	struct metrics_server *server = arg;
	struct evbuffer *body = evbuffer_new();

	page(request, "text/html; charset=utf-8", server->pages.status(server->pages.arg, body),
		body);
}

static void status_json(struct evhttp_request *request, void *arg)
{
	struct metrics_server *server = arg;
	struct evbuffer *body = evbuffer_new();

	page(request, "application/json", server->pages.status_json(server->pages.arg, body), body);
}

static void health_page(struct evhttp_request *request, void *arg)
{
	struct metrics_server *server = arg;
	struct evbuffer *body = evbuffer_new();
	bool good;

	if (!body) {
		evhttp_send_error(request, HTTP_INTERNAL, NULL);
		return;
	}
	good = server->pages.health(server->pages.arg, body);
	evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type",
		"text/plain; charset=utf-8");
	reply(request, good ? HTTP_OK : HTTP_SERVUNAVAIL, good ? "OK" : "Service Unavailable",
		body);
	evbuffer_free(body);
}

/* Not by evhttp_bind_socket(): it looks the address up as a name, which fails on a host that has
 * only loopback addresses yet. The settings hold a numeric one. */
static int server_listen(struct metrics_server *server, const struct config_listen *listen)
{
	struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6, .sin6_port = htons(listen->port)};
	struct sockaddr_in ipv4 = {.sin_family = AF_INET, .sin_port = htons(listen->port)};
	bool is_ipv6 = inet_pton(AF_INET6, listen->host, &ipv6.sin6_addr) == 1;

	if (!is_ipv6 && inet_pton(AF_INET, listen->host, &ipv4.sin_addr) != 1)
		return -EINVAL;
	errno = 0;
	server->listener = evconnlistener_new_bind(server->base, NULL, NULL,
		LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE, -1,
		is_ipv6 ? (struct sockaddr *)&ipv6 : (struct sockaddr *)&ipv4,
		is_ipv6 ? sizeof(ipv6) : sizeof(ipv4));
	if (!server->listener)
		return errno ? -errno : -EADDRNOTAVAIL;
	if (evhttp_bind_listener(server->http, server->listener))
		return 0;
	evconnlistener_free(server->listener);
	server->listener = NULL;
	return -ENOMEM;
}

static int server_start(struct metrics_server *server, const struct config_listen *listen)
{
	server->sweep = event_new(server->base, -1, 0, sweep_due, server);
	server->http = evhttp_new(server->base);
	if (!server->sweep || !server->http)
		return -ENOMEM;
	evhttp_set_allowed_methods(server->http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
	evhttp_set_max_headers_size(server->http, METRICS_SERVER_HEADERS_MAX);
	evhttp_set_max_body_size(server->http, 0);
	evhttp_set_timeout(server->http, METRICS_SERVER_IDLE_S);
	evhttp_set_bevcb(server->http, connection_open, server);
	if (evhttp_set_cb(server->http, "/", status_page, server) ||
		evhttp_set_cb(server->http, "/status.json", status_json, server) ||
		evhttp_set_cb(server->http, "/metrics", metrics_page, server) ||
		evhttp_set_cb(server->http, "/healthz", health_page, server))
		return -ENOMEM;
	return server_listen(server, listen);
}

int metrics_server_new(struct event_base *base, const struct config_listen *listen,
	const struct metrics_server_pages *pages, struct metrics_server **ret_server)
{
	struct metrics_server *server = calloc(1, sizeof(*server));
	int err;

	if (!server)
		return -ENOMEM;
	server->base = base;
	server->pages = *pages;
	err = server_start(server, listen);
	if (err) {
		metrics_server_free(server);
		return err;
	}
	*ret_server = server;
	return 0;
}

void metrics_server_free(struct metrics_server *server)
{
	if (!server)
		return;
	if (server->http)
		evhttp_free(server->http);
	for (int i = 0; i < METRICS_SERVER_CONNECTIONS; i++)
		if (server->connections[i].stream)
			bufferevent_decref(server->connections[i].stream);
	if (server->sweep)
		event_free(server->sweep);
	free(server);
}
