// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See client_table.h.
 */
#include "dataplane/state/client_table.h"

#include "dataplane/state/state_private.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/* A map beside the one that is pinned, then in its place: there is a table at every moment. */
static int state_replace_clients(struct state *state)
{
	struct state_failure failure;
	char path[STATE_PATH_MAX + 32], fresh[STATE_PATH_MAX + 40];
	int error;

	mapping_path(state, STATE_MAP_CLIENTS, path, sizeof(path));
	snprintf(fresh, sizeof(fresh), "%s_new", path);
	unlink(fresh); /* of a process that died in between */
	error = mapping_make(state, STATE_MAP_CLIENTS, fresh, &failure);
	if (!error && rename(fresh, path))
		error = -errno;
	if (error)
		unlink(fresh);
	return error;
}

int state_make_clients(
	const struct state *state, uint8_t sets_log2, struct state_clients *ret_clients)
{
	struct state fresh = *state;
	int error;

	fresh.client_sets = 1U << sets_log2;
	fresh.fd[STATE_MAP_CLIENTS] = -1;
	fresh.clients = NULL;
	error = fresh.directory[0] ? state_replace_clients(&fresh)
				   : mapping_private(&fresh, STATE_MAP_CLIENTS);
	if (error)
		mapping_drop(&fresh, STATE_MAP_CLIENTS);
	else
		*ret_clients = (struct state_clients){
			fresh.clients, fresh.fd[STATE_MAP_CLIENTS], fresh.client_sets};
	return error;
}

void state_swap_clients(struct state *state, struct state_clients *clients)
{
	struct state_clients before = {
		state->clients, state->fd[STATE_MAP_CLIENTS], state->client_sets};

	state->clients = clients->table;
	state->fd[STATE_MAP_CLIENTS] = clients->fd;
	state->client_sets = clients->sets;
	*clients = before;
}

void state_drop_clients(const struct state *state, struct state_clients *clients)
{
	struct state other = *state;

	state_swap_clients(&other, clients);
	mapping_drop(&other, STATE_MAP_CLIENTS);
}

int state_set_clients(struct state *state, uint8_t sets_log2)
{
	struct state_clients clients;
	int error;

	if (state->client_sets != 1U << sets_log2) {
		error = state_make_clients(state, sets_log2, &clients);
		if (error)
			return error;
		state_swap_clients(state, &clients);
		state_drop_clients(state, &clients);
	}
	state->settings->limit.sets_log2 = sets_log2;
	return 0;
}
