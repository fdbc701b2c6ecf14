// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the modules of the shared state have between them: the table of maps, and where the memory
 * of one comes from (mapping.c): a BPF array and its pin, a file, or this process alone. For
 * state.c and its siblings; everybody else uses state.h.
 */
#ifndef STATE_STATE_PRIVATE_H
#define STATE_STATE_PRIVATE_H

#include "dataplane/state/state.h"

/* Notes on which object a call failed; returns error. */
int mapping_fail(struct state_failure *failure, const char *doing, const char *object, int error);

/* Path of a map's pin or file in the state's folder. */
void mapping_path(const struct state *state, enum state_map map, char *ret_path, size_t size);

/*
 * Makes a map of this layout, filled, then puts it at path: nobody sees it half made. -EEXIST:
 * another one has been put there meanwhile; mapping_drop() before anything else then.
 */
int mapping_make(
	struct state *state, enum state_map map, const char *path, struct state_failure *failure);

/* Maps what is at path. -ENOENT; -EPROTO: it is of another layout. */
int mapping_open(
	struct state *state, enum state_map map, const char *path, struct state_failure *failure);

/* Memory of this process alone, zeroed. */
int mapping_private(struct state *state, enum state_map map);

void mapping_drop(struct state *state, enum state_map map);

/* Fills a map that was just made (state.c). */
void state_init(struct state *state, enum state_map map);

/* Ordinary files instead of pins: is the folder not on a bpffs? False where there is no folder. */
bool mapping_in_files(const char *directory);

#endif
