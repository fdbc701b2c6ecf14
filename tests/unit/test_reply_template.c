// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: tests/vectors/build.c tests/vectors/world.c
/*
 * dataplane/core/reply_template.h: replies by a template are to the octet those of each moment
 * alone; and where no template lasts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/core/respond.h"
#include "tests/unit/dice.h"
#include "tests/vectors/build.h"
#include "tests/vectors/vector.h"

#define NOW_NS 5000000000000ULL

static struct localaddr_table addresses;
static struct interface interface;
static struct settings settings;
static struct timepage page;
static struct client_set set;

static void world(const struct timepage_sample *sample)
{
	vector_interface(&interface);
	memset(&addresses, 0, sizeof(addresses));
	vector_addresses(&addresses);
	config_settings_init(&settings);
	settings.access_default = ACCESS_LIMITED | ACCESS_KOD;
	settings.traffic_class = 0xb8;
	limit_set(&settings.limit, 3, LIMIT_BURST_MIN, 1);
	settings.limit.kod_log2 = 1;
	memset(&page, 0, sizeof(page));
	timepage_init(&page);
	timepage_publish(&page, sample);
}

static struct timepage_sample plain_sample(void)
{
	return (struct timepage_sample){
		.base_ns = NOW_NS - 1000000,
		.base_seconds = 3989000000,
		.reference_ts = 3988999990ULL << 32,
		.multiplier = NTP_TIME_NOMINAL_MULTIPLIER,
		.shift = NTP_TIME_NOMINAL_SHIFT,
		.flags = TIMEPAGE_SYNCHRONISED,
		.expires_ns = UINT64_MAX,
		.dispersion_rate_q32 = 64425,
		.stratum = 2,
		.precision = -25,
	};
}

/* With edges: the base just before and behind the moment, a reference of the future. */
static struct timepage_sample random_sample(struct dice *dice)
{
	struct timepage_sample sample = plain_sample();

	sample.base_ns = NOW_NS + 2 * REPLY_TEMPLATE_AFTER_NS -
			 dice_roll(dice) % (4 * REPLY_TEMPLATE_AFTER_NS);
	sample.base_seconds = dice_roll(dice) >> (26 + dice_roll(dice) % 10);
	sample.base_fraction = (uint32_t)dice_edgy(dice);
	sample.multiplier += (uint32_t)(dice_roll(dice) % 2000000) - 1000000;
	sample.root_dispersion_q32 = dice_roll(dice) >> 30;
	sample.root_delay_q16 = (uint32_t)dice_edgy(dice);
	sample.reference_ts = dice_edgy(dice);
	sample.reference_id = be32_of((uint32_t)dice_roll(dice));
	sample.stratum = (uint8_t)(dice_roll(dice) % 17);
	sample.leap = (uint8_t)(dice_roll(dice) % 4);
	sample.precision = (int8_t)(-30 + (int)(dice_roll(dice) % 30));
	sample.answer_cost_ns = (uint32_t)(dice_roll(dice) % 10000);
	if (dice_roll(dice) % 4 == 0) {
		sample.leap_at_ns = NOW_NS - TIMEPAGE_LEAP_BEFORE_NS +
				    dice_roll(dice) % (3 * TIMEPAGE_LEAP_BEFORE_NS);
		sample.leap_sign = dice_roll(dice) % 2 ? 1 : -1;
	}
	if (dice_roll(dice) % 8 == 0)
		sample.expires_ns = NOW_NS - REPLY_TEMPLATE_AFTER_NS +
				    dice_roll(dice) % (4 * REPLY_TEMPLATE_AFTER_NS);
	if (dice_roll(dice) % 16 == 0)
		sample.flags = 0;
	return sample;
}

/* What the page says about a moment, for it alone. */
static const struct reply_template *taken_alone(uint64_t now_ns)
{
	static struct reply_template moment;
	const struct timepage_sample *sample = timepage_current(&page);

	memset(&moment, 0, sizeof(moment));
	reply_template_fill_moment(&moment, timepage_judge(sample, now_ns), sample, now_ns);
	return &moment;
}

/* Both answer the same frame at the same moment, each with a bucket of its own that is as full. */
static enum verdict answer_both(
	struct dice *dice, const struct reply_template *tmpl, uint64_t now_ns)
{
	struct build build = {.ipv6 = dice_roll(dice) % 2, .tags = (uint8_t)(dice_roll(dice) % 2)};
	uint8_t one[VECTOR_FRAME_MAX], many[VECTOR_FRAME_MAX];
	struct built built = build_frame(&build, one);
	struct client_set other = set;
	struct respond_input in = {.interface = &interface,
		.addresses = &addresses,
		.settings = &settings,
		.clients = &set,
		.features = FEATURE_CLIENTS | (dice_roll(dice) % 2 ? FEATURE_DSCP : 0),
		.no_route = dice_roll(dice) % 16 == 0,
		.client = 0x123456789abcdef0,
		.random = (uint32_t)dice_roll(dice),
		.now_ns = now_ns,
		.waited_ns = dice_roll(dice) % 3 ? 0 : dice_roll(dice) % 20000};
	struct frame frame = {one, one + built.length};
	enum verdict verdict;

	memcpy(many, one, sizeof(many));
	assert_int_equal(respond_parse(&frame, &settings, &in.layers), VERDICT_SERVED);
	verdict = respond_by_template(&in, taken_alone(now_ns));
	frame = (struct frame){many, many + built.length};
	assert_int_equal(respond_parse(&frame, &settings, &in.layers), VERDICT_SERVED);
	in.clients = &other;
	assert_int_equal(respond_by_template(&in, tmpl), verdict);
	assert_memory_equal(one, many, sizeof(one));
	assert_memory_equal(&set, &other, sizeof(set));
	return verdict;
}

static void test_the_same_to_the_octet(void **state)
{
	struct dice dice = dice_new("template");
	unsigned int lasting = 0, verdicts[VERDICT_COUNT] = {0};
	struct reply_template tmpl = {0};

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct timepage_sample sample = random_sample(&dice);

		world(&sample);
		memset(&set, 0, sizeof(set));
		reply_template_fill(&tmpl, &page, NOW_NS, NULL);
		verdicts[answer_both(&dice, &tmpl, NOW_NS)]++;
		if (!reply_template_valid(&tmpl, &page, NOW_NS))
			continue;
		lasting++;
		for (int frame = 0; frame < 8; frame++) {
			uint64_t now_ns = tmpl.from_ns + dice_roll(&dice) % tmpl.lasts_ns;

			verdicts[answer_both(&dice, &tmpl, now_ns)]++;
		}
		answer_both(&dice, &tmpl, tmpl.from_ns);
		answer_both(&dice, &tmpl, tmpl.from_ns + tmpl.lasts_ns - 1);
	}
	print_message("%u of 20000 templates last\n", lasting);
	assert_true(lasting > 3000 && lasting < 15000);
	assert_true(verdicts[VERDICT_SERVED] && verdicts[VERDICT_SERVED_LEAKED] &&
		    verdicts[VERDICT_SERVED_KISS] && verdicts[VERDICT_DROP_LIMITED]);
	assert_true(verdicts[VERDICT_PASS_UNSYNCHRONISED] && verdicts[VERDICT_PASS_PAGE_EXPIRED] &&
		    verdicts[VERDICT_PASS_NO_ROUTE]);
}

/* Of more than a moment? */
static bool lasts(const struct timepage_sample *sample)
{
	struct reply_template tmpl = {0};

	world(sample);
	reply_template_fill(&tmpl, &page, NOW_NS, NULL);
	if (!reply_template_valid(&tmpl, &page, NOW_NS))
		return false;
	if (sample->base_ns + REPLY_TEMPLATE_BEFORE_NS <= NOW_NS) {
		assert_true(reply_template_valid(&tmpl, &page, NOW_NS - REPLY_TEMPLATE_BEFORE_NS));
		assert_false(
			reply_template_valid(&tmpl, &page, NOW_NS - REPLY_TEMPLATE_BEFORE_NS - 1));
	} else {
		assert_false(reply_template_valid(&tmpl, &page, NOW_NS - 1));
	}
	assert_true(reply_template_valid(&tmpl, &page, NOW_NS + REPLY_TEMPLATE_AFTER_NS - 1));
	assert_false(reply_template_valid(&tmpl, &page, NOW_NS + REPLY_TEMPLATE_AFTER_NS));
	return true;
}

static void test_what_does_not_last(void **state)
{
	struct timepage_sample sample = plain_sample();

	(void)state;
	assert_true(lasts(&sample));
	sample.expires_ns = NOW_NS + REPLY_TEMPLATE_AFTER_NS + 1;
	assert_true(lasts(&sample));
	sample.expires_ns = NOW_NS + REPLY_TEMPLATE_AFTER_NS;
	assert_false(lasts(&sample));
	sample = plain_sample();
	sample.leap_at_ns = NOW_NS + 3600 * NTP_TIME_NS_PER_S;
	assert_true(lasts(&sample));
	sample.leap_at_ns = NOW_NS + REPLY_TEMPLATE_AFTER_NS + TIMEPAGE_LEAP_BEFORE_NS + 1;
	assert_true(lasts(&sample));
	sample.leap_at_ns--;
	assert_false(lasts(&sample));
	sample.leap_at_ns = NOW_NS - 3600 * NTP_TIME_NS_PER_S;
	assert_false(lasts(&sample));
	sample = plain_sample();
	sample.flags = 0;
	assert_false(lasts(&sample));
	/* A second in a second: its units of 15 us change in between. */
	sample = plain_sample();
	sample.dispersion_rate_q32 = UINT32_MAX;
	assert_false(lasts(&sample));
	sample = plain_sample();
	sample.base_ns = NOW_NS + 1;
	assert_false(lasts(&sample));
	sample.base_ns = NOW_NS;
	assert_true(lasts(&sample));
	sample.reference_ts = sample.base_seconds << 32 | 1;
	assert_false(lasts(&sample));
}

/* Nobody is served by a template when the page says something else by now. */
static void test_a_page_that_was_turned(void **state)
{
	struct timepage_sample sample = plain_sample();
	struct reply_template tmpl = {0};

	(void)state;
	world(&sample);
	reply_template_fill(&tmpl, &page, NOW_NS, NULL);
	assert_true(reply_template_valid(&tmpl, &page, NOW_NS));
	sample.base_seconds++;
	timepage_publish(&page, &sample);
	assert_false(reply_template_valid(&tmpl, &page, NOW_NS));
	reply_template_fill(&tmpl, &page, NOW_NS, NULL);
	assert_true(reply_template_valid(&tmpl, &page, NOW_NS));
	assert_int_equal(tmpl.base_ts >> 32, (uint32_t)sample.base_seconds);
	/* Nothing was ever published: the template's zeros are the page's. */
	memset(&page, 0, sizeof(page));
	memset(&tmpl, 0, sizeof(tmpl));
	assert_false(reply_template_valid(&tmpl, &page, NOW_NS));
	assert_false(reply_template_valid(&tmpl, &page, 0));
}

/* What is taken for a moment does not stand, nor does what stood before. */
static void test_a_moment_alone(void **state)
{
	struct timepage_sample sample = plain_sample();
	struct reply_template tmpl = {0};

	(void)state;
	world(&sample);
	reply_template_fill(&tmpl, &page, NOW_NS, NULL);
	reply_template_fill(&tmpl, &page, sample.base_ns - 1, NULL);
	assert_int_equal(tmpl.verdict, VERDICT_SERVED);
	assert_false(reply_template_valid(&tmpl, &page, sample.base_ns - 1));
	assert_false(reply_template_valid(&tmpl, &page, NOW_NS));
}

/* Verdicts for want of a page; a writer that is for ever in the middle of it is given up. */
static void test_no_page(void **state)
{
	struct timepage_sample sample = plain_sample();
	struct reply_template tmpl = {0};
	uint64_t retries = 0;

	(void)state;
	memset(&page, 0, sizeof(page));
	reply_template_fill(&tmpl, &page, NOW_NS, &retries);
	assert_int_equal(tmpl.verdict, VERDICT_PASS_PAGE_FOREIGN);
	timepage_init(&page);
	reply_template_fill(&tmpl, &page, NOW_NS, &retries);
	assert_int_equal(tmpl.verdict, VERDICT_PASS_PAGE_UNWRITTEN);
	assert_false(reply_template_valid(&tmpl, &page, NOW_NS));
	assert_int_equal(retries, 0);
	world(&sample);
	page.sample[page.generation & 1].generation++;
	reply_template_fill(&tmpl, &page, NOW_NS, &retries);
	assert_int_equal(tmpl.verdict, VERDICT_PASS_PAGE_TORN);
	assert_false(reply_template_valid(&tmpl, &page, NOW_NS));
	assert_int_equal(retries, TIMEPAGE_TRIES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_same_to_the_octet),
		cmocka_unit_test(test_what_does_not_last),
		cmocka_unit_test(test_a_page_that_was_turned),
		cmocka_unit_test(test_a_moment_alone),
		cmocka_unit_test(test_no_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
