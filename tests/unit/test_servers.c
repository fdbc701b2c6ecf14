/* SPDX-License-Identifier: GPL-2.0-or-later */
// test-sources: control/http_server.c control/control_server.c control/control_protocol.c
/*
 * The two servers of the daemon against clients that mean well and clients that do not: pages,
 * methods, sizes, too many and too slow connections. In one loop, which is turned by hand.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <json-c/json.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>

#include <cmocka.h>

#include "control/control_server.h"
#include "control/http_server.h"

#define CROWD (HTTP_SERVER_CONNECTIONS + 20)

static struct event_base *base;

static int metrics(void *arg, struct evbuffer *out)
{
	(void)arg;
	return evbuffer_add_printf(out, "a_metric 1\n") > 0 ? 200 : -ENOMEM;
}

static int health(void *arg, struct evbuffer *out)
{
	evbuffer_add_printf(out, "well\n");
	return *(bool *)arg ? 200 : 503;
}

static int broken(void *arg, struct evbuffer *out)
{
	(void)arg;
	evbuffer_add_printf(out, "half an answ");
	return -ENOMEM;
}

static const struct http_route routes[] = {
	{"/metrics", "text/plain; version=0.0.4", NULL, metrics},
	{"/healthz", "text/plain", "default-src 'self'", health},
	{"/broken", "text/plain", NULL, broken},
	{NULL, NULL, NULL, NULL},
};

/* A port of the loopback interface that nobody has; the same one all along. */
static uint16_t free_port(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	static uint16_t port;
	int fd;

	if (port)
		return port;
	fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, length), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
	close(fd);
	port = ntohs(address.sin_port);
	return port;
}

static struct json_object *answer(void *arg, const struct control_request *request, int *ret_fd)
{
	struct json_object *object = json_object_new_object();

	(void)arg;
	(void)ret_fd;
	json_object_object_add(
		object, "command", json_object_new_string(control_protocol_name(request->command)));
	return object;
}

static void turn(int ms)
{
	const struct timeval limit = {ms / 1000, ms % 1000 * 1000};

	event_base_loopexit(base, &limit);
	event_base_dispatch(base);
}

static int connect_http(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(free_port())};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* What has come by now, as text; "" when nothing has. */
static const char *received(int fd)
{
	static char text[8192];
	ssize_t got = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);

	text[got > 0 ? got : 0] = '\0';
	return text;
}

/* Sends a request and turns the loop; the answer. */
static const char *ask_http(const char *request)
{
	int fd = connect_http();
	const char *text;

	assert_true(send(fd, request, strlen(request), MSG_NOSIGNAL) > 0);
	turn(50);
	text = received(fd);
	close(fd);
	return text;
}

static bool is_closed(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_DONTWAIT) == 0 || (errno != EAGAIN && errno != EINTR);
}

static struct http_server *begin_http(bool *good)
{
	struct config_listen listen = {"127.0.0.1", free_port()};
	struct http_server_options options = {base, &listen, routes, good};
	struct http_server *server, *second;

	assert_int_equal(http_server_new(&options, &server), 0);
	assert_int_equal(http_server_new(&options, &second), -EADDRINUSE);
	return server;
}

static void test_http(void **state)
{
	bool good = true;
	struct http_server *server = begin_http(&good);
	const char *text;

	(void)state;
	assert_non_null(strstr(ask_http("GET /metrics HTTP/1.0\r\n\r\n"), "\r\n\r\na_metric 1\n"));
	assert_non_null(strstr(ask_http("GET /metrics?a=b HTTP/1.1\r\n\r\n"), " 200 "));
	text = ask_http("HEAD /metrics HTTP/1.0\r\n\r\n");
	assert_non_null(strstr(text, " 200 "));
	assert_non_null(strstr(text, "Content-Length: 11\r\n"));
	assert_non_null(strstr(text, "Content-Security-Policy: default-src 'none'"));
	assert_null(strstr(text, "a_metric"));
	text = ask_http("GET /healthz HTTP/1.0\r\n\r\n");
	assert_non_null(strstr(text, " 200 "));
	assert_non_null(strstr(text, "Content-Security-Policy: default-src 'self'\r\n"));
	good = false;
	assert_non_null(strstr(ask_http("GET /healthz HTTP/1.0\r\n\r\n"), " 503 "));
	text = ask_http("GET /broken HTTP/1.0\r\n\r\n");
	assert_non_null(strstr(text, " 500 "));
	assert_null(strstr(text, "half"));
	/* One request a connection. */
	text = ask_http("GET /metrics HTTP/1.1\r\n\r\nGET /other HTTP/1.1\r\n\r\n");
	assert_non_null(strstr(text, " 200 "));
	assert_non_null(strstr(text, "Connection: close\r\n"));
	assert_null(strstr(text, " 404 "));
	http_server_free(server);
}

/* What is refused, and how. */
static void test_http_refuses(void **state)
{
	static const struct {
		const char *request, *answer;
	} cases[] = {
		{"GET /other HTTP/1.0\r\n\r\n", " 404 "},
		{"GET /metrics/ HTTP/1.0\r\n\r\n", " 404 "},
		{"GET /../metrics HTTP/1.0\r\n\r\n", " 404 "},
		{"GET //metrics HTTP/1.0\r\n\r\n", " 404 "},
		{"POST /metrics HTTP/1.0\r\nContent-Length: 0\r\n\r\n", " 405 "},
		{"PUT /metrics HTTP/1.1\r\nContent-Length: 9999\r\n\r\n", " 413 "},
		{"DELETE /metrics HTTP/1.0\r\n\r\n", "\r\nAllow: GET, HEAD\r\n"},
		{"OPTIONS /metrics HTTP/1.0\r\n\r\n", " 405 "},
		{"TRACE /metrics HTTP/1.0\r\n\r\n", " 405 "},
		{"CONNECT /metrics HTTP/1.0\r\n\r\n", " 405 "},
		{"BREW /metrics HTTP/1.0\r\n\r\n", " 405 "},
		{"\x16\x03\x01garbage\r\n\r\n", " 400 "},
	};
	bool good = true;
	struct http_server *server = begin_http(&good);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *text = ask_http(cases[i].request);

		assert_null(strstr(text, " 200 "));
		assert_non_null(strstr(text, cases[i].answer));
	}
	http_server_free(server);
}

/* Longer than is read: refused at the limit, without end or not. */
static void test_http_sizes(void **state)
{
	static char text[4 * HTTP_SERVER_HEADERS_MAX];
	bool good = true;
	struct http_server *server = begin_http(&good);

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	memcpy(text, "GET /", 5);
	assert_non_null(strstr(ask_http(text), " 414 "));
	memcpy(text, "GET /metrics HTTP/1.0\r\nX: ", 26);
	assert_non_null(strstr(ask_http(text), " 431 "));
	for (size_t at = 23; at + 7 < sizeof(text); at += 6)
		memcpy(text + at, "X: y\r\n", 6);
	assert_non_null(strstr(ask_http(text), " 431 "));
	/* A name that is as long as may be. */
	memset(text + 5, 'a', HTTP_SERVER_HEADERS_MAX);
	strcpy(text + HTTP_SERVER_HEADERS_MAX - 13, " HTTP/1.0\r\n\r\n");
	assert_int_equal(strlen(text), HTTP_SERVER_HEADERS_MAX);
	assert_non_null(strstr(ask_http(text), " 404 "));
	http_server_free(server);
}

/* Too many and too slow: all are cut off in time, and one that comes after is served. */
static void test_crowd(void **state)
{
	bool good = true;
	struct http_server *server = begin_http(&good);
	int fds[CROWD], open = CROWD;

	(void)state;
	for (int i = 0; i < CROWD; i++)
		fds[i] = connect_http();
	/* A byte now and then keeps idle time from running out. */
	for (int tenth = 0; tenth < 10 * (2 * HTTP_SERVER_LIFETIME_S + 3) && open; tenth += 5) {
		for (int i = 0; i < CROWD; i++)
			send(fds[i], "G", 1, MSG_NOSIGNAL);
		turn(500);
		open = 0;
		for (int i = 0; i < CROWD; i++)
			open += !is_closed(fds[i]);
	}
	assert_int_equal(open, 0);
	for (int i = 0; i < CROWD; i++)
		close(fds[i]);
	assert_non_null(strstr(ask_http("GET /metrics HTTP/1.0\r\n\r\n"), "a_metric"));
	http_server_free(server);
}

static int connect_unix(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(address.sun_path, path);
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static const char *ask_unix(const char *path, const char *request)
{
	int fd = connect_unix(path);
	const char *text;

	assert_true(send(fd, request, strlen(request), MSG_NOSIGNAL) > 0);
	turn(50);
	text = received(fd);
	close(fd);
	return text;
}

static void test_control(void **state)
{
	const struct control_server_handler handler = {answer, NULL};
	struct control_server *server, *second;
	static char big[2 * CONTROL_PROTOCOL_REQUEST_MAX];
	char folder[] = "/tmp/ntpxdp-test-XXXXXX", path[64];
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/control", folder);
	assert_int_equal(control_server_new(base, path, &handler, &server), 0);
	assert_int_equal(control_server_new(base, path, &handler, &second), -EADDRINUSE);
	assert_string_equal(
		ask_unix(path, "{\"command\":\"stats\"}\n"), "{\"command\":\"stats\"}\n");
	assert_non_null(strstr(ask_unix(path, "{\"command\":\"dance\"}\n"), "\"error\""));
	assert_non_null(strstr(ask_unix(path, "hello\n"), "\"error\""));
	memset(big, 'x', sizeof(big) - 1);
	assert_non_null(strstr(ask_unix(path, big), "\"error\""));
	control_server_free(server);
	assert_int_equal(stat(path, &st), -1);
	rmdir(folder);
}

/* Silent clients go after their time; those above the limit at once. */
static void test_control_crowd(void **state)
{
	const struct control_server_handler handler = {answer, NULL};
	struct control_server *server;
	char folder[] = "/tmp/ntpxdp-test-XXXXXX", path[64];
	int fds[CONTROL_SERVER_CLIENTS + 1];

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/control", folder);
	assert_int_equal(control_server_new(base, path, &handler, &server), 0);
	for (int i = 0; i <= CONTROL_SERVER_CLIENTS; i++)
		fds[i] = connect_unix(path);
	turn(100);
	assert_false(is_closed(fds[0]));
	assert_true(is_closed(fds[CONTROL_SERVER_CLIENTS]));
	turn(CONTROL_PROTOCOL_TIMEOUT_MS + 100);
	for (int i = 0; i <= CONTROL_SERVER_CLIENTS; i++) {
		assert_true(is_closed(fds[i]));
		close(fds[i]);
	}
	assert_non_null(strstr(ask_unix(path, "{\"command\":\"info\"}\n"), "info"));
	control_server_free(server);
	rmdir(folder);
}

/* What a dead daemon left is replaced; a file that is no socket stays. */
static void test_control_path(void **state)
{
	const struct control_server_handler handler = {answer, NULL};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct control_server *server;
	char folder[] = "/tmp/ntpxdp-test-XXXXXX", path[64];
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	FILE *file;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/control", folder);
	strcpy(address.sun_path, path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
	assert_int_equal(control_server_new(base, path, &handler, &server), 0);
	control_server_free(server);
	file = fopen(path, "w");
	assert_non_null(file);
	fclose(file);
	assert_int_equal(control_server_new(base, path, &handler, &server), -EEXIST);
	assert_int_equal(access(path, F_OK), 0);
	unlink(path);
	rmdir(folder);
}

static int make_base(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN); /* as the daemon does */
	base = event_base_new();
	return base ? 0 : -1;
}

static int free_base(void **state)
{
	(void)state;
	event_base_free(base);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_http),
		cmocka_unit_test(test_http_refuses),
		cmocka_unit_test(test_http_sizes),
		cmocka_unit_test(test_crowd),
		cmocka_unit_test(test_control),
		cmocka_unit_test(test_control_crowd),
		cmocka_unit_test(test_control_path),
	};

	return cmocka_run_group_tests(tests, make_base, free_base);
}
