/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The addresses of this host, read once and without netlink, for `ntpxdpd -n`: IPv4 by
 * SIOCGIFCONF, IPv6 from /proc/net/if_inet6. Loopback is left out as in addresses.h, which
 * follows changes where a data plane runs. Called by plane.c.
 */
#ifndef CONTROL_ADDRESSES_ONCE_H
#define CONTROL_ADDRESSES_ONCE_H

#include "control/config.h"
#include "dataplane/core/localaddr.h"

/*
 * Fills the table, of which nobody else is a writer, with the addresses of `serve` and of the
 * host. 0 or a negative errno; then the table is as it was.
 */
int addresses_once(struct localaddr_table *table, const struct config *config);

#endif
