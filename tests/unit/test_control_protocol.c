// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/control_protocol.c
/*
 * The control socket's framing: requests that are right and wrong, answers in pieces, too long,
 * too late and not at all, and the descriptor beside the answer. The server is a thread here.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "control/control_protocol.h"

/* How the server treats its one client. */
struct behaviour {
	const char *answer;
	size_t length;
	size_t piece;   /* bytes at a time; 0: all at once */
	int pause_ms;   /* before each piece */
	int pass_fd[2]; /* sent with the first byte, -1: none */
};

struct server {
	char folder[64], path[100];
	int listener;
	pthread_t thread;
	struct behaviour behaviour;
	char request[256];
};

static void send_with(int fd, const char *data, size_t length, const int pass[2])
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(2 * sizeof(int))];
	} control = {0};
	struct iovec vector = {(void *)data, length};
	struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
	size_t count = pass[0] < 0 ? 0 : pass[1] < 0 ? 1 : 2;

	if (count > 0) {
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(count * sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(&control.header), pass, count * sizeof(int));
	}
	(void)!sendmsg(fd, &message, MSG_NOSIGNAL);
}

static void *serve(void *arg)
{
	static const int none[2] = {-1, -1};
	struct server *server = arg;
	const struct behaviour *how = &server->behaviour;
	int fd = accept(server->listener, NULL, NULL);
	ssize_t got = recv(fd, server->request, sizeof(server->request) - 1, 0);
	size_t piece = how->piece ? how->piece : how->length;

	server->request[got > 0 ? got : 0] = '\0';
	for (size_t done = 0; done < how->length; done += piece) {
		struct timespec rest = {0, how->pause_ms * 1000000L};
		size_t length = how->length - done < piece ? how->length - done : piece;

		nanosleep(&rest, NULL);
		send_with(fd, how->answer + done, length, done == 0 ? how->pass_fd : none);
	}
	/* A client that gives up closes first; then this one need not wait either. */
	if (how->length == 0 && how->pause_ms > 0)
		(void)!recv(fd, server->request + 200, 1, 0);
	close(fd);
	return NULL;
}

static void server_start(struct server *server, struct behaviour behaviour)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	*server = (struct server){.behaviour = behaviour};
	snprintf(server->folder, sizeof(server->folder), "%s", "/tmp/test-control-XXXXXX");
	assert_non_null(mkdtemp(server->folder));
	snprintf(server->path, sizeof(server->path), "%s/control", server->folder);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", server->path);
	server->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(server->listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(server->listener, 1), 0);
	assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
}

static void server_stop(struct server *server)
{
	pthread_join(server->thread, NULL);
	close(server->listener);
	unlink(server->path);
	rmdir(server->folder);
}

/* One call against a server that behaves so; the result, and the answer's "a" or -1. */
static int call(struct behaviour behaviour, int *ret_value)
{
	struct json_object *answer = NULL, *value;
	struct server server;
	int error;

	server_start(&server, behaviour);
	error = control_protocol_call(server.path,
		&(struct control_request){.command = CONTROL_COMMAND_SOURCES}, &answer, NULL);
	server_stop(&server);
	assert_string_equal(server.request, "{\"command\":\"sources\"}\n");
	*ret_value = -1;
	if (error == 0 && json_object_object_get_ex(answer, "a", &value))
		*ret_value = json_object_get_int(value);
	json_object_put(answer);
	return error;
}

static struct behaviour says(const char *answer)
{
	return (struct behaviour){answer, strlen(answer), 0, 0, {-1, -1}};
}

static void test_requests(void **state)
{
	enum control_command command;
	struct json_object *request;

	(void)state;
	for (int i = CONTROL_COMMAND_NONE + 1; i < CONTROL_COMMANDS; i++) {
		char line[64];
		int length = snprintf(line, sizeof(line), "{\"command\":\"%s\"}\n",
			control_protocol_name((enum control_command)i));

		assert_int_equal(control_protocol_parse(line, (size_t)length, &command, NULL), 0);
		assert_int_equal(command, i);
	}
	assert_null(control_protocol_name(CONTROL_COMMAND_NONE));
	assert_null(control_protocol_name(CONTROL_COMMANDS));
	assert_int_equal(
		control_protocol_parse("{\"command\":\"stats\",\"x\":7}", 25, &command, &request),
		0);
	assert_int_equal(json_object_object_length(request), 2);
	json_object_put(request);
}

static void test_bad_requests(void **state)
{
	static const char *const bad[] = {"", "\n", "{", "{}", "[]", "7", "null", "\"status\"",
		"{\"command\":7}", "{\"command\":null}", "{\"command\":\"status\"} x",
		"{\"command\":\"status\"}{}", "{'command':'status'}",
		"{\"command\":{\"a\":{\"a\":{"
		"\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}}}}",
		"\xff\xfe"};
	char *large = malloc(CONTROL_PROTOCOL_REQUEST_MAX + 1);
	enum control_command command = CONTROL_COMMAND_PAGE;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(
			control_protocol_parse(bad[i], strlen(bad[i]), &command, NULL), -EBADMSG);
	assert_int_equal(control_protocol_parse("{\"command\":\"reboot\"}", 20, &command, NULL),
		-EOPNOTSUPP);
	assert_int_equal(control_protocol_parse("{\"command\":\"status\"}\0{}", 23, &command, NULL),
		-EBADMSG);
	memset(large, ' ', CONTROL_PROTOCOL_REQUEST_MAX + 1);
	memcpy(large, "{\"command\":\"stats\"}", 19);
	assert_int_equal(
		control_protocol_parse(large, CONTROL_PROTOCOL_REQUEST_MAX + 1, &command, NULL),
		-EMSGSIZE);
	assert_int_equal(command, CONTROL_COMMAND_PAGE); /* untouched */
	free(large);
}

static void test_format(void **state)
{
	struct json_object *object = control_protocol_error("cannot %s: %d/s", "say", 3);
	size_t length;
	char *line;

	(void)state;
	assert_string_equal(control_protocol_failure(object), "cannot say: 3/s");
	assert_int_equal(control_protocol_format(object, 100, &line, &length), 0);
	assert_string_equal(line, "{\"error\":\"cannot say: 3/s\"}\n");
	assert_int_equal(length, strlen(line));
	free(line);
	assert_int_equal(control_protocol_format(object, length, &line, &length), 0);
	free(line);
	assert_int_equal(control_protocol_format(object, length - 1, &line, &length), -EMSGSIZE);
	json_object_put(object);
	object = json_object_new_object();
	assert_null(control_protocol_failure(object));
	json_object_put(object);
}

static void test_call(void **state)
{
	struct behaviour slowly = says("{\"a\":42,\"b\":[1,2,3]}\n");
	int value;

	(void)state;
	assert_int_equal(call(says("{\"a\":42}\n"), &value), 0);
	assert_int_equal(value, 42);
	slowly.piece = 1;
	slowly.pause_ms = 2;
	assert_int_equal(call(slowly, &value), 0);
	assert_int_equal(value, 42);
	/* What comes after the line is not read. */
	assert_int_equal(call(says("{\"a\":42}\nrubbish"), &value), 0);
}

static void test_bad_answers(void **state)
{
	struct behaviour never = {.pause_ms = 1, .pass_fd = {-1, -1}};
	struct timespec before, after;
	int value;

	(void)state;
	assert_int_equal(call(says("HTTP/1.1 400 Bad Request\r\n"), &value), -EBADMSG);
	assert_int_equal(call(says("[1]\n"), &value), -EBADMSG);
	assert_int_equal(call(says("{\"a\":42}"), &value), -ECONNRESET); /* no '\n' */
	assert_int_equal(call(says(""), &value), -ECONNRESET);
	clock_gettime(CLOCK_MONOTONIC, &before);
	assert_int_equal(call(never, &value), -ETIMEDOUT);
	clock_gettime(CLOCK_MONOTONIC, &after);
	assert_in_range(
		(after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000,
		CONTROL_PROTOCOL_TIMEOUT_MS - 1, CONTROL_PROTOCOL_TIMEOUT_MS + 500);
}

static void test_nobody_there(void **state)
{
	struct json_object *answer;
	struct server server;
	char name[200];

	(void)state;
	assert_int_equal(control_protocol_call("/tmp/there/is/nothing",
				 &(struct control_request){.command = CONTROL_COMMAND_STATUS},
				 &answer, NULL),
		-ENOENT);
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(control_protocol_call(name,
				 &(struct control_request){.command = CONTROL_COMMAND_STATUS},
				 &answer, NULL),
		-ENAMETOOLONG);
	server_start(&server, says("{}\n"));
	assert_int_equal(control_protocol_call(server.path,
				 &(struct control_request){.command = CONTROL_COMMAND_STATUS},
				 &answer, NULL),
		0);
	json_object_put(answer);
	pthread_join(server.thread, NULL);
	close(server.listener);
	assert_int_equal(control_protocol_call(server.path,
				 &(struct control_request){.command = CONTROL_COMMAND_STATUS},
				 &answer, NULL),
		-ECONNREFUSED);
	unlink(server.path);
	rmdir(server.folder);
}

/* The longest answer passes, a byte more does not. */
static void test_size_bound(void **state)
{
	char *answer = malloc(CONTROL_PROTOCOL_ANSWER_MAX + 2);
	struct behaviour behaviour = {answer, CONTROL_PROTOCOL_ANSWER_MAX, 0, 0, {-1, -1}};
	int value;

	(void)state;
	memset(answer, ' ', CONTROL_PROTOCOL_ANSWER_MAX + 1);
	memcpy(answer, "{\"a\":1}", 7);
	answer[CONTROL_PROTOCOL_ANSWER_MAX - 1] = '\n';
	assert_int_equal(call(behaviour, &value), 0);
	assert_int_equal(value, 1);
	answer[CONTROL_PROTOCOL_ANSWER_MAX - 1] = ' ';
	answer[CONTROL_PROTOCOL_ANSWER_MAX] = '\n';
	behaviour.length++;
	assert_int_equal(call(behaviour, &value), -EMSGSIZE);
	free(answer);
}

static int open_descriptors(void)
{
	int count = 0;
	struct stat status;

	for (int fd = 0; fd < 256; fd++)
		count += fstat(fd, &status) == 0;
	return count;
}

static void test_descriptor(void **state)
{
	int before = open_descriptors(), page, value;
	struct behaviour behaviour = says("{\"a\":1}\n");
	struct json_object *answer;
	struct server server;
	char text[5] = {0};

	(void)state;
	behaviour.pass_fd[0] = memfd_create("page", MFD_CLOEXEC);
	behaviour.pass_fd[1] = memfd_create("other", MFD_CLOEXEC);
	assert_int_equal(write(behaviour.pass_fd[0], "page", 4), 4);
	server_start(&server, behaviour);
	assert_int_equal(
		control_protocol_call(server.path,
			&(struct control_request){.command = CONTROL_COMMAND_PAGE}, &answer, &page),
		0);
	server_stop(&server);
	json_object_put(answer);
	assert_int_equal(pread(page, text, 4, 0), 4);
	assert_string_equal(text, "page");
	close(page);
	/* Nobody wants it: closed, whether the answer is good or not. */
	assert_int_equal(call(behaviour, &value), 0);
	behaviour.answer = "[]\n";
	behaviour.length = 3;
	assert_int_equal(call(behaviour, &value), -EBADMSG);
	close(behaviour.pass_fd[0]);
	close(behaviour.pass_fd[1]);
	assert_int_equal(open_descriptors(), before);
	/* None came. */
	server_start(&server, says("{}\n"));
	assert_int_equal(
		control_protocol_call(server.path,
			&(struct control_request){.command = CONTROL_COMMAND_PAGE}, &answer, &page),
		0);
	server_stop(&server);
	assert_int_equal(page, -1);
	json_object_put(answer);
}

static void test_send(void **state)
{
	int pair[2];
	char text[8] = {0};

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	assert_int_equal(control_protocol_send(pair[0], "hello", 5, -1), 5);
	assert_int_equal(read(pair[1], text, sizeof(text)), 5);
	assert_string_equal(text, "hello");
	while (control_protocol_send(pair[0], "hello", 5, -1) > 0)
		;
	assert_int_equal(control_protocol_send(pair[0], "hello", 5, -1), -EAGAIN);
	close(pair[1]);
	assert_int_equal(control_protocol_send(pair[0], "hello", 5, -1), -EPIPE);
	close(pair[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_bad_requests),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_call),
		cmocka_unit_test(test_bad_answers),
		cmocka_unit_test(test_nobody_there),
		cmocka_unit_test(test_size_bound),
		cmocka_unit_test(test_descriptor),
		cmocka_unit_test(test_send),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
