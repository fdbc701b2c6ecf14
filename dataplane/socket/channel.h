// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The engine's socket of one IP family: its options, and how it takes the port. For engine.c
 * alone.
 */
#ifndef SOCKET_CHANNEL_H
#define SOCKET_CHANNEL_H

#include <netinet/in.h>

#include "dataplane/core/byteorder.h"

union channel_address {
	struct sockaddr any;
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;
};

/* How a port is taken; engine.h has it for its callers. */
enum engine_share {
	ENGINE_ALONE,   /* all addresses, and nobody else has or gets the port */
	ENGINE_SHARED,  /* all addresses, beside another worker of ours */
	ENGINE_LOOPBACK /* 127.0.0.1 or ::1, beside workers on all addresses */
};

/* A bound socket, or a negative errno; -EADDRINUSE when another server has the port. */
int channel_open(int family, be16 port, enum engine_share share);

/* Workers of this account may have the port of a socket, too. 0 or a negative errno. */
int channel_share(int fd);

/* The DiffServ octet of what it sends. */
void channel_mark(int fd, int family, int traffic_class);

#endif
