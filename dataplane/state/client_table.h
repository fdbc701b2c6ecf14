// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Another client table for a state: of another size, or none. What stands in it is
 * dataplane/core/clients.h's, who reads and clears it dataplane/state/clients.h's.
 */
#ifndef STATE_CLIENT_TABLE_H
#define STATE_CLIENT_TABLE_H

#include "dataplane/state/state.h"

/* A table that is not, or not any more, the state's. */
struct state_clients {
	struct client_set *table;
	int fd; /* -1 in private memory */
	uint32_t sets;
};

/*
 * In three steps, for who has readers of the table in its own process: to make a table and to drop
 * one takes time, and only the swap wants that nobody reads. A new table is empty, and programs
 * have to be loaded anew to use it: one that has the old map finds no set, and limits nothing. The
 * number of sets in the settings is the caller's to write.
 * state_make_clients() fills ret_clients with one of 2^sets_log2 sets, or none (0), which stands in
 * the pin's place; 0 or a negative errno. state_swap_clients() makes it the state's; what that had
 * is in *clients then, to be dropped.
 */
int state_make_clients(
	const struct state *state, uint8_t sets_log2, struct state_clients *ret_clients);
void state_swap_clients(struct state *state, struct state_clients *clients);
void state_drop_clients(const struct state *state, struct state_clients *clients);

/* All three at once, where nobody reads; a table of that size stays. Notes it in the settings. 0 or
 * a negative errno. */
int state_set_clients(struct state *state, uint8_t sets_log2);

#endif
