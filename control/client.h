// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One request on its way and what comes back for it: a new UDP socket for each, on a
 * port that the kernel picks at random (RFC 9109), with the kernel's stamps
 * (control/timestamping.h) where they can be had and believed. Not connected: what others send
 * there is handed on, too, to be counted. Runs in the caller's libevent loop; the caller
 * (control/source.c) judges and decides how long to wait.
 */
#ifndef CONTROL_CLIENT_H
#define CONTROL_CLIENT_H

#include <event2/event.h>
#include <sys/socket.h>

#include "control/exchange.h"

struct client;
struct timestamping_cards;

/* A datagram came; valid during the call, which may ask again, close, but not free the client. */
typedef void (*client_received)(void *arg, const struct exchange_reply *reply);

/* NULL and errno ENOMEM. */
struct client *client_new(struct event_base *base, client_received received, void *arg);
void client_free(struct client *client);

/* Stamps of cards are wanted too, from the next request on; `cards` outlives the client. NULL: not.
 */
void client_use_cards(struct client *client, const struct timestamping_cards *cards);

/* Sends the packet; what was asked before is closed. 0 or a negative errno. */
int client_ask(struct client *client, const struct sockaddr_storage *server,
	const struct ntp_packet *packet);

/* Stops listening. */
void client_close(struct client *client);

#endif
