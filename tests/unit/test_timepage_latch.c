// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The time page's latch with a writer at work, as fast as it can: what timepage_read() and
 * reply_template_fill() give is of one sample.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <pthread.h>

#include "dataplane/core/reply_template_fill.h"

#define NOW_NS 1000000000000ULL

struct race {
	struct timepage page;
	int stop;
	uint64_t published;
};

/* Every field of the k-th sample tells k. */
static struct timepage_sample telling(uint32_t k)
{
	return (struct timepage_sample){
		.base_ns = NOW_NS,
		.base_seconds = k,
		.base_fraction = k,
		.multiplier = NTP_TIME_NOMINAL_MULTIPLIER,
		.shift = NTP_TIME_NOMINAL_SHIFT,
		.flags = TIMEPAGE_SYNCHRONISED,
		.expires_ns = UINT64_MAX,
		.root_delay_q16 = k,
		.root_dispersion_q32 = (uint64_t)k << 16,
		.reference_ts = (uint64_t)k << 32 | k,
		.reference_id = be32_of(k),
		.stratum = k % 16,
		.precision = -24,
		.answer_cost_ns = k,
	};
}

static void *write_samples(void *argument)
{
	struct race *race = argument;
	uint32_t k = 1;

	while (!compiler_load(race->stop)) {
		struct timepage_sample sample = telling(k);

		timepage_publish(&race->page, &sample);
		compiler_store(race->published, k);
		/* Now and then at full speed, now and then at rest. */
		if (++k % 64 == 0)
			for (int i = 0; i < 20000; i++)
				compiler_barrier();
	}
	return NULL;
}

static void check_whole(const struct timepage_reading *reading)
{
	uint32_t k = reading->root_delay_q16;

	assert_int_equal(reading->now.seconds, k);
	assert_int_equal(reading->now.fraction, k);
	assert_int_equal(reading->root_dispersion_q16, k);
	assert_int_equal(reading->reference_ts, (uint64_t)k << 32 | k);
	assert_int_equal(be32_value(reading->reference_id), k);
	assert_int_equal(reading->answer_cost_ns, k);
	assert_int_equal(reading->stratum, k % 16);
}

/* The same of a template: reply_template_fill() reads the page in place. */
static bool fill_whole(const struct timepage *page, uint64_t now_ns)
{
	static struct reply_template tmpl;
	uint32_t k;

	reply_template_fill(&tmpl, page, now_ns, NULL);
	if (tmpl.verdict != VERDICT_SERVED)
		return false;
	k = be32_value((be32){tmpl.head.root_delay});
	assert_int_equal(tmpl.base_ts, (uint64_t)k << 32 | k);
	assert_int_equal(be32_value((be32){tmpl.head.root_dispersion}), k);
	assert_int_equal(be64_value((be64){tmpl.head.reference_ts}), (uint64_t)k << 32 | k);
	assert_int_equal(be32_value((be32){tmpl.head.reference_id}), k);
	assert_int_equal(tmpl.answer_cost_ns, k);
	assert_int_equal(tmpl.head.gain, reply_head_sum(&tmpl.head));
	return true;
}

static void test_latch_with_a_writer_at_work(void **state)
{
	static struct race race;
	uint64_t whole = 0, torn = 0, templates = 0;
	uint32_t last = 0;
	pthread_t writer;

	(void)state;
	timepage_init(&race.page);
	assert_int_equal(pthread_create(&writer, NULL, write_samples, &race), 0);
	while (compiler_load(race.published) < 200000 || whole < 1000) {
		struct timepage_reading reading = {0};
		enum verdict verdict = timepage_read(&race.page, NOW_NS, &reading);

		if (verdict == VERDICT_PASS_PAGE_UNWRITTEN)
			continue;
		if (verdict == VERDICT_PASS_PAGE_TORN) {
			torn++;
			continue;
		}
		assert_int_equal(verdict, VERDICT_SERVED);
		check_whole(&reading);
		assert_true(reading.root_delay_q16 >= last); /* never an older one */
		last = reading.root_delay_q16;
		whole++;
		templates += fill_whole(&race.page, NOW_NS);
	}
	compiler_store(race.stop, 1);
	pthread_join(writer, NULL);
	printf("# %llu whole, %llu torn, %llu templates, %llu published\n",
		(unsigned long long)whole, (unsigned long long)torn, (unsigned long long)templates,
		(unsigned long long)race.published);
	assert_true(whole > 0 && templates > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_latch_with_a_writer_at_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
