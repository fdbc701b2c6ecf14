// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: dataplane/state/engine_table.c dataplane/state/state.c dataplane/state/mapping.c
// test-sources: dataplane/state/page.c dataplane/state/pindir.c dataplane/state/client_table.c
/*
 * The table of engines: who runs, who is gone, whose counters are whose; and a state in files,
 * which another opens for writing and a third reads.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "dataplane/state/client_table.h"

#define S 1000000000ULL

static struct engine_entry self(const char *port, uint32_t pid, uint32_t queues)
{
	struct engine_entry entry = {.pid = pid, .kind = ENGINE_DPDK, .queues = queues};

	snprintf(entry.port, sizeof(entry.port), "%s", port);
	return entry;
}

static struct engine_entry *must_join(
	struct state *state, const char *port, uint32_t queues, uint64_t now_ns)
{
	struct engine_entry entry = self(port, 77, queues), *joined = NULL;

	assert_int_equal(engine_table_join(state, &entry, now_ns, &joined), 0);
	assert_non_null(joined);
	return joined;
}

static void test_life(void **arg)
{
	struct state *state = state_new_private();
	struct engine_entry *entry, again = self("eth0", 78, 1), *other;

	(void)arg;
	assert_false(engine_table_any(state, S));
	assert_int_equal(engine_table_state(&state->engines->entry[0], S), ENGINE_ABSENT);
	entry = must_join(state, "eth0", 2, S);
	assert_true(engine_table_any(state, S));
	assert_int_equal(engine_table_state(entry, 3 * S), ENGINE_RUNNING);
	assert_int_equal(engine_table_join(state, &again, 2 * S, &other), -EEXIST);
	assert_int_equal(engine_table_state(entry, 5 * S), ENGINE_GONE);
	assert_int_equal(engine_table_join(state, &again, 5 * S, &other), 0);
	assert_ptr_equal(other, entry);
	engine_table_leave(entry, 6 * S);
	assert_int_equal(engine_table_state(entry, 6 * S), ENGINE_STOPPED);
	assert_false(engine_table_any(state, 6 * S));
	state_close(state);
}

static void test_blocks(void **arg)
{
	struct state *state = state_new_private();
	struct engine_entry *a = must_join(state, "a", 30, S), *b = must_join(state, "b", 30, S);
	struct engine_entry big = self("c", 79, 5), *c;

	(void)arg;
	assert_int_equal(a->first_block, 0);
	assert_int_equal(b->first_block, 30);
	assert_int_equal(engine_table_join(state, &big, S, &c), -EUSERS);
	engine_table_leave(a, S);
	assert_int_equal(engine_table_join(state, &big, S, &c), 0);
	assert_int_equal(c->first_block, 0);
	assert_ptr_not_equal(c, b);
	/* Many short lives leave no less room. */
	for (int i = 0; i < 50; i++) {
		char port[8];

		snprintf(port, sizeof(port), "p%d", i);
		engine_table_leave(must_join(state, port, 20, S + (uint64_t)i), S + (uint64_t)i);
	}
	state_close(state);
}

static void test_files(void **arg)
{
	char folder[] = "/tmp/ntpxdp-test-XXXXXX", pindir[64];
	struct state *owner, *engine, *reader;
	struct state_failure failure;
	struct engine_entry *entry;

	(void)arg;
	assert_non_null(mkdtemp(folder));
	snprintf(pindir, sizeof(pindir), "%s/pins", folder);
	assert_true(state_takes_files(pindir));
	assert_int_equal(state_open_to_write(pindir, &engine, &failure), -ENOENT);
	assert_int_equal(state_create(pindir, &owner, &failure), -ENOTSUP);
	assert_int_equal(state_create_in_files(pindir, &owner, &failure), 0);
	assert_int_equal(state_open_to_write(pindir, &engine, &failure), 0);
	assert_int_equal(state_open(pindir, &reader, &failure), 0);
	entry = must_join(engine, "eth0", 1, S);
	engine->counters->dpdk[entry->first_block].verdict[VERDICT_SERVED] = 5;
	assert_int_equal(reader->counters->dpdk[0].verdict[VERDICT_SERVED], 5);
	assert_true(engine_table_any(owner, S));
	/* Another client table, in the place of the first; who has that keeps it. */
	assert_int_equal(state_set_clients(owner, CLIENTS_SETS_LOG2_MIN), 0);
	assert_int_equal(engine->client_sets, 1);
	state_close(engine);
	assert_int_equal(state_open_to_write(pindir, &engine, &failure), 0);
	assert_int_equal(engine->client_sets, 1 << CLIENTS_SETS_LOG2_MIN);
	state_close(engine);
	state_close(reader);
	state_close(owner);
	/* A file that is cut short is of another layout. */
	snprintf(pindir, sizeof(pindir), "%s/pins/v%d/counters", folder, STATE_LAYOUT);
	assert_int_equal(truncate(pindir, 4096), 0);
	snprintf(pindir, sizeof(pindir), "%s/pins", folder);
	assert_int_equal(state_open(pindir, &reader, &failure), -EPROTO);
	assert_int_equal(state_remove(pindir), 0);
	assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests_name("engine_table", tests, NULL, NULL);
}
