// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/upstream.c control/address_choice.c control/endpoint.c control/exchange.c
// test-sources: tests/unit/upstream_world.c control/log.c control/log_events.c
// test-sources: dataplane/socket/datagram.c
/*
 * One `server` or `pool` line: which addresses it takes of those that its name has, when it looks
 * the name up again, and what becomes of members that are silent, refuse us, or are wrong. Name
 * servers, sources and timers are made up here, and time passes at once.
 */
#include "tests/unit/upstream_world.h"

#include <string.h>

static void test_numeric(void **state)
{
	(void)state;
	begin("127.0.0.9", false, 1);
	assert_int_equal(members(), 1);
	assert_string_equal(member(0)->address, "127.0.0.9");
	/* There is no other: it is asked on. */
	upstream_event(w.upstream, member(0), SOURCE_SILENT);
	member(0)->source->last_result = EXCHANGE_KISS_DENY;
	upstream_event(w.upstream, member(0), SOURCE_REJECTED);
	assert_int_equal(w.lookups, 0);
	assert_int_equal(w.wait_s, -1);
	assert_int_equal(w.made, 1);
}

/* A name without addresses is looked up again after 2 s, 4 s, ... to 17 minutes. */
static void test_missing(void **state)
{
	(void)state;
	begin("ntp.example", false, 1);
	assert_string_equal(upstream_missing(w.upstream), "looking the name up");
	for (int i = 1; i < 14; i++) {
		resolve(1, 0);
		assert_string_equal(upstream_missing(w.upstream), "the name is not found");
		fire(1L << (i < 10 ? i : 10));
	}
	resolve(5, 6);
	assert_null(upstream_missing(w.upstream));
	assert_string_equal(member(0)->address, "127.0.0.5");
	assert_int_equal(members(), 1);
	assert_int_equal(w.wait_s, -1);
	assert_int_equal(w.changes, 1);
}

/* Silent, then moved to another address: half a minute after it was noticed. */
static void test_moves(void **state)
{
	(void)state;
	begin("ntp.example", false, 1);
	resolve(5, 5);
	upstream_event(w.upstream, member(0), SOURCE_SILENT);
	fire(32);
	resolve(5, 5);
	/* The same: nothing is gained by a new start. */
	assert_int_equal(w.made, 1);
	assert_int_equal(w.wait_s, -1);
	upstream_event(w.upstream, member(0), SOURCE_SILENT);
	fire(32);
	resolve(5, 6);
	assert_int_equal(w.made, 2);
	assert_string_equal(member(0)->address, "127.0.0.6");
	/* And back, if that one is no better. */
	upstream_event(w.upstream, member(0), SOURCE_SILENT);
	fire(32);
	resolve(5, 6);
	assert_string_equal(member(0)->address, "127.0.0.5");
	assert_int_equal(w.changes, 3);
}

/* Fewer addresses than wanted: more are looked for, less and less often. */
static void test_refill(void **state)
{
	(void)state;
	begin("pool.example", true, 4);
	resolve(1, 2);
	assert_int_equal(members(), 2);
	fire(64);
	resolve(1, 2);
	fire(128);
	resolve(2, 7);
	assert_int_equal(members(), 4);
	assert_string_equal(member(1)->address, "127.0.0.2");
	assert_string_equal(member(2)->address, "127.0.0.3");
	assert_int_equal(w.wait_s, -1);
	assert_int_equal(w.lookups, 3);
}

static void reject(size_t i, enum exchange_result result)
{
	member(i)->source->last_result = result;
	upstream_event(w.upstream, member(i), SOURCE_REJECTED);
}

/* A pool has others for those that refuse us or loop; RATE is no reason to leave. */
static void test_refused(void **state)
{
	(void)state;
	begin("pool.example", true, 4);
	resolve(1, 4);
	reject(0, EXCHANGE_KISS_RATE);
	reject(0, EXCHANGE_STRATUM);
	assert_int_equal(w.wait_s, -1);
	reject(0, EXCHANGE_KISS_DENY);
	reject(1, EXCHANGE_KISS_RSTR);
	reject(2, EXCHANGE_LOOP);
	fire(32);
	resolve(1, 8);
	assert_int_equal(members(), 4);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(member(i)->address[8], (char)('5' + (char)i));
	assert_string_equal(member(3)->address, "127.0.0.4");
	/* The refusers are the last to be tried again. */
	upstream_event(w.upstream, member(0), SOURCE_SILENT);
	fire(32);
	resolve(1, 8);
	assert_string_equal(member(0)->address, "127.0.0.8");
	upstream_event(w.upstream, member(0), SOURCE_SILENT);
	fire(32);
	resolve(1, 8);
	assert_string_equal(member(0)->address, "127.0.0.1");
}

static void falseticker(size_t i, int samples)
{
	while (samples--) {
		member(i)->source->sample.raw_ns++;
		upstream_tally(w.upstream, member(i), TALLY_FALSETICKER);
		/* Told again of the same sample. */
		upstream_tally(w.upstream, member(i), TALLY_FALSETICKER);
	}
}

/* Eight samples in a row against the majority. */
static void test_wrong(void **state)
{
	(void)state;
	begin("pool.example", true, 3);
	resolve(1, 3);
	falseticker(1, 7);
	upstream_tally(w.upstream, member(1), TALLY_CANDIDATE);
	falseticker(1, 7);
	assert_int_equal(w.wait_s, -1);
	falseticker(1, 1);
	fire(32);
	resolve(1, 4);
	assert_string_equal(member(1)->address, "127.0.0.4");
	assert_string_equal(member(0)->address, "127.0.0.1");
	assert_int_equal(w.changes, 2);
}

/* No route: perhaps to another address of the name. */
static void test_unsent(void **state)
{
	(void)state;
	begin("ntp.example", false, 1);
	resolve(1, 1);
	for (unsigned i = 1; i < 3; i++) {
		member(0)->source->poll.unsent = i;
		upstream_event(w.upstream, member(0), SOURCE_UNSENT);
		assert_int_equal(w.wait_s, -1);
	}
	member(0)->source->poll.unsent = 3;
	upstream_event(w.upstream, member(0), SOURCE_UNSENT);
	fire(32);
	resolve(1, 2);
	assert_string_equal(member(0)->address, "127.0.0.2");
}

/* Fewer or more members at a reload; a lookup under way is not begun twice. */
static void test_configure(void **state)
{
	struct config_source options;

	(void)state;
	begin("pool.example", true, 4);
	resolve(1, 4);
	options = *upstream_options(w.upstream);
	options.maxsources = 2;
	upstream_configure(w.upstream, &options);
	assert_int_equal(members(), 2);
	options.maxsources = 3;
	upstream_configure(w.upstream, &options);
	upstream_configure(w.upstream, &options);
	assert_int_equal(w.lookups, 2);
	resolve(1, 4);
	assert_int_equal(members(), 3);
	assert_string_equal(member(2)->address, "127.0.0.3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_numeric, setup, teardown),
		cmocka_unit_test_setup_teardown(test_missing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_moves, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refill, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wrong, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unsent, setup, teardown),
		cmocka_unit_test_setup_teardown(test_configure, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
