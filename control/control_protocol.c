// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The control socket's framing and the client's side of a call; control_protocol.h is the manual.
 */
#include "control/control_protocol.h"

#include <errno.h>
#include <json-c/json.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static const char *const names[CONTROL_COMMANDS] = {
#define X(symbol, name) [CONTROL_COMMAND_##symbol] = name,
	CONTROL_PROTOCOL_COMMANDS(X)
#undef X
};

/* Deeper nesting than any message of ours; bounds what a hostile request can make json-c do. */
#define NESTING_MAX 8

/* Descriptors that a peer may send with one message; all but the first are closed. */
#define DESCRIPTORS_MAX 8

const char *control_protocol_name(enum control_command command)
{
	return (unsigned)command < CONTROL_COMMANDS ? names[command] : NULL; /* no 0 in the table */
}

/* The one JSON object that fills the whole line, or NULL. */
static struct json_object *parse_object(const char *line, size_t length)
{
	struct json_tokener *tokener = json_tokener_new_ex(NESTING_MAX);
	struct json_object *object = NULL;

	while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r'))
		length--;
	if (tokener == NULL || length == 0)
		goto out;
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	object = json_tokener_parse_ex(tokener, line, (int)length);
	if (json_tokener_get_error(tokener) != json_tokener_success ||
		json_tokener_get_parse_end(tokener) != length ||
		!json_object_is_type(object, json_type_object)) {
		json_object_put(object);
		object = NULL;
	}
out:
	if (tokener != NULL)
		json_tokener_free(tokener);
	return object;
}

int control_protocol_parse(const char *line, size_t length, enum control_command *ret_command,
	struct json_object **ret_request)
{
	struct json_object *request, *word;
	int error = -EOPNOTSUPP;

	if (length > CONTROL_PROTOCOL_REQUEST_MAX)
		return -EMSGSIZE;
	request = parse_object(line, length);
	if (!json_object_object_get_ex(request, "command", &word) ||
		!json_object_is_type(word, json_type_string)) {
		json_object_put(request);
		return -EBADMSG;
	}
	for (int i = CONTROL_COMMAND_NONE + 1; i < CONTROL_COMMANDS; i++) {
		if (strcmp(json_object_get_string(word), names[i]) == 0) {
			*ret_command = (enum control_command)i;
			error = 0;
		}
	}
	if (error == 0 && ret_request != NULL)
		*ret_request = request;
	else
		json_object_put(request);
	return error;
}

struct json_object *control_protocol_error(const char *format, ...)
{
	struct json_object *object;
	va_list arguments;
	char *text = NULL;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0)
		return NULL;
	object = json_object_new_object();
	if (object != NULL)
		json_object_object_add(object, "error", json_object_new_string(text));
	free(text);
	return object;
}

const char *control_protocol_failure(struct json_object *answer)
{
	struct json_object *text;

	if (!json_object_object_get_ex(answer, "error", &text))
		return NULL;
	return json_object_get_string(text);
}

int control_protocol_format(
	struct json_object *object, size_t limit, char **ret_line, size_t *ret_length)
{
	size_t length = 0;
	const char *text = json_object_to_json_string_length(
		object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &length);
	char *line;

	if (text == NULL)
		return -ENOMEM;
	if (length + 1 > limit)
		return -EMSGSIZE;
	line = malloc(length + 2);
	if (line == NULL)
		return -ENOMEM;
	memcpy(line, text, length);
	memcpy(line + length, "\n", 2);
	*ret_line = line;
	*ret_length = length + 1;
	return 0;
}

long control_protocol_send(int fd, const char *data, size_t length, int pass_fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec vector = {.iov_base = (void *)data, .iov_len = length};
	struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
	ssize_t sent;

	if (pass_fd >= 0) {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &pass_fd, sizeof(pass_fd));
	}
	do {
		sent = sendmsg(fd, &message, MSG_NOSIGNAL);
	} while (sent < 0 && errno == EINTR);
	return sent < 0 ? -errno : (long)sent;
}

static int connect_to(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd, error;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path) + 1);
	/* Non-blocking: a full backlog is then -EAGAIN at once, where a blocking connect hangs. */
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
		error = -errno;
		close(fd);
		return error;
	}
	return fd;
}

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000L + now.tv_nsec / 1000000;
}

/* Wait for events until deadline_ms; 0 or a negative errno. */
static int wait_for(int fd, short events, long deadline_ms)
{
	struct pollfd entry = {.fd = fd, .events = events};
	int count;

	do {
		long left_ms = deadline_ms - now_ms();

		if (left_ms <= 0)
			return -ETIMEDOUT;
		count = poll(&entry, 1, (int)left_ms);
	} while (count < 0 && errno == EINTR);
	if (count < 0)
		return -errno;
	return count == 0 ? -ETIMEDOUT : 0;
}

/* Keep the first descriptor that a message brought in *fd, close all others. */
static void take_descriptors(struct msghdr *message, int *fd)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
		size_t count;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < count; i++) {
			int one;

			memcpy(&one, CMSG_DATA(c) + i * sizeof(int), sizeof(one));
			if (*fd < 0)
				*fd = one;
			else
				close(one);
		}
	}
}

static ssize_t receive(int socket_fd, char *data, size_t size, int *fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(DESCRIPTORS_MAX * sizeof(int))];
	} control;
	struct iovec vector = {.iov_base = data, .iov_len = size};
	struct msghdr message = {
		.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t count = recvmsg(socket_fd, &message, MSG_CMSG_CLOEXEC);

	if (count < 0)
		return -errno;
	take_descriptors(&message, fd);
	return count;
}

/* Read up to the first '\n'; the memory of *ret_line is the caller's. */
static int read_line(int socket_fd, long deadline_ms, char **ret_line, int *fd)
{
	/* Doubled from here to exactly the limit, and one byte for the '\0'. */
	size_t length = 0, size = CONTROL_PROTOCOL_REQUEST_MAX;
	char *line = malloc(size + 1), *larger;
	int error = line == NULL ? -ENOMEM : 0;

	while (error == 0) {
		ssize_t count;

		error = wait_for(socket_fd, POLLIN, deadline_ms);
		if (error != 0)
			break;
		count = receive(socket_fd, line + length, size - length, fd);
		if (count == -EAGAIN || count == -EINTR)
			continue;
		if (count <= 0) {
			error = count == 0 ? -ECONNRESET : (int)count;
			break;
		}
		length += (size_t)count;
		line[length] = '\0';
		if (memchr(line + length - count, '\n', (size_t)count) != NULL) {
			*ret_line = line;
			return 0;
		}
		if (length < size)
			continue;
		size *= 2;
		larger = size > CONTROL_PROTOCOL_ANSWER_MAX ? NULL : realloc(line, size + 1);
		if (larger == NULL)
			error = size > CONTROL_PROTOCOL_ANSWER_MAX ? -EMSGSIZE : -ENOMEM;
		else
			line = larger;
	}
	free(line);
	return error;
}

/* The line of a request, which the caller frees. */
static int format_request(
	const struct control_request *request, char **ret_line, size_t *ret_length)
{
	const char *name = control_protocol_name(request->command);
	struct json_object *object = json_object_new_object();
	int error = name == NULL ? -EOPNOTSUPP : -ENOMEM;

	if (object == NULL || name == NULL) {
		json_object_put(object);
		return error;
	}
	json_object_object_add(object, "command", json_object_new_string(name));
	if (request->arguments != NULL) {
		json_object_object_foreach(request->arguments, key, value)
		{
			json_object_object_add(object, key, json_object_get(value));
		}
	}
	error = control_protocol_format(object, CONTROL_PROTOCOL_REQUEST_MAX, ret_line, ret_length);
	json_object_put(object);
	return error;
}

static int send_request(int fd, const struct control_request *request, long deadline_ms)
{
	size_t length = 0, done = 0;
	char *line = NULL;
	int error = format_request(request, &line, &length);

	while (error == 0 && done < length) {
		long sent;

		error = wait_for(fd, POLLOUT, deadline_ms);
		if (error != 0)
			break;
		sent = control_protocol_send(fd, line + done, length - done, -1);
		if (sent < 0 && sent != -EAGAIN)
			error = sent == -EPIPE ? -ECONNRESET : (int)sent;
		done += sent > 0 ? (size_t)sent : 0;
	}
	free(line);
	return error;
}

int control_protocol_call(const char *path, const struct control_request *request,
	struct json_object **ret_answer, int *ret_fd)
{
	long deadline_ms = now_ms() + CONTROL_PROTOCOL_TIMEOUT_MS;
	struct json_object *answer = NULL;
	char *line = NULL;
	int page_fd = -1, fd, error;

	fd = connect_to(path);
	if (fd < 0)
		return fd == -EAGAIN ? -ETIMEDOUT : fd;
	error = send_request(fd, request, deadline_ms);
	if (error == 0)
		error = read_line(fd, deadline_ms, &line, &page_fd);
	close(fd);
	if (error == 0) {
		answer = parse_object(line, strcspn(line, "\n"));
		error = answer == NULL ? -EBADMSG : 0;
	}
	free(line);
	if (error == 0 && ret_fd != NULL) {
		*ret_fd = page_fd;
		page_fd = -1;
	}
	if (page_fd >= 0)
		close(page_fd);
	if (error == 0)
		*ret_answer = answer;
	return error;
}

const char *control_protocol_page_state(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_SERVED:
		return "valid";
	case VERDICT_PASS_UNSYNCHRONISED:
		return "not synchronised";
	case VERDICT_PASS_PAGE_EXPIRED:
		return "expired";
	case VERDICT_PASS_PAGE_UNWRITTEN:
		return "never written";
	case VERDICT_PASS_PAGE_TORN:
		return "changing";
	default:
		return "of another layout";
	}
}
