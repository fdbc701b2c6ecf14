// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/select.c
/*
 * Selection: majorities, liars, draws, ties that share a source, trust, prefer, noselect,
 * minsources and hysteresis. Offsets in here are us around a large number.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "control/select.h"

#define AROUND 1790000000000000000LL

static struct select_overlap overlap;

static struct select_candidate source(int64_t offset_us, int64_t distance_us)
{
	return (struct select_candidate){.offset_ns = AROUND + offset_us * 1000,
		.root_distance_ns = distance_us * 1000,
		.merit_ns = distance_us * 1000,
		.stratum = 2,
		.usable = true};
}

static int choose(struct select_candidate *list, size_t count, unsigned minsources)
{
	const struct select_rule rule = {.minsources = minsources};

	return select_majority(list, count, &rule, &overlap);
}

/* The tallies as one string, as they stand in a listing. */
static void assert_tallies(const struct select_candidate *list, size_t count, const char *expected)
{
	char tallies[16] = {0};
	size_t i;

	for (i = 0; i < count; i++)
		tallies[i] = (char)list[i].ret_tally;
	assert_string_equal(tallies, expected);
}

static void test_nobody(void **state)
{
	struct select_candidate list[2] = {source(0, 10), source(0, 10)};

	(void)state;
	assert_int_equal(choose(NULL, 0, 0), -ENODATA);
	list[0].usable = list[1].usable = false;
	assert_int_equal(choose(list, 2, 0), -ENODATA);
	assert_tallies(list, 2, "  ");
}

static void test_one_is_enough_where_there_is_one(void **state)
{
	struct select_candidate list[1] = {source(0, 10)};

	(void)state;
	assert_int_equal(choose(list, 1, 0), 0);
	assert_tallies(list, 1, "*");
	assert_int_equal(choose(list, 1, 2), -EAGAIN);
}

static void test_two_must_agree(void **state)
{
	struct select_candidate list[2] = {source(0, 100), source(50, 90)};

	(void)state;
	assert_int_equal(choose(list, 2, 0), 1);
	assert_tallies(list, 2, "+*");
	list[1] = source(500, 90);
	assert_int_equal(choose(list, 2, 0), -EXDEV);
	assert_tallies(list, 2, "  ");
	list[1].usable = false;
	assert_int_equal(choose(list, 2, 0), -EAGAIN);
}

static void test_one_liar_of_four(void **state)
{
	struct select_candidate list[4];
	int liar, i;

	(void)state;
	for (liar = 0; liar < 4; liar++) {
		for (i = 0; i < 4; i++)
			list[i] = source(i == liar ? 100000 : i * 10, 300 + i);
		assert_true(choose(list, 4, 0) >= 0);
		for (i = 0; i < 4; i++)
			assert_int_equal(list[i].ret_tally == TALLY_FALSETICKER, i == liar);
		assert_int_equal(overlap.depth, 3);
		assert_int_equal(overlap.voters, 4);
	}
}

static void test_two_against_two_is_nobody(void **state)
{
	struct select_candidate list[4] = {
		source(0, 300), source(50000, 300), source(10, 300), source(50010, 300)};

	(void)state;
	assert_int_equal(choose(list, 4, 0), -EXDEV);
	assert_tallies(list, 4, "    ");
	assert_int_equal(choose(list, 4, 1), -EXDEV);
}

static void test_two_of_five_and_three_of_seven(void **state)
{
	struct select_candidate list[7] = {source(0, 300), source(50000, 300), source(10, 300),
		source(-20, 300), source(50000, 300), source(15, 300), source(50000, 300)};

	(void)state;
	assert_true(choose(list, 5, 0) >= 0);
	assert_tallies(list, 5, "*x++x");
	assert_true(choose(list, 7, 0) >= 0);
	assert_tallies(list, 7, "*x++x+x");
}

/* The wide one is within both: two of three, twice. Choosing would be tossing a coin. */
static void test_a_tie_through_a_wide_source(void **state)
{
	struct select_candidate list[4] = {
		source(-400, 100), source(400, 100), source(0, 1000), source(-390, 100)};
	struct select_rule rule = {.minsources = 2, .expecting = true};

	(void)state;
	assert_int_equal(choose(list, 3, 2), -EXDEV);
	/* A memory decides: the one who has left it is the liar. */
	rule.expected_ns = AROUND + 380000;
	assert_int_equal(select_majority(list, 3, &rule, &overlap), 1);
	assert_tallies(list, 3, "x*-");
	rule.expected_ns = AROUND - 100000;
	assert_int_equal(select_majority(list, 3, &rule, &overlap), 0);
	assert_tallies(list, 3, "*x-");
	/* A third on one side does too. */
	assert_int_equal(choose(list, 4, 2), 0);
	assert_tallies(list, 4, "*x-+");
}

static void test_intervals_that_touch_agree(void **state)
{
	struct select_candidate list[2] = {source(0, 50), source(100, 50)};

	(void)state;
	assert_true(choose(list, 2, 0) >= 0);
	/* Nobody's middle is in what they share: both stay. */
	assert_tallies(list, 2, "*+");
	assert_int_equal(overlap.low_ns, AROUND + 50000);
	assert_int_equal(overlap.high_ns, AROUND + 50000);
	list[1] = source(101, 50);
	assert_int_equal(choose(list, 2, 0), -EXDEV);
}

static void test_minsources(void **state)
{
	struct select_candidate list[5] = {source(0, 300), source(10, 300), source(20, 300),
		source(50000, 300), source(30, 300)};

	(void)state;
	/* Default: three of three or more. */
	list[4].usable = list[3].usable = list[2].usable = false;
	assert_int_equal(choose(list, 5, 0), -EAGAIN);
	assert_true(choose(list, 5, 2) >= 0);
	/* Two agree, which is a majority of three, and less than three. */
	list[3].usable = true;
	assert_int_equal(choose(list, 5, 0), -EAGAIN);
	assert_tallies(list, 5, "-- x ");
	assert_true(choose(list, 5, 2) >= 0);
	/* noselect does not count. */
	list[2].usable = true;
	assert_true(choose(list, 5, 0) >= 0);
	list[2].noselect = true;
	assert_int_equal(choose(list, 5, 0), -EAGAIN);
}

static void test_noselect_is_watched(void **state)
{
	struct select_candidate list[4] = {
		source(0, 300), source(10, 300), source(0, 1), source(5000, 1)};

	(void)state;
	list[2].noselect = list[3].noselect = true;
	assert_int_equal(choose(list, 4, 0), 0);
	assert_tallies(list, 4, "*+ x");
}

static void test_prefer_leaves_the_others_out(void **state)
{
	struct select_candidate list[4] = {
		source(0, 300), source(10, 500), source(20, 300), source(50000, 1)};

	(void)state;
	list[1].prefer = true;
	assert_int_equal(choose(list, 4, 0), 1);
	assert_tallies(list, 4, "#*#x");
	/* A preferred liar is a liar. */
	list[1].prefer = false;
	list[3].prefer = true;
	assert_true(choose(list, 4, 0) >= 0);
	assert_tallies(list, 4, "*++x");
}

static void test_trust_is_not_voted_down(void **state)
{
	struct select_candidate list[4] = {
		source(50000, 300), source(50010, 300), source(50020, 300), source(0, 300)};

	(void)state;
	list[3].trust = true;
	assert_int_equal(choose(list, 4, 0), 3);
	assert_tallies(list, 4, "xxx*");
	/* Two of them that contradict one another are no majority, whatever the others say. */
	list[0].trust = true;
	assert_int_equal(choose(list, 4, 0), -EXDEV);
	/* While it is not heard, the others vote as ever. */
	list[0].trust = list[3].usable = false;
	assert_true(choose(list, 4, 0) >= 0);
	/* Together with others that agree it is combined. */
	list[3] = source(50030, 300);
	list[3].trust = true;
	assert_true(choose(list, 4, 0) >= 0);
	assert_tallies(list, 4, "*+++");
	/* One that is only watched is not trusted either. */
	list[3] = source(0, 300);
	list[3].trust = list[3].noselect = true;
	assert_true(choose(list, 4, 0) >= 0);
	assert_tallies(list, 4, "*++x");
}

/* What merely agrees is not enough where a source is required. */
static void test_require(void **state)
{
	struct select_candidate list[4] = {
		source(0, 300), source(10, 300), source(20, 300), source(50000, 300)};

	(void)state;
	list[3].require = true;
	assert_int_equal(choose(list, 4, 0), -ENOLINK);
	assert_tallies(list, 4, "---x");
	list[3].usable = false;
	assert_int_equal(choose(list, 4, 0), -ENOLINK);
	/* One of those required will do. */
	list[1].require = true;
	assert_int_equal(choose(list, 4, 0), 0);
	assert_tallies(list, 4, "*++ ");
	/* With trust it says which time it is, and the others improve it. */
	list[1].require = false;
	list[3].usable = list[3].trust = true;
	assert_int_equal(choose(list, 4, 0), 3);
	assert_tallies(list, 4, "xxx*");
	/* A source that is only watched cannot be required. */
	list[3].noselect = true;
	assert_int_equal(choose(list, 4, 0), 0);
}

static void test_a_middle_outside_is_an_outlier(void **state)
{
	struct select_candidate list[4] = {
		source(0, 100), source(20, 100), source(-10, 90), source(5000, 6000)};

	(void)state;
	assert_int_equal(choose(list, 4, 0), 2);
	assert_tallies(list, 4, "++*-");
}

static void test_hysteresis(void **state)
{
	struct select_candidate list[3] = {source(0, 100), source(10, 95), source(20, 300)};

	(void)state;
	assert_int_equal(choose(list, 3, 0), 1);
	list[0].was_selected = true;
	assert_int_equal(choose(list, 3, 0), 0);
	list[1] = source(10, 60); /* by 40 us */
	assert_int_equal(choose(list, 3, 0), 0);
	list[1] = source(10, 40);
	assert_int_equal(choose(list, 3, 0), 1);
}

/* A liar who was asked last is within what root distances allow to the others, who were not asked
 * for long; it is not where they are likely to be. */
static void test_likely_majority_goes_before_a_fresh_liar(void **state)
{
	struct select_candidate list[4] = {
		source(5000, 200), source(0, 15000), source(30, 15000), source(-20, 15000)};
	size_t i;

	(void)state;
	assert_int_equal(choose(list, 4, 0), 0);
	for (i = 0; i < 4; i++) {
		list[i].likely_ns = 200000;
		list[i].merit_ns = 200000;
	}
	assert_int_equal(choose(list, 4, 0), 1);
	assert_tallies(list, 4, "x*++");
	assert_int_equal(overlap.depth, 3);
	assert_int_equal(overlap.voters, 4);
	assert_true(overlap.low_ns > AROUND - 200000 && overlap.high_ns < AROUND + 200000);
	/* As far as its root distance reaches it is not shown wrong. */
	list[0].root_distance_ns = 6000000;
	assert_int_equal(choose(list, 4, 0), 1);
	assert_tallies(list, 4, "-*++");
	for (i = 0; i < 4; i++)
		list[i].root_distance_ns = 300000;
	/* Two against two: no likely majority, so that root distances decide. */
	list[1].offset_ns += 5000000;
	assert_int_equal(choose(list, 4, 0), -EXDEV);
}

/* Three of seven that lie are not the majority only because they answered first. */
static void test_no_majority_without_those_to_come(void **state)
{
	struct select_rule rule = {0};
	struct select_candidate list[7];
	size_t i;

	(void)state;
	for (i = 0; i < 7; i++) {
		list[i] = source(0, 100);
		list[i].usable = i < 3;
		list[i].coming = true;
	}
	assert_int_equal(select_majority(list, 7, &rule, &overlap), -EAGAIN);
	assert_int_equal(overlap.depth, 3);
	assert_int_equal(overlap.voters, 7);
	/* A memory need not wait for a source that is new. */
	rule.expecting = true;
	rule.expected_ns = AROUND;
	assert_in_range(select_majority(list, 7, &rule, &overlap), 0, 2);
	rule.expecting = false;
	list[3].usable = true;
	assert_in_range(select_majority(list, 7, &rule, &overlap), 0, 3);
	list[3].usable = false;
	list[3].noselect = true;
	list[4].coming = list[5].coming = false;
	assert_in_range(select_majority(list, 7, &rule, &overlap), 0, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_one_is_enough_where_there_is_one),
		cmocka_unit_test(test_two_must_agree),
		cmocka_unit_test(test_one_liar_of_four),
		cmocka_unit_test(test_two_against_two_is_nobody),
		cmocka_unit_test(test_two_of_five_and_three_of_seven),
		cmocka_unit_test(test_a_tie_through_a_wide_source),
		cmocka_unit_test(test_intervals_that_touch_agree),
		cmocka_unit_test(test_minsources),
		cmocka_unit_test(test_noselect_is_watched),
		cmocka_unit_test(test_prefer_leaves_the_others_out),
		cmocka_unit_test(test_trust_is_not_voted_down),
		cmocka_unit_test(test_require),
		cmocka_unit_test(test_a_middle_outside_is_an_outlier),
		cmocka_unit_test(test_hysteresis),
		cmocka_unit_test(test_likely_majority_goes_before_a_fresh_liar),
		cmocka_unit_test(test_no_majority_without_those_to_come),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
