// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The reference id that stands for a server at whose time we are: its IPv4
 * address, or the first four octets of the MD5 of its IPv6 address (RFC 5905 sec.
 * 7.3). Used to name the selected source in our replies, and to find our own
 * addresses in those of others: a server that follows us must not be followed.
 */
#ifndef CONTROL_REFERENCE_ID_H
#define CONTROL_REFERENCE_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "dataplane/core/byteorder.h"
#include "dataplane/core/localaddr.h"

/* Of a socket address, AF_INET or AF_INET6. */
be32 reference_id_of(const struct sockaddr_storage *address);

/* The address that this host sends from to another, by the kernel's routing table; sends nothing.
 * False where it has no way there. */
bool reference_id_own_address(const struct sockaddr_storage *to, struct sockaddr_storage *ret_own);

/* Of the address that this host sends from to another; zero where it has no way there. */
be32 reference_id_towards(const struct sockaddr_storage *address);

/*
 * Those of all addresses of this host, at most LOCALADDR_MAX, the size of ret_list.
 * Returns their number. Loopback addresses are not among them: they mean another
 * host in each server's mouth.
 */
size_t reference_id_list(const struct localaddr_table *addresses, be32 ret_list[LOCALADDR_MAX]);

#endif
