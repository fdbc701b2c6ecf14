/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine_list: the engines beside XDP program and socket that use the state (engine_table.h), as
 * the list "engines" of "status": one for the daemon and for the command that reads the pins
 * itself.
 */
#ifndef CONTROL_ENGINE_LIST_H
#define CONTROL_ENGINE_LIST_H

#include "dataplane/state/state.h"

struct json_object;

/* A new array, as control_commands.h has it. */
struct json_object *engine_list_json(const struct state *state);

/* "dpdk" */
const char *engine_list_kind(uint32_t kind);

/* A name out of the shared memory: ended, and without what a label must not hold. Returns text. */
const char *engine_list_name(const char name[ENGINES_NAME_SIZE], char text[ENGINES_NAME_SIZE + 1]);

#endif
