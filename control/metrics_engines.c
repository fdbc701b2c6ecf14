/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows about the engines that stand in the table of engines (dataplane/state/engine_table.h); see
 * metrics_private.h.
 */
#include "control/metrics_private.h"

#include "control/engine_list.h"

/* Calls write for each engine that runs, or was there before. */
static void each_engine(const struct metrics_out *out,
	void (*write)(const struct metrics_out *out, const struct engine_entry *entry))
{
	const struct engine_table *table = out->input->snapshot->parts.state->engines;

	for (int i = 0; i < ENGINES_MAX; i++)
		if (table->entry[i].kind != ENGINE_NONE)
			write(out, &table->entry[i]);
}

static void write_running(const struct metrics_out *out, const struct engine_entry *entry)
{
	char port[ENGINES_NAME_SIZE + 1];

	metrics_sample(out,
		engine_table_state(entry, out->input->snapshot->now_ns) == ENGINE_RUNNING,
		"engine=\"%s\",port=\"%s\"", engine_list_kind(entry->kind),
		engine_list_name(entry->port, port));
}

void metrics_write_engine_running(const struct metrics_out *out)
{
	each_engine(out, write_running);
}

static void write_frames(const struct metrics_out *out, const struct engine_entry *entry)
{
	char port[ENGINES_NAME_SIZE + 1];

	engine_list_name(entry->port, port);
#define SAMPLE(member, text)                                                                       \
	metrics_sample(out, (double)entry->count.member, "engine=\"%s\",port=\"%s\",what=\"%s\"",  \
		engine_list_kind(entry->kind), port, #member);
	ENGINES_COUNTS(SAMPLE)
#undef SAMPLE
}

void metrics_write_engine_frames(const struct metrics_out *out)
{
	each_engine(out, write_frames);
}
