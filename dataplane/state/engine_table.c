// SPDX-License-Identifier: GPL-2.0-or-later
/* Joining and leaving the table of engines; see engine_table.h. */
#include "dataplane/state/engine_table.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "dataplane/state/state.h"

#define NS_PER_S 1000000000ULL

enum engine_state engine_table_state(const struct engine_entry *entry, uint64_t now_ns)
{
	uint64_t heartbeat_ns = compiler_load(entry->heartbeat_ns);

	if (compiler_load(entry->kind) == ENGINE_NONE)
		return ENGINE_ABSENT;
	if (compiler_load(entry->pid) == 0)
		return ENGINE_STOPPED;
	return now_ns < heartbeat_ns + ENGINES_HEARTBEAT_S * NS_PER_S ? ENGINE_RUNNING
								      : ENGINE_GONE;
}

const char *engine_table_state_name(enum engine_state state)
{
	static const char *const names[] = {
		[ENGINE_ABSENT] = "absent",
		[ENGINE_RUNNING] = "running",
		[ENGINE_STOPPED] = "stopped",
		[ENGINE_GONE] = "gone",
	};

	return names[state];
}

/* Nobody joins at the same time; not locked in private memory, which one process has. */
static int lock_folder(const struct state *state)
{
	int fd;

	if (!state->directory[0])
		return -1;
	fd = open(state->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		(void)flock(fd, LOCK_EX);
	return fd;
}

static void mark_blocks(const struct engine_entry *entry, bool used[COUNTERS_WORKERS])
{
	for (uint32_t i = 0; i < entry->queues && entry->first_block + i < COUNTERS_WORKERS; i++)
		used[entry->first_block + i] = true;
}

/* The first of so many blocks in a row that are free, or COUNTERS_WORKERS. */
static uint32_t find_blocks(const bool used[COUNTERS_WORKERS], uint32_t count)
{
	uint32_t free = 0;

	for (uint32_t i = 0; i < COUNTERS_WORKERS; i++) {
		free = used[i] ? 0 : free + 1;
		if (free == count)
			return i + 1 - count;
	}
	return COUNTERS_WORKERS;
}

/* The place that the port had before, else one that was never used, else who ended first. */
static struct engine_entry *find_place(
	struct engine_table *table, const struct engine_entry *self, uint64_t now_ns)
{
	struct engine_entry *best = NULL;

	for (int i = 0; i < ENGINES_MAX; i++) {
		struct engine_entry *entry = &table->entry[i];

		if (engine_table_state(entry, now_ns) == ENGINE_RUNNING)
			continue;
		if (entry->kind == self->kind && strcmp(entry->port, self->port) == 0)
			return entry;
		if (best == NULL || (entry->kind == ENGINE_NONE && best->kind != ENGINE_NONE) ||
			(entry->kind != ENGINE_NONE && best->kind != ENGINE_NONE &&
				entry->heartbeat_ns < best->heartbeat_ns))
			best = entry;
	}
	return best;
}

static int join(struct engine_table *table, const struct engine_entry *self, uint64_t now_ns,
	struct engine_entry **ret_entry)
{
	struct engine_entry *place = find_place(table, self, now_ns);
	bool used[COUNTERS_WORKERS] = {false};
	struct engine_entry entry = *self;

	for (int i = 0; i < ENGINES_MAX; i++) {
		const struct engine_entry *other = &table->entry[i];

		if (engine_table_state(other, now_ns) != ENGINE_RUNNING)
			continue;
		if (strcmp(other->port, self->port) == 0)
			return -EEXIST;
		mark_blocks(other, used);
	}
	entry.first_block = find_blocks(used, self->queues);
	if (place == NULL || entry.first_block == COUNTERS_WORKERS)
		return -EUSERS;
	entry.pid = 0; /* last, below: readers take the entry as one that has ended until then */
	entry.started_ns = entry.heartbeat_ns = now_ns;
	*place = entry;
	compiler_store_release(place->pid, self->pid);
	*ret_entry = place;
	return 0;
}

int engine_table_join(struct state *state, const struct engine_entry *self, uint64_t now_ns,
	struct engine_entry **ret_entry)
{
	int lock = lock_folder(state), error = join(state->engines, self, now_ns, ret_entry);

	if (lock >= 0)
		close(lock);
	return error;
}

void engine_table_leave(struct engine_entry *entry, uint64_t now_ns)
{
	compiler_store(entry->heartbeat_ns, now_ns);
	compiler_store_release(entry->pid, 0);
}

bool engine_table_any(const struct state *state, uint64_t now_ns)
{
	for (int i = 0; i < ENGINES_MAX; i++)
		if (engine_table_state(&state->engines->entry[i], now_ns) == ENGINE_RUNNING)
			return true;
	return false;
}
