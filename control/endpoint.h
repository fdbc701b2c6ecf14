// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * UDP endpoints: an IPv4 or IPv6 address and a port in the form that the socket calls take. Pure.
 * Used by all that asks servers; the structs are the caller's and hold AF_INET or AF_INET6.
 */
#ifndef CONTROL_ENDPOINT_H
#define CONTROL_ENDPOINT_H

#include <stdbool.h>
#include <sys/socket.h>

/* What the socket calls want to know beside the pointer. */
socklen_t endpoint_length(const struct sockaddr_storage *endpoint);

/* Same address and port; of link-local addresses also the same interface (RFC 4007 sec. 6). */
bool endpoint_same(const struct sockaddr_storage *a, const struct sockaddr_storage *b);

/* An address that means whichever host it is used on. */
bool endpoint_is_loopback(const struct sockaddr_storage *endpoint);

#endif
