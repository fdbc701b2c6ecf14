/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * own_address: is an address one of this host's, and will it stay? Asked from the kernel by
 * rtnetlink. No state, prints nothing. For `ntpxdp poolcheck`.
 */
#ifndef CONTROL_CLI_OWN_ADDRESS_H
#define CONTROL_CLI_OWN_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

enum own_address {
	OWN_ADDRESS_UNKNOWN,   /* the kernel did not say */
	OWN_ADDRESS_FOREIGN,   /* not on this host */
	OWN_ADDRESS_PERMANENT, /* for ever, until somebody takes it away */
	OWN_ADDRESS_DYNAMIC,   /* it has a lifetime: DHCP, or a router's advertisement (RFC 4862) */
	OWN_ADDRESS_TEMPORARY, /* a privacy address (RFC 8981) */
};

/* IPv4 and IPv6. */
enum own_address own_address_of(const struct sockaddr_storage *address);

/* Does one of this host's interfaces have it? */
bool own_address_is_own(enum own_address own);

#endif
