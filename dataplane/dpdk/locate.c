// SPDX-License-Identifier: GPL-2.0-or-later
/* See locate.h. */
#include "dataplane/dpdk/locate.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <json-c/json.h>

#define REQUEST    "{\"command\":\"info\"}\n"
#define ANSWER_MAX 65536
#define TIME_OUT_S 2

static int connect_to(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct timeval limit = {.tv_sec = TIME_OUT_S};
	int fd, error;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	/* The limit to send holds for connecting, too. */
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == 0 &&
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0 &&
		connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	error = -errno;
	close(fd);
	return error;
}

/* The whole answer, up to the end of its line or of the connection. */
static int receive(int fd, char *text, size_t size)
{
	size_t length = 0;
	ssize_t count;

	do {
		count = recv(fd, text + length, size - 1 - length, 0);
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		length += (size_t)count;
		text[length] = '\0';
	} while (count != 0 && length < size - 1 && strchr(text, '\n') == NULL);
	return length == 0 ? -ECONNRESET : 0;
}

static int take_pindir(const char *text, char *ret_pindir, size_t size)
{
	struct json_object *answer = json_tokener_parse(text), *pindir = NULL;
	int error = 0;

	if (!json_object_is_type(answer, json_type_object) ||
		!json_object_object_get_ex(answer, "pindir", &pindir))
		error = -EBADMSG;
	else if (!json_object_is_type(pindir, json_type_string))
		error = -ENOTSUP;
	else if ((size_t)snprintf(ret_pindir, size, "%s", json_object_get_string(pindir)) >= size)
		error = -ENAMETOOLONG;
	json_object_put(answer);
	return error;
}

int locate_pindir(const char *socket_path, char *ret_pindir, size_t size)
{
	static char text[ANSWER_MAX];
	int error, fd = connect_to(socket_path);

	if (fd < 0)
		return fd;
	error = send(fd, REQUEST, strlen(REQUEST), MSG_NOSIGNAL) == (ssize_t)strlen(REQUEST)
			? receive(fd, text, sizeof(text))
			: -errno;
	close(fd);
	return error ? error : take_pindir(text, ret_pindir, size);
}
