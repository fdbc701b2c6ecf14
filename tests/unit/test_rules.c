// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: dataplane/state/rules.c tests/vectors/rule_set.c tests/vectors/build.c
/*
 * dataplane/state/rules.h and core/access.h: for ten random sets of 10,000 prefixes and 100,000
 * addresses each the table says what a plain search through the rules says; the ends of what fits;
 * and the set that is read stays as it is while the next one is made.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "dataplane/core/access_find.h"
#include "dataplane/state/rules.h"
#include "tests/vectors/rule_set.h"

#define SETS      10
#define PREFIXES  10000
#define ADDRESSES 100000

static uint32_t find(const struct access_set *set, const struct rule_set_address *address)
{
	return address->family == FRAME_IPV4
		       ? access_find_ipv4(set, (uint32_t)(address->high >> 32))
		       : access_find_ipv6(set, address->high, address->low);
}

static bool agree(const struct rule_set *rules, const struct access_set *set,
	const struct rule_set_address *address)
{
	struct rule_set_decision wanted = rule_set_decide(rules, address);
	uint32_t leaf = find(set, address);

	if (RULES_NUMBER(leaf) == wanted.number && access_flags(leaf, false) == wanted.flags &&
		access_flags(leaf, true) == wanted.ntpport_flags)
		return true;
	printf("# %016llx %016llx family %d: rule %u instead of %zu, flags %#x instead of %#x\n",
		(unsigned long long)address->high, (unsigned long long)address->low,
		address->family, RULES_NUMBER(leaf), wanted.number, leaf, wanted.flags);
	return false;
}

static void test_like_a_plain_search(void **state)
{
	struct dice dice = dice_new("rules");
	struct access_set *set = malloc(sizeof(*set));

	(void)state;
	assert_non_null(set);
	for (int i = 0; i < SETS; i++) {
		struct rule_set rules = rule_set_make(&dice, PREFIXES);
		unsigned wrong = 0;

		/* What was in it before does not show. */
		memset(set, 0xa5, sizeof(*set));
		assert_int_equal(rules_build(set, rules.rules, rules.count, rules.otherwise), 0);
		for (int k = 0; k < ADDRESSES && wrong < 10; k++) {
			struct rule_set_address address = rule_set_address(&rules, &dice);

			wrong += !agree(&rules, set, &address);
		}
		rule_set_free(&rules);
		assert_int_equal(wrong, 0);
	}
	free(set);
}

/* Sets of few rules, where ends of families and empty families matter most. */
static void test_small_sets(void **state)
{
	struct dice dice = dice_new("small sets");
	struct access_set *set = malloc(sizeof(*set));

	(void)state;
	assert_non_null(set);
	for (int i = 0; i < 100; i++) {
		struct rule_set rules = rule_set_make(&dice, 1 + (size_t)i % 12);
		unsigned wrong = 0;

		assert_int_equal(rules_build(set, rules.rules, rules.count, rules.otherwise), 0);
		for (int k = 0; k < 2000; k++) {
			struct rule_set_address address = rule_set_address(&rules, &dice);

			wrong += !agree(&rules, set, &address);
		}
		rule_set_free(&rules);
		assert_int_equal(wrong, 0);
	}
	free(set);
}

static struct rule rule4(uint32_t address, uint8_t bits, uint32_t flags)
{
	struct rule rule = {.family = FRAME_IPV4, .bits = bits, .flags = flags};
	be32 wire = be32_of(address);

	memcpy(rule.address, &wire, sizeof(wire));
	return rule;
}

/* One prefix inside the other, as deep as they go; bits beyond a prefix are ignored. */
static void test_nested_to_the_last_bit(void **state)
{
	struct access_set *set = malloc(sizeof(*set));
	struct rule rules[33];

	(void)state;
	assert_non_null(set);
	for (unsigned i = 0; i <= 32; i++)
		rules[i] = rule4(0xffffffff, (uint8_t)(32 - i), 0);
	assert_int_equal(rules_build(set, rules, 33, ACCESS_DENY), 0);
	for (unsigned bits = 0; bits < 32; bits++)
		assert_int_equal(
			RULES_NUMBER(access_find_ipv4(set, ~(0x80000000U >> bits))), 33 - bits);
	assert_int_equal(RULES_NUMBER(access_find_ipv4(set, 0xffffffff)), 1);
	assert_int_equal(access_find_ipv6(set, UINT64_MAX, UINT64_MAX),
		ACCESS_DENY | ACCESS_DENY << ACCESS_NTPPORT_SHIFT);
	free(set);
}

/* As many as fit, no two of which touch: two ranges each. One more is refused, nothing changed. */
static void test_as_many_as_fit(void **state)
{
	struct rule *rules = calloc(ACCESS_RULES_MAX + 1, sizeof(*rules));
	struct access_set *set = malloc(sizeof(*set)), *before = malloc(sizeof(*set));

	(void)state;
	assert_true(rules && set && before);
	for (uint32_t i = 0; i <= ACCESS_RULES_MAX; i++)
		rules[i] = rule4(i << 17 | 1 << 8, 24, ACCESS_LIMITED);
	assert_int_equal(rules_build(set, rules, ACCESS_RULES_MAX, 0), 0);
	for (uint32_t i = 0; i < ACCESS_RULES_MAX; i++) {
		assert_int_equal(RULES_NUMBER(access_find_ipv4(set, i << 17 | 1 << 8)), i + 1);
		assert_int_equal(RULES_NUMBER(access_find_ipv4(set, i << 17 | 2 << 8)), 0);
	}
	memcpy(before, set, sizeof(*set));
	assert_int_equal(rules_build(set, rules, ACCESS_RULES_MAX + 1, 0), -E2BIG);
	assert_memory_equal(before, set, sizeof(*set));
	free(rules);
	free(before);
	free(set);
}

/* Who reads the table while it is changed sees the old rules or the new ones. */
static void test_publishing_leaves_the_old_set(void **state)
{
	struct access_table *table = calloc(1, sizeof(*table));
	struct state shared = {.access = table};
	struct rule none = rule4(0xcb007100, 24, 0), all = rule4(0xcb007100, 24, ACCESS_DENY);
	const struct access_set *old;

	(void)state;
	assert_non_null(table);
	assert_int_equal(rules_publish(&shared, &all, 1, 0), 0);
	old = access_current(table);
	assert_int_equal(access_find_ipv4(old, 0xcb007142) & ACCESS_FLAGS, ACCESS_DENY);
	assert_int_equal(rules_publish(&shared, &none, 1, 0), 0);
	assert_ptr_not_equal(access_current(table), old);
	assert_int_equal(access_find_ipv4(old, 0xcb007142) & ACCESS_FLAGS, ACCESS_DENY);
	assert_int_equal(access_find_ipv4(access_current(table), 0xcb007142) & ACCESS_FLAGS, 0);
	/* What is refused leaves the current rules in force. */
	old = access_current(table);
	assert_int_equal(rules_publish(&shared, &all, ACCESS_RULES_MAX + 1, 0), -E2BIG);
	assert_ptr_equal(access_current(table), old);
	free(table);
}

static void test_what_flags_refuse(void **state)
{
	(void)state;
	assert_true(access_refuses(ACCESS_DENY, 4));
	assert_false(access_refuses(ACCESS_LIMITED | ACCESS_KOD | ACCESS_NOQUERY, 1));
	for (uint8_t version = 1; version <= 4; version++)
		assert_int_equal(access_refuses(ACCESS_VERSION, version), version != 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_like_a_plain_search),
		cmocka_unit_test(test_small_sets),
		cmocka_unit_test(test_nested_to_the_last_bit),
		cmocka_unit_test(test_as_many_as_fit),
		cmocka_unit_test(test_publishing_leaves_the_old_set),
		cmocka_unit_test(test_what_flags_refuse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
