// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/counts.c control/json_add.c control/clocks.c
// dataplane/state/state.c dataplane/state/count.c dataplane/state/page.c dataplane/state/pindir.c
// test-sources: dataplane/state/mapping.c
/*
 * What counts as a reply with the time, and the answer to "stats": every counter is in it once.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "control/counts.h"

static uint64_t count_of(struct json_object *object, const char *key)
{
	struct json_object *value;

	assert_true(json_object_object_get_ex(object, key, &value));
	return json_object_get_uint64(value);
}

/* Each counter a power of two of its own: no sum can hide a wrong one. */
static struct counters_block powers(void)
{
	struct counters_block block;

	memset(&block, 0, sizeof(block));
	for (int i = 0; i < VERDICT_COUNT; i++)
		block.verdict[i] = UINT64_C(1) << i;
	for (int outcome = 0; outcome < COUNTERS_OUTCOMES; outcome++)
		for (int family = 0; family < FRAME_FAMILIES; family++)
			for (int version = 0; version < COUNTERS_VERSIONS; version++)
				block.request[outcome][family][version] =
					UINT64_C(1) << (outcome * 8 + family * 4 + version);
	return block;
}

static void test_answered(void **state)
{
	struct counters_block block = powers();

	(void)state;
	assert_int_equal(counters_answered(&block),
		(1 << VERDICT_SERVED) | (1 << VERDICT_SERVED_LEAKED)); /* a kiss has no time */
	assert_int_equal(counters_requests(&block, FRAME_IPV4), 0x0f0f);
	assert_int_equal(counters_requests(&block, FRAME_IPV6), 0xf0f0);
	assert_int_equal(counts_requests(&block, FRAME_IPV6, 1), 0x1010);
	assert_int_equal(counts_replies(&block, FRAME_IPV6, 1), 0x1000);
	assert_int_equal(counts_replies(&block, FRAME_IPV4, 4), 0x0800);
}

static void test_add(void **state)
{
	struct counters_block sum = powers(), block = powers();

	(void)state;
	counts_add(&sum, &block);
	for (int i = 0; i < VERDICT_COUNT; i++)
		assert_int_equal(sum.verdict[i], UINT64_C(2) << i);
	assert_int_equal(counters_requests(&sum, FRAME_IPV6), 0x1e1e0);
}

static void test_stats(void **state)
{
	struct counters_block block = powers();
	struct json_object *object = counts_stats(&block, 12.5), *part;

	(void)state;
	assert_int_equal(count_of(object, "requests"), 0xffff);
	assert_int_equal(count_of(object, "served"), counters_answered(&block));
	assert_int_equal(count_of(object, "kisses"), 1 << VERDICT_SERVED_KISS);
	assert_true(json_object_object_get_ex(object, "verdicts", &part));
	assert_int_equal(json_object_object_length(part), VERDICT_COUNT);
	assert_int_equal(count_of(part, "drop_limited"), UINT64_C(1) << VERDICT_DROP_LIMITED);
	assert_true(json_object_object_get_ex(object, "versions", &part));
	assert_int_equal(count_of(part, "4"), 0x8888);
	assert_true(json_object_object_get_ex(object, "families", &part));
	assert_int_equal(count_of(part, "ipv6"), 0xf0f0);
	assert_true(json_object_object_get_ex(object, "counted_s", &part));
	assert_true(json_object_get_double(part) == 12.5);
	json_object_put(object);
	object = counts_stats(&block, NAN);
	assert_false(json_object_object_get_ex(object, "counted_s", NULL));
	json_object_put(object);
}

/* Each interface has blocks of its own; what was counted in a slot stays when another takes it. */
static void test_interfaces(void **unused)
{
	struct state *state = state_new_private();
	unsigned int last = state_slots() - 1;
	size_t cpus = (size_t)1 << state_cpus_log2();
	struct counters_block sum;

	(void)unused;
	assert_non_null(state);
	assert_true(state_slots() * cpus <= COUNTERS_BLOCKS);
	state->counters->xdp[0].verdict[VERDICT_SERVED] = 1;
	state->counters->xdp[last * cpus].verdict[VERDICT_SERVED] = 10;
	state->counters->xdp[last * cpus + cpus - 1].verdict[VERDICT_SERVED] += 100;
	state->counters->dpdk[COUNTERS_WORKERS - 1].verdict[VERDICT_SERVED] = 1000;
	state_count_interface(state, last, &sum);
	assert_int_equal(sum.verdict[VERDICT_SERVED], 110);
	state_count_anew(state, last);
	state_count_interface(state, last, &sum);
	assert_int_equal(sum.verdict[VERDICT_SERVED], 0);
	state_count_xdp(state, &sum);
	assert_int_equal(sum.verdict[VERDICT_SERVED], 111);
	counts_sum(state, &sum);
	assert_int_equal(sum.verdict[VERDICT_SERVED], 1111);
	state_close(state);
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(counts_verdict_name(VERDICT_SERVED), "served");
	assert_string_equal(counts_verdict_name(VERDICT_COUNT), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answered),
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_stats),
		cmocka_unit_test(test_interfaces),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
