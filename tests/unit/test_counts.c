// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/counts.c control/json_add.c control/clocks.c
// dataplane/state/state.c dataplane/state/page.c dataplane/state/pindir.c dataplane/state/mapping.c
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
	for (int family = 0; family < FRAME_FAMILIES; family++)
		for (int version = 0; version < COUNTERS_VERSIONS; version++)
			block.request[family][version] = UINT64_C(1)
							 << (family * COUNTERS_VERSIONS + version);
	return block;
}

static void test_answered(void **state)
{
	struct counters_block block = powers();

	(void)state;
	assert_int_equal(counters_answered(&block),
		(1 << VERDICT_SERVED) | (1 << VERDICT_SERVED_LEAKED)); /* a kiss has no time */
	assert_int_equal(counters_requests(&block, FRAME_IPV4), 0x00ff);
	assert_int_equal(counters_requests(&block, FRAME_IPV6), 0xff00);
}

static void test_add(void **state)
{
	struct counters_block sum = powers(), block = powers();

	(void)state;
	counts_add(&sum, &block);
	for (int i = 0; i < VERDICT_COUNT; i++)
		assert_int_equal(sum.verdict[i], UINT64_C(2) << i);
	assert_int_equal(counters_requests(&sum, FRAME_IPV6), 0x1fe00);
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
	assert_int_equal(count_of(part, "4"), 0x1010);
	assert_true(json_object_object_get_ex(object, "families", &part));
	assert_int_equal(count_of(part, "ipv6"), 0xff00);
	assert_true(json_object_object_get_ex(object, "counted_s", &part));
	assert_true(json_object_get_double(part) == 12.5);
	json_object_put(object);
	object = counts_stats(&block, NAN);
	assert_false(json_object_object_get_ex(object, "counted_s", NULL));
	json_object_put(object);
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
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
