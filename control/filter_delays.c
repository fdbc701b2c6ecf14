// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The newest round trips: see filter_delays.h.
 */
#include "control/filter_delays.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A longer route: the least is longer by so many times their spread, which is no queue's. */
#define ROUTE_SPREADS 8

static int compare_delays(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return (left > right) - (left < right);
}

static int64_t newest_delay(const struct filter_delays *delays, unsigned age)
{
	return delays->newest[(delays->count - 1 - age) % FILTER_DELAYS];
}

unsigned filter_delays_count(const struct filter_delays *delays)
{
	return delays->count < FILTER_DELAYS ? delays->count : FILTER_DELAYS;
}

int64_t filter_delays_quantile(const struct filter_delays *delays, unsigned count, double share)
{
	int64_t sorted[FILTER_DELAYS];
	unsigned i;

	for (i = 0; i < count; i++)
		sorted[i] = newest_delay(delays, i);
	qsort(sorted, count, sizeof(sorted[0]), compare_delays);
	return sorted[(unsigned)ceil(share * (count - 1))];
}

/*
 * All recent delays well above the least one, and close together: only they count, or their excess
 * would shut out the samples for the whole window.
 */
static bool follow_route(struct filter_delays *delays, int64_t slack_ns)
{
	int64_t recent[FILTER_ROUTE_SAMPLES], low, median;
	unsigned i;

	if (filter_delays_count(delays) <= FILTER_ROUTE_SAMPLES)
		return false;
	low = filter_delays_quantile(delays, FILTER_ROUTE_SAMPLES, 0.0);
	median = filter_delays_quantile(delays, FILTER_ROUTE_SAMPLES, 0.5);
	if (low - delays->least_ns <= ROUTE_SPREADS * (median - low) + slack_ns)
		return false;
	for (i = 0; i < FILTER_ROUTE_SAMPLES; i++)
		recent[i] = newest_delay(delays, FILTER_ROUTE_SAMPLES - 1 - i);
	memcpy(delays->newest, recent, sizeof(recent));
	delays->count = FILTER_ROUTE_SAMPLES;
	return true;
}

bool filter_delays_add(struct filter_delays *delays, int64_t delay_ns, int64_t slack_ns)
{
	bool longer;

	delays->newest[delays->count % FILTER_DELAYS] = delay_ns;
	delays->count++;
	longer = follow_route(delays, slack_ns);
	delays->least_ns = filter_delays_quantile(delays, filter_delays_count(delays), 0.0);
	return longer;
}
