/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See engine_list.h. */
#include "control/engine_list.h"

#include "control/clocks.h"
#include "control/json_add.h"

#include <json-c/json.h>
#include <math.h>

const char *engine_list_kind(uint32_t kind)
{
	return kind == ENGINE_DPDK ? "dpdk" : "unknown";
}

const char *engine_list_name(const char name[ENGINES_NAME_SIZE], char text[ENGINES_NAME_SIZE + 1])
{
	int i;

	for (i = 0; i < ENGINES_NAME_SIZE && name[i]; i++)
		text[i] = name[i];
	text[i] = '\0';
	for (i = 0; text[i]; i++)
		if (text[i] < ' ' || text[i] > '~' || text[i] == '"' || text[i] == '\\')
			text[i] = '?';
	return text;
}

static struct json_object *engine_object(const struct engine_entry *entry, uint64_t now_ns)
{
	struct json_object *object = json_object_new_object();
	struct json_object *counts = json_object_new_object();
	enum engine_state state = engine_table_state(entry, now_ns);
	char text[ENGINES_NAME_SIZE + 1];

	json_add_text(object, "kind", engine_list_kind(entry->kind));
	json_add_text(object, "port", engine_list_name(entry->port, text));
	json_add_text(object, "driver", engine_list_name(entry->driver, text));
	json_add_text(object, "state", engine_table_state_name(state));
	json_add_count(object, "pid", entry->pid);
	json_add_count(object, "queues", entry->queues);
	json_add_text(object, "exception", engine_list_name(entry->exception, text));
	json_add_text(object, "receive_stamps", entry->card_stamps ? "card" : "clock");
	json_add_number(object, "uptime_s",
		state == ENGINE_RUNNING ? (double)(now_ns - entry->started_ns) / 1e9 : NAN);
	json_add_number(object, "seen_s", (double)(int64_t)(now_ns - entry->heartbeat_ns) / 1e9);
#define COUNT(member, text) json_add_count(counts, #member, entry->count.member);
	ENGINES_COUNTS(COUNT)
#undef COUNT
	json_object_object_add(object, "counts", counts);
	return object;
}

struct json_object *engine_list_json(const struct state *state)
{
	struct json_object *list = json_object_new_array();
	uint64_t now_ns = clocks_mono_ns();

	for (int i = 0; i < ENGINES_MAX; i++)
		if (state->engines->entry[i].kind != ENGINE_NONE)
			json_object_array_add(
				list, engine_object(&state->engines->entry[i], now_ns));
	return list;
}
