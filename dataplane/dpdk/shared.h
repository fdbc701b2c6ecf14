// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The state that this engine shares with the daemon: found, opened, and opened again when the
 * daemon has put another one, or another client table, in its place.
 */
#ifndef DPDK_SHARED_H
#define DPDK_SHARED_H

#include <sys/types.h>

#include "dataplane/dpdk/options.h"
#include "dataplane/state/state.h"

struct shared {
	struct state *state;
	char pindir[STATE_PATH_MAX];
	ino_t page, clients; /* of the pins that are open */
};

/* Finds and opens. 0 or a negative errno, said. */
int shared_open(const struct dpdk_options *options, struct shared *ret_shared);

/* Are there other pins than those that are open? Not where there are none. */
bool shared_replaced(const struct shared *shared);

/* Opens what is there now; the old state is the caller's to close. 0 or a negative errno. */
int shared_reopen(struct shared *shared, struct state **ret_old);

#endif
