// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dataplane/core/cardclock.h: stamps of a made-up card as moments of the counter, and all the
 * stamps that are none: 0, of another card, old, of the future, by a relation that has ended.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/core/cardclock.h"
#include "tests/unit/dice.h"

#define S      1000000000ULL
#define BASE   (5000 * S)
#define CARD   (1800000037 * S)
#define IF_OWN 3

static struct cardclock known(int32_t rate_q32)
{
	struct cardclock clock = {.generation = 0};
	struct cardclock_relation relation = {
		.card_ns = CARD, .counter_ns = BASE, .rate_q32 = rate_q32, .ifindex = IF_OWN};

	cardclock_publish(&clock, &relation);
	return clock;
}

static void test_received(void **state)
{
	struct cardclock clock = known(0);
	uint64_t now_ns = BASE + S;

	(void)state;
	assert_int_equal(cardclock_received(&clock, IF_OWN, CARD + S - 700, now_ns), now_ns - 700);
	assert_int_equal(cardclock_received(&clock, IF_OWN, CARD + S, now_ns), now_ns);
	/* Before the base, and never after the clock read. */
	assert_int_equal(cardclock_received(&clock, IF_OWN, CARD - 100, BASE + 50), BASE - 100);
	assert_int_equal(
		cardclock_received(&clock, IF_OWN, CARD + S + CARDCLOCK_AHEAD_NS, now_ns), now_ns);
	assert_int_equal(
		cardclock_received(&clock, IF_OWN, CARD + S + CARDCLOCK_AHEAD_NS + 1, now_ns), 0);
	assert_int_equal(cardclock_received(&clock, IF_OWN, CARD, now_ns), BASE);
	assert_int_equal(cardclock_received(&clock, IF_OWN, CARD - 1, now_ns), 0);
	assert_int_equal(cardclock_received(&clock, IF_OWN, 0, now_ns), 0);
	assert_int_equal(cardclock_received(&clock, IF_OWN, UINT64_MAX, now_ns), 0);
	assert_int_equal(cardclock_received(&clock, IF_OWN + 1, CARD + S, now_ns), 0);
}

static void test_ends(void **state)
{
	struct cardclock clock = {.generation = 0};
	struct cardclock_relation none = {.ifindex = IF_OWN};

	(void)state;
	assert_false(cardclock_related(&clock, IF_OWN, BASE));
	assert_int_equal(cardclock_received(&clock, 0, CARD, BASE), 0);
	clock = known(0);
	assert_true(cardclock_related(&clock, IF_OWN, BASE + CARDCLOCK_REACH_NS));
	assert_int_not_equal(cardclock_received(&clock, IF_OWN, CARD + CARDCLOCK_REACH_NS,
				     BASE + CARDCLOCK_REACH_NS),
		0);
	assert_false(cardclock_related(&clock, IF_OWN, BASE + CARDCLOCK_REACH_NS + 1));
	assert_int_equal(cardclock_received(&clock, IF_OWN, CARD + CARDCLOCK_REACH_NS,
				 BASE + CARDCLOCK_REACH_NS + 1),
		0);
	cardclock_publish(&clock, &none);
	assert_false(cardclock_related(&clock, IF_OWN, BASE));
	assert_int_equal(cardclock_received(&clock, IF_OWN, CARD, BASE), 0);
	/* A copy that the writer has come round to. */
	clock = known(0);
	clock.copy[1].generation = 3;
	assert_int_equal(cardclock_received(&clock, IF_OWN, CARD, BASE), 0);
}

/* Against arithmetic without bounds: within a ns over all that a relation reaches. */
static void test_rates(void **state)
{
	struct dice dice = dice_new("cardclock");

	(void)state;
	for (int i = 0; i < 100000; i++) {
		int32_t rate = (int32_t)dice_roll(&dice) >> (dice_roll(&dice) & 15);
		struct cardclock clock = known(rate);
		uint64_t away = dice_roll(&dice) % CARDCLOCK_REACH_NS, got_ns = 0;
		bool before = dice_roll(&dice) & 1;
		__int128 moved = (__int128)away + (((__int128)away * rate) >> 32);
		__int128 wanted = before ? (__int128)BASE - moved : (__int128)BASE + moved;

		assert_true(cardclock_convert(
			&clock.copy[1], before ? CARD - away : CARD + away, &got_ns));
		assert_true((__int128)got_ns - wanted <= 1 && wanted - (__int128)got_ns <= 1);
	}
	assert_false(cardclock_convert(&(struct cardclock_relation){.card_ns = CARD},
		CARD + CARDCLOCK_REACH_NS + 1, &(uint64_t){0}));
}

static void test_notes(void **state)
{
	struct cardclock clock = known(0);

	(void)state;
	assert_false(cardclock_used(&clock));
	cardclock_note(&clock, true, BASE);
	assert_true(cardclock_used(&clock));
	cardclock_note(&clock, false, BASE + S);
	assert_true(cardclock_used(&clock));
	cardclock_note(&clock, false, BASE + 2 * S);
	assert_int_equal(clock.unstamped_ns, BASE + S); /* not again so soon */
	cardclock_note(&clock, false, BASE + 4 * S);
	assert_false(cardclock_used(&clock));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_received),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_rates),
		cmocka_unit_test(test_notes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
