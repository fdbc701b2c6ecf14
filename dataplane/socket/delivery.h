// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the kernel tells beside a datagram, in control messages: the address and
 * interface it was sent to, and when it came. And the way back: the control message
 * that makes a reply leave from that address. For engine.c alone.
 */
#ifndef SOCKET_DELIVERY_H
#define SOCKET_DELIVERY_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define DELIVERY_CONTROL_SIZE     192 /* room for all that is asked for */
#define DELIVERY_LOOPBACK_IFINDEX 1   /* in every network namespace */

struct delivery {
	int64_t stamp_real_ns; /* CLOCK_REALTIME; 0: not stamped */
	int ifindex;
	int family;    /* of the destination; AF_UNSPEC: not told */
	bool to_group; /* the destination is a multicast or broadcast address */
	struct in_addr ipv4;
	struct in6_addr ipv6;
};

/* Asks for all of it. 0 or a negative errno. */
int delivery_enable(int fd, int family);

void delivery_read(struct msghdr *message, struct delivery *ret_delivery);

/* Writes the control message for the reply; control is aligned for one. Returns its length. */
size_t delivery_write(const struct delivery *delivery, char control[DELIVERY_CONTROL_SIZE]);

#endif
