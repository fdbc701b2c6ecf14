// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See generator_latency.h.
 */
#include "control/cli/generator_latency.h"

#include <stddef.h>

/* Where a bucket begins; that of the next one is where it ends. */
static double bucket_begin_ns(unsigned int bucket)
{
	unsigned int exponent = bucket >> GENERATOR_BUCKET_STEPS_LOG2;
	unsigned int step = bucket & ((1U << GENERATOR_BUCKET_STEPS_LOG2) - 1);

	if (exponent < GENERATOR_BUCKET_STEPS_LOG2)
		return bucket;
	return (double)((uint64_t)((1U << GENERATOR_BUCKET_STEPS_LOG2) + step)
			<< (exponent - GENERATOR_BUCKET_STEPS_LOG2));
}

double generator_latency_quantile(const double buckets[GENERATOR_BUCKETS], double quantile)
{
	double total = 0, seen = 0, wanted;

	for (size_t i = 0; i < GENERATOR_BUCKETS; i++)
		total += buckets[i];
	wanted = quantile * total;
	for (unsigned int i = 0; total > 0 && i < GENERATOR_BUCKETS; i++) {
		double begin_ns = bucket_begin_ns(i);

		/* Inside the bucket as if its replies were spread evenly. */
		if (buckets[i] > 0 && seen + buckets[i] >= wanted)
			return begin_ns +
			       (bucket_begin_ns(i + 1) - begin_ns) * (wanted - seen) / buckets[i];
		seen += buckets[i];
	}
	return 0;
}
