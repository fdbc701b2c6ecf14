// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dataplane/core/verdict.h and counters.h: one list for everything, groups that
 * hold together, names that statistics can carry.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <ctype.h>

#include "dataplane/core/counters.h"
#include "dataplane/core/verdict.h"

static const struct {
	const char *action, *reason, *name, *text;
} list[] = {
#define ENTRY(action, reason, name, text) {#action, #reason, name, text},
	VERDICT_LIST(ENTRY)
#undef ENTRY
};
#define COUNT (sizeof(list) / sizeof(list[0]))

static void test_enum_follows_the_list(void **state)
{
	(void)state;
	assert_int_equal(COUNT, VERDICT_COUNT);
	assert_int_equal(VERDICT_SERVED, 0);
	assert_string_equal(list[VERDICT_PASS_MODE].name, "pass_mode");
	assert_string_equal(list[VERDICT_DROP_SHORT].name, "drop_short");
}

static void test_actions(void **state)
{
	static const char *const actions[] = {
		[VERDICT_ACTION_SERVED] = "SERVED",
		[VERDICT_ACTION_PASS] = "PASS",
		[VERDICT_ACTION_DROP] = "DROP",
	};

	(void)state;
	for (size_t i = 0; i < COUNT; i++) {
		assert_string_equal(actions[verdict_action((enum verdict)i)], list[i].action);
		assert_int_equal(
			strncmp(list[i].reason, list[i].action, strlen(list[i].action)), 0);
	}
}

/* The reason in lower case, and told apart from all others. */
static void test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT; i++) {
		assert_int_equal(strlen(list[i].name), strlen(list[i].reason));
		for (size_t k = 0; list[i].name[k] != '\0'; k++)
			assert_int_equal(list[i].name[k], tolower(list[i].reason[k]));
		assert_true(list[i].text[0] != '\0');
		for (size_t k = 0; k < i; k++) {
			assert_string_not_equal(list[i].name, list[k].name);
			assert_string_not_equal(list[i].text, list[k].text);
		}
	}
}

/* protocol.md sec. 1 and 3: what is silent. Everything else that is not answered goes to the
 * kernel. */
static void test_silence_is_only_what_the_protocol_calls_so(void **state)
{
	static const char *const silent[] = {"drop_short", "drop_version", "drop_mode",
		"drop_source_port", "drop_source_address", "drop_no_checksum", "drop_denied",
		"drop_limited", "drop_extension", "drop_unsynchronised"};
	size_t drops = 0;

	(void)state;
	for (size_t i = 0; i < COUNT; i++)
		if (verdict_action((enum verdict)i) == VERDICT_ACTION_DROP) {
			assert_true(drops < sizeof(silent) / sizeof(silent[0]));
			assert_string_equal(list[i].name, silent[drops]);
			drops++;
		}
	assert_int_equal(drops, sizeof(silent) / sizeof(silent[0]));
}

static void test_what_is_a_request(void **state)
{
	(void)state;
	assert_true(verdict_is_request(VERDICT_SERVED));
	assert_true(verdict_is_request(VERDICT_SERVED_LEAKED));
	assert_true(verdict_is_request(VERDICT_SERVED_KISS));
	assert_true(verdict_is_request(VERDICT_DROP_DENIED));
	assert_true(verdict_is_request(VERDICT_DROP_LIMITED));
	assert_true(verdict_is_request(VERDICT_PASS_LONG));
	assert_true(verdict_is_request(VERDICT_PASS_PAGE_EXPIRED));
	assert_true(verdict_is_request(VERDICT_PASS_UNSYNCHRONISED));
	assert_false(verdict_is_request(VERDICT_PASS_NOT_NTP));
	assert_false(verdict_is_request(VERDICT_PASS_FOREIGN_ADDRESS));
	assert_false(verdict_is_request(VERDICT_PASS_MODE));
	assert_false(verdict_is_request(VERDICT_DROP_MODE));
}

static void test_counters(void **state)
{
	static struct counters_block block, before;

	(void)state;
	for (int i = 0; i < VERDICT_COUNT; i++) {
		counters_verdict(&block, (enum verdict)i);
		counters_verdict(&block, (enum verdict)i);
		assert_int_equal(block.verdict[i], 2);
	}
	counters_request(&block, true, FRAME_IPV4, 3);
	counters_request(&block, true, FRAME_IPV6, 3);
	counters_request(&block, false, FRAME_IPV6, 4);
	assert_int_equal(block.request[1][FRAME_IPV4][2], 1);
	assert_int_equal(block.request[1][FRAME_IPV6][2], 1);
	assert_int_equal(block.request[0][FRAME_IPV6][3], 1);
	assert_int_equal(block.request[1][FRAME_IPV6][3], 0);
	assert_int_equal(block.request[0][FRAME_IPV4][2], 0);
	before = block;
	counters_verdict(&block, (enum verdict)COUNTERS_VERDICTS); /* out of range: nothing */
	assert_memory_equal(&block, &before, sizeof(block));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_enum_follows_the_list),
		cmocka_unit_test(test_actions),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_silence_is_only_what_the_protocol_calls_so),
		cmocka_unit_test(test_what_is_a_request),
		cmocka_unit_test(test_counters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
