// SPDX-License-Identifier: GPL-2.0-or-later
#include "control/client.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/clocks.h"
#include "control/endpoint.h"
#include "control/timestamping.h"
#include "dataplane/socket/datagram.h"

#define DATAGRAM_MAX   512 /* a longer one is cut, and rejected for its length */
#define DATAGRAMS_MAX  8   /* in one call: a flood must not keep the loop */
#define RECEIVE_BUFFER 16384

struct client {
	struct event_base *base;
	client_received received;
	void *arg;
	struct event *event; /* NULL: nothing was asked */
	int fd;
	unsigned generation; /* changes with the socket */
	struct sockaddr_storage server;
	struct clocks_pair before; /* the clocks when the request was not sent yet */
	uint64_t t1_raw_ns;
	bool stamping;                   /* what this socket sends is stamped */
	struct timestamping_stamps sent; /* and what has come of it */
	enum stamp t1_stamp;
	const struct timestamping_cards *cards; /* NULL: not wanted */
};

struct client *client_new(struct event_base *base, client_received received, void *arg)
{
	struct client *client = calloc(1, sizeof(*client));

	if (!client)
		return NULL;
	client->base = base;
	client->received = received;
	client->arg = arg;
	client->fd = -1;
	return client;
}

void client_close(struct client *client)
{
	if (client->event)
		event_free(client->event);
	if (client->fd >= 0)
		close(client->fd);
	client->event = NULL;
	client->fd = -1;
	client->generation++;
}

void client_free(struct client *client)
{
	if (!client)
		return;
	client_close(client);
	free(client);
}

void client_use_cards(struct client *client, const struct timestamping_cards *cards)
{
	client->cards = cards;
}

/* The word of kernel and card for T1, as soon as it is there. */
static void take_transmit_stamp(struct client *client)
{
	enum stamp best = client->cards ? STAMP_HARDWARE : STAMP_KERNEL, stamp;
	struct clocks_pair after;
	struct timestamping_event event = {&client->before, &after, client->cards, true};
	uint64_t raw_ns;

	if (!client->stamping || client->t1_stamp == best ||
		!timestamping_sent(client->fd, client->cards != NULL, &client->sent) ||
		clocks_read_pair(&after) < 0)
		return;
	stamp = timestamping_best(&client->sent, &event, &raw_ns);
	if (stamp <= client->t1_stamp)
		return;
	client->t1_raw_ns = raw_ns;
	client->t1_stamp = stamp;
}

/* The word of card or kernel for T4, or the time of reading it. */
static uint64_t receive_time(const struct client *client,
	const struct timestamping_datagram *datagram, enum stamp *ret_stamp)
{
	uint64_t raw_ns = clocks_raw_ns();
	struct clocks_pair after;
	struct timestamping_event event = {&client->before, &after, client->cards, false};

	*ret_stamp = clocks_read_pair(&after)
			     ? STAMP_CLOCK
			     : timestamping_best(&datagram->stamps, &event, &raw_ns);
	/* Both are within the noise of reading two clocks. */
	return raw_ns < client->t1_raw_ns ? client->t1_raw_ns : raw_ns;
}

static bool receive_one(struct client *client)
{
	uint8_t data[DATAGRAM_MAX];
	struct timestamping_datagram datagram = {.data = data, .size = sizeof(data)};
	struct exchange_reply reply;
	int ret = timestamping_receive(client->fd, &datagram);

	if (ret == -EAGAIN)
		return false;
	/* An ICMP message: anybody can send one, and the reply may still come. */
	if (ret < 0)
		return true;
	reply = (struct exchange_reply){
		.data = data,
		.length = datagram.length,
		.from_asked = endpoint_same(&datagram.from, &client->server),
		.t1_raw_ns = client->t1_raw_ns,
		.t1_stamp = client->t1_stamp,
	};
	reply.t4_raw_ns = receive_time(client, &datagram, &reply.t4_stamp);
	client->received(client->arg, &reply);
	return true;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct client *client = arg;
	unsigned generation = client->generation;
	bool stamped = client->t1_stamp != STAMP_CLOCK;
	struct timestamping_stamps later = {0};
	int i;

	(void)fd;
	(void)what;
	take_transmit_stamp(client);
	/* The callback may have closed this socket, and the next one may have its number. */
	for (i = 0; i < DATAGRAMS_MAX && client->generation == generation; i++)
		if (!receive_one(client))
			break;
	/* Woken by the error queue alone: what is left there would do so again. */
	if (i == 0 && stamped)
		(void)timestamping_sent(client->fd, client->cards != NULL, &later);
}

static int open_socket(struct client *client)
{
	int size = RECEIVE_BUFFER;

	client->fd = datagram_socket(client->server.ss_family);
	if (client->fd < 0)
		return client->fd;
	(void)setsockopt(client->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	/* Without stamps time is read here, which is later than it should be by some us. */
	client->stamping = timestamping_enable(client->fd, client->cards != NULL) == 0;
	client->event =
		event_new(client->base, client->fd, EV_READ | EV_PERSIST, on_readable, client);
	if (!client->event || event_add(client->event, NULL))
		return -ENOMEM;
	return 0;
}

int client_ask(struct client *client, const struct sockaddr_storage *server,
	const struct ntp_packet *packet)
{
	int ret;

	client_close(client);
	client->server = *server;
	ret = open_socket(client);
	if (!ret)
		ret = clocks_read_pair(&client->before);
	if (ret)
		goto fail;
	client->t1_stamp = STAMP_CLOCK;
	memset(&client->sent, 0, sizeof(client->sent));
	client->t1_raw_ns = clocks_raw_ns();
	if (sendto(client->fd, packet, sizeof(*packet), MSG_DONTWAIT | MSG_NOSIGNAL,
		    (const struct sockaddr *)server, endpoint_length(server)) < 0) {
		ret = -errno;
		goto fail;
	}
	/* Most drivers have stamped it by now: this saves the loop a wake-up. */
	take_transmit_stamp(client);
	return 0;
fail:
	client_close(client);
	return ret;
}
