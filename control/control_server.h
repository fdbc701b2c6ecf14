/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's end of the control socket: accepts, reads one request line, sends one answer
 * line, closes. Words and framing are control_protocol's; what is answered comes from the
 * handler (report.c). Clients are bounded in number and in time, and can only read.
 * Owned by the daemon; runs in its event loop; logs nothing.
 */
#ifndef CONTROL_CONTROL_SERVER_H
#define CONTROL_CONTROL_SERVER_H

#include "control/control_protocol.h"

struct event_base;
struct control_server;

/* Clients at once; more are closed unanswered. */
#define CONTROL_SERVER_CLIENTS 32

struct control_server_handler {
	/*
	 * Makes the answer to a command: a new object, which the server puts; NULL without
	 * memory. A descriptor to send along goes to ret_fd and is closed by the server.
	 */
	struct json_object *(*answer)(
		void *arg, const struct control_request *request, int *ret_fd);
	void *arg;
};

/*
 * Listens at path. What is left there of a daemon that died is replaced; one that answers is
 * not: -EADDRINUSE. 0 or a negative errno. Owner and group of the socket are the process'.
 */
int control_server_new(struct event_base *base, const char *path,
	const struct control_server_handler *handler, struct control_server **ret_server);

/* Closes all clients and removes the socket if it is still ours. NULL is allowed. */
void control_server_free(struct control_server *server);

/* Gives the socket to an account, before privileges are dropped. 0 or a negative errno. */
int control_server_give(struct control_server *server, unsigned int uid, unsigned int gid);

#endif
