// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Questions about the server itself: mode 6 of NTP (RFC 9327), which ntpq asks. Which of them the
 * socket engine hands on, and how many: those from a loopback address over the loopback interface,
 * where the rules by address do not say `noquery` or `ignore` of it, and only so many a second. All
 * others are judged as any datagram is (reply.h), and met with silence.
 *
 * What is answered is control's, by the handler. Pure; called by engine.c alone.
 */
#ifndef SOCKET_QUERY_H
#define SOCKET_QUERY_H

#include "dataplane/socket/reply.h"

#define SOCKET_QUERY_HEADER 12  /* RFC 9327 sec. 2: octets before the data */
#define SOCKET_QUERY_PER_S  500 /* some 90 us each with the system calls: 5 % of a core */

/* One question. The handler may send any number of datagrams back to where it came from. */
struct socket_query {
	const uint8_t *data; /* of the whole datagram */
	size_t length;       /* SOCKET_QUERY_HEADER at least */
	void (*send)(void *to, const void *datagram, size_t length);
	void *to;
};

struct socket_query_handler {
	void (*answer)(void *arg, const struct socket_query *query); /* NULL: silence */
	void *arg;
};

/* All zeros at the start. */
struct socket_query_limit {
	uint64_t second_ns; /* when the current one began */
	unsigned count;     /* in it */
};

/* May this datagram be handed on? Not by how many there were. */
bool socket_query_allowed(const struct socket_shared *shared, const struct socket_request *request);

/* One more at now_ns (CLOCK_MONOTONIC); false when that is too many. */
bool socket_query_within(struct socket_query_limit *limit, uint64_t now_ns);

#endif
