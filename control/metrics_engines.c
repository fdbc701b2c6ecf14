/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See metrics_engines.h. */
#include "control/metrics_engines.h"

#include "control/clocks.h"
#include "control/engine_list.h"

#include <event2/buffer.h>

void metrics_engines_running(struct evbuffer *out, const char *metric, const struct state *state)
{
	uint64_t now_ns = clocks_mono_ns();

	for (int i = 0; i < ENGINES_MAX; i++) {
		const struct engine_entry *entry = &state->engines->entry[i];
		char port[ENGINES_NAME_SIZE + 1];

		if (entry->kind != ENGINE_NONE)
			evbuffer_add_printf(out, "%s{engine=\"%s\",port=\"%s\"} %d\n", metric,
				engine_list_kind(entry->kind), engine_list_name(entry->port, port),
				engine_table_state(entry, now_ns) == ENGINE_RUNNING);
	}
}

void metrics_engines_frames(struct evbuffer *out, const char *metric, const struct state *state)
{
	for (int i = 0; i < ENGINES_MAX; i++) {
		const struct engine_entry *entry = &state->engines->entry[i];
		char port[ENGINES_NAME_SIZE + 1];

		if (entry->kind == ENGINE_NONE)
			continue;
		engine_list_name(entry->port, port);
#define SAMPLE(member, text)                                                                       \
	evbuffer_add_printf(out, "%s{engine=\"%s\",port=\"%s\",what=\"%s\"} %llu\n", metric,       \
		engine_list_kind(entry->kind), port, #member,                                      \
		(unsigned long long)entry->count.member);
		ENGINES_COUNTS(SAMPLE)
#undef SAMPLE
	}
}
