/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's end of the control socket; see control_server.h. One struct client for each
 * connection: first it collects the request line, then it sends the answer, and one timer
 * ends it whatever it does.
 */
#include "control/control_server.h"

#include <errno.h>
#include <event2/event.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct client {
	struct control_server *server;
	struct event *io, *deadline;
	int fd;
	int pass_fd; /* descriptor to go with the first byte, -1: none left */
	char request[CONTROL_PROTOCOL_REQUEST_MAX];
	size_t request_length;
	char *answer;
	size_t answer_length, sent;
};

struct control_server {
	struct event_base *base;
	struct control_server_handler handler;
	struct client *clients[CONTROL_SERVER_CLIENTS];
	struct event *event;
	int fd;
	struct sockaddr_un address;
	dev_t device; /* of the socket made, to remove no other */
	ino_t inode;
};

static void client_free(struct client *client)
{
	struct client **clients = client->server->clients;

	for (int i = 0; i < CONTROL_SERVER_CLIENTS; i++)
		if (clients[i] == client)
			clients[i] = NULL;
	if (client->io)
		event_free(client->io);
	if (client->deadline)
		event_free(client->deadline);
	if (client->pass_fd >= 0)
		close(client->pass_fd);
	close(client->fd);
	free(client->answer);
	free(client);
}

static void client_expired(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	client_free(arg);
}

static void client_writable(evutil_socket_t fd, short what, void *arg)
{
	struct client *client = arg;
	long sent = control_protocol_send(fd, client->answer + client->sent,
		client->answer_length - client->sent, client->pass_fd);

	(void)what;
	if (sent == -EAGAIN)
		return;
	if (sent > 0) {
		client->sent += (size_t)sent;
		if (client->pass_fd >= 0)
			close(client->pass_fd);
		client->pass_fd = -1;
	}
	if (sent <= 0 || client->sent == client->answer_length)
		client_free(client);
}

/* Does root ask, or the account that this process runs as? */
static bool is_privileged(int fd)
{
	struct ucred peer;
	socklen_t length = sizeof(peer);

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) &&
	       (peer.uid == 0 || peer.uid == geteuid());
}

/* The answer to the request line that has come. */
static struct json_object *client_answer(struct client *client, size_t length)
{
	const struct control_server_handler *handler = &client->server->handler;
	struct control_request request = {.privileged = is_privileged(client->fd)};
	struct json_object *answer;

	switch (control_protocol_parse(
		client->request, length, &request.command, &request.arguments)) {
	case 0:
		answer = handler->answer(handler->arg, &request, &client->pass_fd);
		json_object_put(request.arguments);
		return answer;
	case -EOPNOTSUPP:
		return control_protocol_error("this daemon does not know that command");
	case -EMSGSIZE:
		return control_protocol_error(
			"request is longer than %u bytes", CONTROL_PROTOCOL_REQUEST_MAX);
	default:
		return control_protocol_error("request is not a JSON object with a command");
	}
}

/* Turns from reading to writing; frees the client when that fails. */
static void client_reply(struct client *client, size_t length)
{
	struct json_object *answer = client_answer(client, length);
	int err = answer ? control_protocol_format(answer, CONTROL_PROTOCOL_ANSWER_MAX,
				   &client->answer, &client->answer_length)
			 : -ENOMEM;

	json_object_put(answer);
	event_free(client->io);
	client->io = event_new(
		client->server->base, client->fd, EV_WRITE | EV_PERSIST, client_writable, client);
	if (err || !client->io || event_add(client->io, NULL))
		client_free(client);
}

static void client_readable(evutil_socket_t fd, short what, void *arg)
{
	struct client *client = arg;
	size_t room = sizeof(client->request) - client->request_length;
	ssize_t got = recv(fd, client->request + client->request_length, room, 0);
	char *end;

	(void)what;
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		client_free(client);
		return;
	}
	client->request_length += (size_t)got;
	end = memchr(client->request, '\n', client->request_length);
	if (end)
		client_reply(client, (size_t)(end - client->request) + 1);
	else if (client->request_length == sizeof(client->request))
		client_reply(client, client->request_length + 1); /* too long: says so */
}

static int client_start(struct control_server *server, int fd, struct client **slot)
{
	const struct timeval limit = {
		CONTROL_PROTOCOL_TIMEOUT_MS / 1000, CONTROL_PROTOCOL_TIMEOUT_MS % 1000 * 1000};
	struct client *client = calloc(1, sizeof(*client));

	if (!client)
		return -ENOMEM;
	client->server = server;
	client->fd = fd;
	client->pass_fd = -1;
	client->io = event_new(server->base, fd, EV_READ | EV_PERSIST, client_readable, client);
	client->deadline = event_new(server->base, -1, 0, client_expired, client);
	*slot = client;
	if (!client->io || !client->deadline || event_add(client->io, NULL) ||
		event_add(client->deadline, &limit))
		client_free(client);
	return 0;
}

static void server_readable(evutil_socket_t listener, short what, void *arg)
{
	struct control_server *server = arg;
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)what;
	if (fd < 0)
		return;
	for (int i = 0; i < CONTROL_SERVER_CLIENTS; i++) {
		if (server->clients[i])
			continue;
		if (client_start(server, fd, &server->clients[i]))
			close(fd);
		return;
	}
	close(fd);
}

/* Does anybody listen at the address? What is left of the dead refuses. */
static bool answers(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool connected;

	if (fd < 0)
		return false;
	connected =
		!connect(fd, (const struct sockaddr *)address, sizeof(*address)) || errno == EAGAIN;
	close(fd);
	return connected;
}

/* Removes a socket that nobody answers at; leaves anything else. */
static int clear_path(const struct sockaddr_un *address)
{
	struct stat st;

	if (lstat(address->sun_path, &st))
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	if (answers(address))
		return -EADDRINUSE;
	return unlink(address->sun_path) ? -errno : 0;
}

static int server_listen(struct control_server *server)
{
	const struct sockaddr_un *address = &server->address;
	struct stat st;
	int err = clear_path(address);

	if (err)
		return err;
	server->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (server->fd < 0)
		return -errno;
	if (bind(server->fd, (const struct sockaddr *)address, sizeof(*address)))
		return -errno;
	if (lstat(address->sun_path, &st))
		return -errno;
	server->device = st.st_dev;
	server->inode = st.st_ino;
	if (chmod(address->sun_path, CONTROL_PROTOCOL_MODE) ||
		listen(server->fd, CONTROL_SERVER_CLIENTS))
		return -errno;
	server->event =
		event_new(server->base, server->fd, EV_READ | EV_PERSIST, server_readable, server);
	if (!server->event || event_add(server->event, NULL))
		return -ENOMEM;
	return 0;
}

int control_server_new(struct event_base *base, const char *path,
	const struct control_server_handler *handler, struct control_server **ret_server)
{
	struct control_server *server;
	int err;

	if (strlen(path) >= sizeof(server->address.sun_path))
		return -ENAMETOOLONG;
	server = calloc(1, sizeof(*server));
	if (!server)
		return -ENOMEM;
	server->base = base;
	server->handler = *handler;
	server->fd = -1;
	server->address.sun_family = AF_UNIX;
	strcpy(server->address.sun_path, path);
	err = server_listen(server);
	if (err) {
		control_server_free(server);
		return err;
	}
	*ret_server = server;
	return 0;
}

void control_server_free(struct control_server *server)
{
	struct stat st;

	if (!server)
		return;
	for (int i = 0; i < CONTROL_SERVER_CLIENTS; i++)
		if (server->clients[i])
			client_free(server->clients[i]);
	if (server->event)
		event_free(server->event);
	if (server->fd >= 0)
		close(server->fd);
	if (server->inode && !lstat(server->address.sun_path, &st) && st.st_dev == server->device &&
		st.st_ino == server->inode)
		unlink(server->address.sun_path);
	free(server);
}

int control_server_give(struct control_server *server, unsigned int uid, unsigned int gid)
{
	return lchown(server->address.sun_path, uid, gid) ? -errno : 0;
}
