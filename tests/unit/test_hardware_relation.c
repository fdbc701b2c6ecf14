// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/hardware_relation.c
/*
 * The clock of a card that is made up: any epoch, drift, readings that take their time and are not
 * symmetric, steps, standing still, and the way from the card to the counter of the data plane.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/hardware_relation.h"
#include "tests/unit/dice.h"

#define RAW_NS 5000000000000ULL
#define S_NS   1000000000ULL

static struct dice dice;

/* A card: its time is epoch_ns + (RAW - RAW_NS) * (1 + drift). */
struct card {
	uint64_t epoch_ns;
	double drift;
	uint64_t rest_ns; /* of a reading that nothing disturbs */
	uint64_t jitter_ns;
};

static uint64_t card_at(const struct card *card, uint64_t raw_ns)
{
	double since = (double)(int64_t)(raw_ns - RAW_NS);

	return card->epoch_ns + (raw_ns - RAW_NS) + (uint64_t)(int64_t)llrint(since * card->drift);
}

/* The card is read somewhere within the window, and nobody knows where. */
static struct hardware_sample reading(const struct card *card, uint64_t raw_ns)
{
	uint64_t window =
		card->rest_ns + (card->jitter_ns ? dice_roll(&dice) % card->jitter_ns : 0);
	uint64_t at = raw_ns + (window ? dice_roll(&dice) % window : 0);

	return (struct hardware_sample){
		.card_ns = card_at(card, at),
		.raw_ns = raw_ns + window / 2,
		.window_ns = (uint32_t)window,
	};
}

/* `seconds` readings from `from` on, a second apart; the moment of the last. */
static uint64_t read_on(
	struct hardware_relation *relation, const struct card *card, uint64_t from, int seconds)
{
	for (int i = 0; i < seconds; i++) {
		struct hardware_sample sample = reading(card, from + (uint64_t)i * S_NS);

		assert_int_equal(hardware_relation_add(relation, &sample), HARDWARE_RELATION_ADDED);
	}
	return from + (uint64_t)(seconds - 1) * S_NS;
}

static double error_at(
	const struct hardware_relation *relation, const struct card *card, uint64_t raw_ns)
{
	uint64_t got_ns = 0;
	uint32_t bound_ns = 0;
	double error;

	assert_true(hardware_relation_to_raw(relation, card_at(card, raw_ns), &got_ns, &bound_ns));
	error = fabs((double)(int64_t)(got_ns - raw_ns));
	/* 1 ns is the rounding of the made-up card. */
	assert_true(error <= bound_ns + 1.0);
	return error;
}

static const struct card cards[] = {
	{0, 0, 1000, 0},                              /* counts from 0 */
	{1800000037ULL * S_NS, 40e-6, 1200, 600},     /* TAI */
	{1800000000ULL * S_NS, -100e-6, 3000, 20000}, /* UTC, over a busy bus */
	{UINT64_MAX - 3 * S_NS, 5e-6, 500, 100},      /* turns over */
	{7, -900e-6, 100, 50},                        /* steered hard */
};

static void test_made_up_cards(void **state)
{
	(void)state;
	for (size_t c = 0; c < sizeof(cards) / sizeof(cards[0]); c++) {
		struct hardware_relation relation = {.count = 0};
		double worst = 0;
		uint64_t last;

		for (int round = 0; round < 200; round++) {
			relation = (struct hardware_relation){.count = 0};
			last = read_on(&relation, &cards[c], RAW_NS, 40);
			assert_true(relation.known);
			for (uint64_t later = 0; later < 4; later++)
				worst = fmax(worst,
					error_at(&relation, &cards[c], last + later * S_NS / 2));
			error_at(&relation, &cards[c], last - 8 * S_NS);
		}
		/* Better than one reading alone. */
		assert_true(worst <= (double)(cards[c].rest_ns + cards[c].jitter_ns) * 0.6 + 3);
		assert_int_equal(relation.resets, 0);
	}
}

static void test_not_yet(void **state)
{
	struct hardware_relation relation = {.count = 0};
	uint64_t raw_ns = 99;
	uint32_t error_ns;

	(void)state;
	assert_false(hardware_relation_to_raw(&relation, 5, &raw_ns, &error_ns));
	read_on(&relation, &cards[1], RAW_NS, 2);
	assert_false(relation.known);
	assert_false(hardware_relation_to_raw(
		&relation, card_at(&cards[1], RAW_NS + S_NS), &raw_ns, &error_ns));
	assert_int_equal(raw_ns, 99);
	read_on(&relation, &cards[1], RAW_NS + 2 * S_NS, 1);
	assert_true(relation.known);
	/* Stamps of another day are no stamps. */
	assert_false(hardware_relation_to_raw(&relation, 0, &raw_ns, &error_ns));
	assert_false(hardware_relation_to_raw(
		&relation, card_at(&cards[1], RAW_NS + 65 * S_NS), &raw_ns, &error_ns));
}

static void test_step(void **state)
{
	static const int64_t steps[] = {
		20000, -20000, (int64_t)S_NS, -(int64_t)S_NS, 37 * (int64_t)S_NS};

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct hardware_relation relation = {.count = 0};
		struct card card = cards[1];
		uint64_t last = read_on(&relation, &card, RAW_NS, 20), raw_ns;
		struct hardware_sample sample;
		uint32_t error_ns;

		card.epoch_ns += (uint64_t)steps[i];
		sample = reading(&card, last + S_NS);
		assert_int_equal(
			hardware_relation_add(&relation, &sample), HARDWARE_RELATION_RESET);
		assert_int_equal(relation.resets, 1);
		assert_false(hardware_relation_to_raw(
			&relation, card_at(&card, last + S_NS), &raw_ns, &error_ns));
		last = read_on(&relation, &card, last + 2 * S_NS, 5);
		assert_true(error_at(&relation, &card, last) < 1500);
	}
}

static void test_no_clock(void **state)
{
	struct hardware_relation relation = {.count = 0};
	struct card wild = {0, 2e-3, 1000, 0};
	struct hardware_sample still = {.card_ns = 42, .raw_ns = RAW_NS, .window_ns = 900};
	struct hardware_sample slow = {.card_ns = 1, .raw_ns = RAW_NS, .window_ns = 1000001};

	(void)state;
	assert_int_equal(hardware_relation_add(&relation, &slow), HARDWARE_RELATION_REFUSED);
	assert_int_equal(relation.count, 0);
	for (int i = 0; i < 20; i++, still.raw_ns += S_NS)
		hardware_relation_add(&relation, &still);
	assert_false(relation.known);
	assert_int_equal(relation.resets, 19);
	relation = (struct hardware_relation){.count = 0};
	for (uint64_t i = 0; i < 20; i++) {
		struct hardware_sample sample = reading(&wild, RAW_NS + i * S_NS);

		hardware_relation_add(&relation, &sample);
		assert_false(relation.known);
	}
}

/* What the XDP program makes of the card, while MONOTONIC is slewed against RAW. */
static void test_counter(void **state)
{
	static const double slews[] = {0, 500e-6, -500e-6};

	(void)state;
	for (size_t c = 0; c < sizeof(cards) / sizeof(cards[0]); c++) {
		for (size_t i = 0; i < sizeof(slews) / sizeof(slews[0]); i++) {
			struct hardware_relation relation = {.count = 0};
			struct card card = {cards[c].epoch_ns, cards[c].drift, 0, 0};
			uint64_t last = read_on(&relation, &card, RAW_NS, 20);
			struct clocks_pair before = {.raw_ns = last, .mono_ns = 77 * S_NS};
			struct clocks_pair now = {.raw_ns = last + S_NS / 2,
				.mono_ns = 77 * S_NS + S_NS / 2 +
					   (uint64_t)(int64_t)llrint(slews[i] * 0.5e9)};
			struct cardclock_relation counter;

			assert_false(hardware_relation_to_counter(
				&relation, &before, &before, &counter));
			assert_true(
				hardware_relation_to_counter(&relation, &before, &now, &counter));
			for (int64_t at = -1000; at <= 1000; at += 125) {
				uint64_t card_ns =
					card_at(&card, now.raw_ns + (uint64_t)at * 1000000);
				int64_t wanted = (int64_t)now.mono_ns +
						 llrint((double)at * 1e6 * (1 + slews[i]));
				uint64_t got_ns = 0;

				assert_true(cardclock_convert(&counter, card_ns, &got_ns));
				assert_true(llabs((int64_t)got_ns - wanted) <= 3);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_made_up_cards),
		cmocka_unit_test(test_not_yet),
		cmocka_unit_test(test_step),
		cmocka_unit_test(test_no_clock),
		cmocka_unit_test(test_counter),
	};

	dice = dice_new("hardware_relation");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
