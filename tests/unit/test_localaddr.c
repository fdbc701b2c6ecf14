// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dataplane/core/localaddr.h: what was put in is found, nothing else is, also in
 * a full table; the two sets, and the two families in one table.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/core/localaddr_recent.h"
#include "tests/unit/dice.h"

static struct localaddr_table table;

static struct localaddr random_address(struct dice *dice)
{
	if (dice_roll(dice) % 2)
		return localaddr_ipv4(be32_of((uint32_t)dice_roll(dice)));
	return localaddr_ipv6(
		be64_of(0x20010db800000000 | dice_roll(dice) % 65536), be64_of(dice_roll(dice)));
}

static bool same(struct localaddr a, struct localaddr b)
{
	return a.high == b.high && a.low == b.low;
}

static void test_empty(void **state)
{
	struct dice dice = dice_new("empty");

	(void)state;
	memset(&table, 0, sizeof(table));
	for (int i = 0; i < 10000; i++)
		assert_int_equal(localaddr_find(&table, random_address(&dice)), LOCALADDR_NONE);
	assert_int_equal(localaddr_find(&table, (struct localaddr){0, 0}), LOCALADDR_NONE);
	assert_int_equal(localaddr_find(&table, localaddr_ipv4(be32_of(0))), LOCALADDR_NONE);
}

static void test_kinds(void **state)
{
	struct localaddr own = localaddr_ipv4(be32_of(0xc0000201));
	struct localaddr broadcast = localaddr_ipv4(be32_of(0xc00002ff));

	(void)state;
	memset(&table, 0, sizeof(table));
	assert_true(localaddr_set_add(&table.set[0], own, LOCALADDR_OWN));
	assert_true(localaddr_set_add(&table.set[0], broadcast, LOCALADDR_BROADCAST));
	assert_int_equal(table.set[0].count, 2);
	assert_int_equal(localaddr_find(&table, own), LOCALADDR_OWN);
	assert_int_equal(localaddr_find(&table, broadcast), LOCALADDR_BROADCAST);
	/* A second time changes nothing. */
	assert_true(localaddr_set_add(&table.set[0], own, LOCALADDR_OWN));
	assert_int_equal(table.set[0].count, 2);
}

static void test_the_current_set(void **state)
{
	struct localaddr old = localaddr_ipv4(be32_of(0xc0000201));
	struct localaddr new = localaddr_ipv4(be32_of(0xc0000202));

	(void)state;
	memset(&table, 0, sizeof(table));
	localaddr_set_add(&table.set[0], old, LOCALADDR_OWN);
	localaddr_set_add(&table.set[1], new, LOCALADDR_OWN);
	assert_int_equal(localaddr_find(&table, old), LOCALADDR_OWN);
	assert_int_equal(localaddr_find(&table, new), LOCALADDR_NONE);
	table.current = 1;
	assert_int_equal(localaddr_find(&table, old), LOCALADDR_NONE);
	assert_int_equal(localaddr_find(&table, new), LOCALADDR_OWN);
}

/* What was found last is used until the table turns, in the same set again, too. */
static void test_recent(void **state)
{
	struct localaddr own = localaddr_ipv4(be32_of(0xc0000201));
	struct localaddr broadcast = localaddr_ipv4(be32_of(0xc00002ff));
	struct localaddr_recent recent = {0};

	(void)state;
	memset(&table, 0, sizeof(table));
	/* The zeros of who has found nothing are no address. */
	assert_int_equal(
		localaddr_recent_find(&recent, &table, (struct localaddr){0, 0}), LOCALADDR_NONE);
	localaddr_set_add(&table.set[0], own, LOCALADDR_OWN);
	localaddr_set_add(&table.set[0], broadcast, LOCALADDR_BROADCAST);
	assert_int_equal(localaddr_recent_find(NULL, &table, own), LOCALADDR_OWN);
	assert_int_equal(localaddr_recent_find(&recent, &table, own), LOCALADDR_OWN);
	assert_int_equal(localaddr_recent_find(&recent, &table, broadcast), LOCALADDR_BROADCAST);
	memset(&table.set[0], 0, sizeof(table.set[0]));
	assert_int_equal(localaddr_recent_find(&recent, &table, own), LOCALADDR_OWN);
	assert_int_equal(localaddr_recent_find(&recent, &table, broadcast), LOCALADDR_NONE);
	table.current += 2;
	assert_int_equal(localaddr_recent_find(&recent, &table, own), LOCALADDR_NONE);
}

/* No IPv6 address can be taken for an IPv4 one: those stand under a prefix of multicast. */
static void test_families_are_apart(void **state)
{
	struct dice dice = dice_new("families");

	(void)state;
	for (int i = 0; i < 10000; i++) {
		uint32_t address = (uint32_t)dice_roll(&dice);
		struct localaddr ipv4 = localaddr_ipv4(be32_of(address));

		assert_false(same(ipv4, localaddr_ipv6(be64_of(0), be64_of(address))));
		assert_false(
			same(ipv4, localaddr_ipv6(be64_of(0), be64_of(0xffff00000000 | address))));
		assert_int_equal((uint8_t)ipv4.high, 0xff);
		assert_false(same(ipv4, localaddr_ipv4(be32_of(address ^ 1U << i % 32))));
	}
}

/* Both halves count, also where the other address stands in the very slot. */
static void test_halves(void **state)
{
	struct dice dice = dice_new("halves");

	(void)state;
	for (int i = 0; i < 1000; i++) {
		struct localaddr wanted = random_address(&dice), other = wanted;
		uint32_t slot;

		if (i % 2)
			other.high ^= 1ULL << dice_roll(&dice) % 64;
		else
			other.low ^= 1ULL << dice_roll(&dice) % 64;
		memset(&table, 0, sizeof(table));
		slot = localaddr_slot(&table.set[0], wanted);
		table.set[0].entry[slot] = (struct localaddr_entry){other, LOCALADDR_OWN};
		assert_int_equal(localaddr_find(&table, wanted), LOCALADDR_NONE);
		assert_true(localaddr_set_add(&table.set[0], wanted, LOCALADDR_BROADCAST));
		assert_int_equal(localaddr_find(&table, wanted), LOCALADDR_BROADCAST);
	}
}

/* The promise: LOCALADDR_MAX addresses fit, with a seed that is found after a few attempts. */
static unsigned fill(
	struct dice *dice, const struct localaddr *addresses, struct localaddr_set *set)
{
	for (unsigned attempt = 1; attempt < 1000; attempt++) {
		uint32_t i = 0;

		memset(set, 0, sizeof(*set));
		set->seed = dice_roll(dice);
		while (i < LOCALADDR_MAX && localaddr_set_add(set, addresses[i], LOCALADDR_OWN))
			i++;
		if (i == LOCALADDR_MAX)
			return attempt;
	}
	return 0;
}

static void test_full_table(void **state)
{
	static struct localaddr addresses[LOCALADDR_MAX];
	struct dice dice = dice_new("full");
	unsigned attempts;

	(void)state;
	for (int round = 0; round < 20; round++) {
		/* Neighbours, as on a host with a whole network on lo, and random ones. */
		for (uint32_t i = 0; i < LOCALADDR_MAX; i++)
			addresses[i] = round % 2 ? random_address(&dice)
						 : localaddr_ipv4(be32_of(0x0a000000 + i));
		memset(&table, 0, sizeof(table));
		attempts = fill(&dice, addresses, &table.set[0]);
		assert_true(attempts > 0 && attempts < 100);
		for (uint32_t i = 0; i < LOCALADDR_MAX; i++)
			assert_int_equal(localaddr_find(&table, addresses[i]), LOCALADDR_OWN);
		for (uint32_t i = 0; i < 20000; i++) {
			struct localaddr other = localaddr_ipv6(
				be64_of(0xfd00000000000000 | dice_roll(&dice) % 99), be64_of(i));

			assert_int_equal(localaddr_find(&table, other), LOCALADDR_NONE);
		}
	}
}

/* More than fit within the probes: refused, and what is in stays found. */
static void test_overfull_is_refused(void **state)
{
	struct dice dice = dice_new("overfull");
	static struct localaddr kept[LOCALADDR_SLOTS];
	uint32_t count = 0, refused = 0;

	(void)state;
	memset(&table, 0, sizeof(table));
	for (uint32_t i = 0; i < 2 * LOCALADDR_SLOTS; i++) {
		struct localaddr address = localaddr_ipv4(be32_of((uint32_t)dice_roll(&dice)));

		if (!localaddr_set_add(&table.set[0], address, LOCALADDR_OWN))
			refused++;
		else if (count < LOCALADDR_SLOTS)
			kept[count++] = address;
	}
	assert_true(refused > 0);
	for (uint32_t i = 0; i < count; i++)
		assert_int_equal(localaddr_find(&table, kept[i]), LOCALADDR_OWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_the_current_set),
		cmocka_unit_test(test_recent),
		cmocka_unit_test(test_families_are_apart),
		cmocka_unit_test(test_halves),
		cmocka_unit_test(test_full_table),
		cmocka_unit_test(test_overfull_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
