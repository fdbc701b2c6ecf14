// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who we are to other servers: the reference ids of our addresses and what we serve, so that
 * control/exchange.h can refuse a server that takes its time from us (RFC 5905 sec. 9.2,
 * "loop"). Called by control/source.c for each reply; page and addresses are the daemon's.
 */
#ifndef CONTROL_OWN_REFERENCE_H
#define CONTROL_OWN_REFERENCE_H

#include <sys/socket.h>

#include "control/exchange.h"
#include "control/reference_id.h"
#include "dataplane/core/timepage.h"

struct own_reference {
	be32 ids[LOCALADDR_MAX + 1];
	struct exchange_own own; /* points to ids */
};

/* What we serve now, as another server would repeat it; page may be NULL. */
struct exchange_served own_reference_served(const struct timepage *page);

/* The ids for a server at this address; addresses may be NULL. own.served is the caller's. */
void own_reference_fill(struct own_reference *self, const struct localaddr_table *addresses,
	const struct sockaddr_storage *server);

#endif
