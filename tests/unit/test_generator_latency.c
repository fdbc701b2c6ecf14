// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Quantiles of the load generator's latency histogram: right to a bucket's width, in order, and
 * nothing of nothing.
 */
// test-sources: control/cli/generator_latency.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "control/cli/generator_latency.h"

/* As bpf/generator_reply.bpf.h sorts them in. */
static unsigned int bucket_of(uint64_t ns)
{
	unsigned int exponent = 0;

	if (ns < 1U << GENERATOR_BUCKET_STEPS_LOG2)
		return (unsigned int)ns;
	while (ns >> (exponent + 1))
		exponent++;
	return exponent << GENERATOR_BUCKET_STEPS_LOG2 |
	       ((unsigned int)(ns >> (exponent - GENERATOR_BUCKET_STEPS_LOG2)) &
		       ((1U << GENERATOR_BUCKET_STEPS_LOG2) - 1));
}

static void test_one_latency(void **state)
{
	(void)state;
	for (uint64_t ns = 1; ns < 1ULL << 31; ns = ns * 5 / 4 + 1) {
		double buckets[GENERATOR_BUCKETS] = {0};
		double width = ns < 16 ? 1 : (double)ns / 16;

		buckets[bucket_of(ns)] = 1000;
		for (double quantile = 0.001; quantile <= 1; quantile *= 2) {
			double found = generator_latency_quantile(buckets, quantile);

			assert_true(found >= (double)ns - width && found <= (double)ns + width);
		}
	}
}

static void test_spread_evenly(void **state)
{
	double buckets[GENERATOR_BUCKETS] = {0}, last = 0;

	(void)state;
	for (uint64_t ns = 0; ns < 1000000; ns++)
		buckets[bucket_of(ns)]++;
	for (int percent = 1; percent <= 100; percent++) {
		double found = generator_latency_quantile(buckets, percent / 100.0);

		/* The last bucket, from 983,040 on, is not full. */
		assert_true(
			percent > 98 || (found > percent * 9990.0 && found < percent * 10010.0));
		assert_true(found > last);
		last = found;
	}
}

static void test_of_nothing(void **state)
{
	const double buckets[GENERATOR_BUCKETS] = {0};

	(void)state;
	assert_true(generator_latency_quantile(buckets, 0.99) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_latency),
		cmocka_unit_test(test_spread_evenly),
		cmocka_unit_test(test_of_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
