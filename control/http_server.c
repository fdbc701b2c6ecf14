/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HTTP for scrapes, probes and browsers; see http_server.h.
 *
 * evhttp bounds headers and idle time but neither the number of connections nor how long
 * one may go on. So each connection's bufferevent is kept in a table with a reference of our
 * own: the descriptor stays ours until the sweep sees that evhttp has let go of it (its
 * callbacks are gone), and shutdown() of one that is late makes evhttp close it in its own
 * way. While the table is full the listener rests, and whoever comes waits in its backlog.
 */
#include "control/http_server.h"

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
#define REFUSAL  "Content-Length: 0\r\nConnection: close\r\n\r\n"

struct connection {
	struct bufferevent *stream; /* NULL: free */
	time_t deadline;
	size_t received;
	bool has_line; /* the request line is complete */
};

struct http_server {
	struct event_base *base;
	struct evhttp *http;
	struct evconnlistener *listener; /* evhttp's */
	struct event *sweep;
	const struct http_route *routes;
	void *arg;
	struct connection connections[HTTP_SERVER_CONNECTIONS];
};

static const char *reason_of(int status)
{
	switch (status) {
	case HTTP_OK:
		return "OK";
	case HTTP_NOTFOUND:
		return "Not Found";
	case HTTP_BADMETHOD:
		return "Method Not Allowed";
	case HTTP_SERVUNAVAIL:
		return "Service Unavailable";
	default:
		return "Internal Server Error";
	}
}

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

/*
 * Counts what a client sends, before evhttp looks at it. evhttp refuses long headers by itself, but
 * with a 400 that does not say why.
 */
static void on_input(struct evbuffer *input, const struct evbuffer_cb_info *info, void *arg)
{
	static const char line_too_long[] = "HTTP/1.1 414 URI Too Long\r\n" REFUSAL,
			  too_large[] = "HTTP/1.1 431 Request Header Fields Too Large\r\n" REFUSAL;
	struct connection *connection = arg;
	struct evbuffer_ptr end = evbuffer_search_eol(input, NULL, NULL, EVBUFFER_EOL_LF);
	const char *text = too_large;
	int fd;

	if (!info->n_added || connection->received > HTTP_SERVER_HEADERS_MAX)
		return;
	connection->has_line |= end.pos >= 0 && (size_t)end.pos < HTTP_SERVER_HEADERS_MAX;
	connection->received += info->n_added;
	if (connection->received <= HTTP_SERVER_HEADERS_MAX)
		return;
	if (!connection->has_line)
		text = line_too_long;
	/* Of the first few bytes of a connection the kernel takes all. */
	fd = bufferevent_getfd(connection->stream);
	if (send(fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		shutdown(fd, SHUT_RDWR);
	evbuffer_drain(input, evbuffer_get_length(input));
}

static void let_go(struct connection *connection)
{
	if (!connection->stream)
		return;
	evbuffer_remove_cb(bufferevent_get_input(connection->stream), on_input, connection);
	bufferevent_decref(connection->stream);
	connection->stream = NULL;
}

/* Lets go of what evhttp has freed; ends what is late. Returns how many are left. */
static int sweep_all(struct http_server *server)
{
	time_t now = now_s();
	int left = 0;

	for (int i = 0; i < HTTP_SERVER_CONNECTIONS; i++) {
		struct connection *connection = &server->connections[i];

		if (!connection->stream)
			continue;
		if (released(connection->stream)) {
			let_go(connection);
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
	struct http_server *server = arg;
	int left = sweep_all(server);

	(void)fd;
	(void)what;
	if (left < HTTP_SERVER_CONNECTIONS)
		evconnlistener_enable(server->listener);
	if (left)
		event_add(server->sweep, &delay);
}

/* Called by evhttp for each connection it accepts; it sets descriptor and callbacks after. */
static struct bufferevent *connection_open(struct event_base *base, void *arg)
{
	const struct timeval delay = {0, SWEEP_MS * 1000};
	struct http_server *server = arg;
	struct bufferevent *stream = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	int free_places = 0;

	if (!stream)
		return NULL;
	for (int i = 0; i < HTTP_SERVER_CONNECTIONS; i++) {
		struct connection *connection = &server->connections[i];

		if (connection->stream || free_places++)
			continue;
		bufferevent_incref(stream);
		*connection = (struct connection){
			.stream = stream, .deadline = now_s() + HTTP_SERVER_LIFETIME_S};
		if (!evbuffer_add_cb(bufferevent_get_input(stream), on_input, connection))
			connection->deadline = 0;
	}
	if (free_places <= 1)
		evconnlistener_disable(server->listener);
	if (!event_pending(server->sweep, EV_TIMEOUT, NULL))
		event_add(server->sweep, &delay);
	return stream;
}

/* What every answer carries. A connection is for one request: what a client has sent beyond it is
 * never looked at. */
static void add_headers(struct evhttp_request *request, const char *type, size_t length)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
	char text[24];

	snprintf(text, sizeof(text), "%zu", length);
	evhttp_add_header(headers, "Content-Type", type);
	evhttp_add_header(headers, "Content-Length", text);
	evhttp_add_header(headers, "X-Content-Type-Options", "nosniff");
	evhttp_add_header(headers, "Referrer-Policy", "no-referrer");
	evhttp_add_header(headers, "Cache-Control", "no-store");
	evhttp_add_header(headers, "Connection", "close");
}

/* Takes the body. */
static void send_reply(struct evhttp_request *request, int status, struct evbuffer *body)
{
	bool head = evhttp_request_get_command(request) == EVHTTP_REQ_HEAD;

	/* evhttp would send the body all the same (RFC 9110 sec. 9.3.2). */
	evhttp_send_reply(request, status, reason_of(status), head ? NULL : body);
	evbuffer_free(body);
}

static void send_error(struct evhttp_request *request, int status)
{
	struct evbuffer *body = evbuffer_new();

	if (!body) {
		evhttp_send_error(request, status, NULL);
		return;
	}
	evbuffer_add_printf(body, "%d %s\n", status, reason_of(status));
	if (status == HTTP_BADMETHOD)
		evhttp_add_header(evhttp_request_get_output_headers(request), "Allow", "GET, HEAD");
	add_headers(request, "text/plain; charset=utf-8", evbuffer_get_length(body));
	send_reply(request, status, body);
}

static void send_route(
	struct http_server *server, struct evhttp_request *request, const struct http_route *route)
{
	struct evbuffer *body = evbuffer_new();
	int status = body ? route->answer(server->arg, body) : -ENOMEM;

	if (status < 0) {
		if (body)
			evbuffer_free(body);
		send_error(request, HTTP_INTERNAL);
		return;
	}
	evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Security-Policy",
		route->policy ? route->policy : "default-src 'none'; frame-ancestors 'none'");
	add_headers(request, route->type, evbuffer_get_length(body));
	send_reply(request, status, body);
}

static void on_request(struct evhttp_request *request, void *arg)
{
	struct http_server *server = arg;
	const char *path = evhttp_uri_get_path(evhttp_request_get_evhttp_uri(request));
	const struct http_route *route = server->routes;
	enum evhttp_cmd_type method = evhttp_request_get_command(request);

	while (route->path && (!path || strcmp(route->path, path) != 0))
		route++;
	if (method != EVHTTP_REQ_GET && method != EVHTTP_REQ_HEAD)
		send_error(request, HTTP_BADMETHOD);
	else if (!route->path)
		send_error(request, HTTP_NOTFOUND);
	else
		send_route(server, request, route);
}

/* Not by evhttp_bind_socket(): it looks the address up as a name, which fails on a host that has
 * only loopback addresses yet. The settings hold a numeric one. */
static int server_listen(struct http_server *server, const struct config_listen *listen)
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

static int server_start(struct http_server *server, const struct config_listen *listen)
{
	server->sweep = event_new(server->base, -1, 0, sweep_due, server);
	server->http = evhttp_new(server->base);
	if (!server->sweep || !server->http)
		return -ENOMEM;
	/* All that it knows: evhttp's own refusal is 501, which says something else. */
	evhttp_set_allowed_methods(server->http, UINT16_MAX);
	evhttp_set_max_headers_size(server->http, HTTP_SERVER_HEADERS_MAX);
	evhttp_set_max_body_size(server->http, 0);
	evhttp_set_timeout(server->http, HTTP_SERVER_IDLE_S);
	evhttp_set_bevcb(server->http, connection_open, server);
	evhttp_set_gencb(server->http, on_request, server);
	return server_listen(server, listen);
}

int http_server_new(const struct http_server_options *options, struct http_server **ret_server)
{
	struct http_server *server = calloc(1, sizeof(*server));
	int err;

	if (!server)
		return -ENOMEM;
	server->base = options->base;
	server->routes = options->routes;
	server->arg = options->arg;
	err = server_start(server, options->listen);
	if (err) {
		http_server_free(server);
		return err;
	}
	*ret_server = server;
	return 0;
}

void http_server_free(struct http_server *server)
{
	if (!server)
		return;
	if (server->http)
		evhttp_free(server->http);
	for (int i = 0; i < HTTP_SERVER_CONNECTIONS; i++)
		let_go(&server->connections[i]);
	if (server->sweep)
		event_free(server->sweep);
	free(server);
}
