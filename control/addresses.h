// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Follows the addresses and the interfaces of this host by rtnetlink (libmnl)
 * and keeps the shared address table and the MAC addresses in the interface
 * table up to date, so that the programs answer for this host and nobody else.
 *
 * The daemon follows changes; `ntpxdp attach` without a daemon fills the table
 * once. Addresses of `serve` lines are added to those of the host. Not in the
 * table: loopback (no frame carries it), tentative and failed IPv6 addresses
 * (not yet, or never, ours: RFC 4862 sec. 5.4).
 */
#ifndef CONTROL_ADDRESSES_H
#define CONTROL_ADDRESSES_H

#include <stdbool.h>
#include <stddef.h>

#include "control/config.h"
#include "dataplane/state/state.h"

struct addresses;

/*
 * Reads all addresses and links once and fills the tables of the state, which
 * must be writable and outlive the object. What the settings say of addresses is copied: `serve`
 * lines, and which of the host's own are answered (config_answered.h). NULL and errno.
 */
struct addresses *addresses_new(struct state *state, const struct config *config);
void addresses_free(struct addresses *addresses);

/* Descriptor to wait for: readable when something changed. Owned by the object. */
int addresses_descriptor(const struct addresses *addresses);

/* Reads what changed and updates the tables. 0 or a negative errno; a lost message (-ENOBUFS)
 * has been made up for by reading everything again. */
int addresses_handle(struct addresses *addresses);

/* Other lines about addresses, after the settings were read again. */
int addresses_set(struct addresses *addresses, const struct config *config);

/* False: there are more than LOCALADDR_MAX, broadcast addresses among them. `serve` addresses and
 * those that the kernel names first are in the table; requests to others go to the kernel. */
bool addresses_complete(const struct addresses *addresses);

/* Number of unicast addresses answered for. */
size_t addresses_count(const struct addresses *addresses);

/* Is this one of the host's own, answered for or not? bytes in network order, 4 or 16 by family.
 * For loop detection. */
bool addresses_own(const struct addresses *addresses, int family, const void *bytes);

#endif
