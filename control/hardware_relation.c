// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Weighted least squares, twice: the second time a reading counts for less where it lies off the
 * line by more than the time it took. Differences only, so that doubles keep the ns.
 */
#include "control/hardware_relation.h"

#include <math.h>
#include <string.h>

#define COUNT_MIN        3
#define SPAN_MIN_NS      200000000.0
/* Even the fastest reading is not better than this. */
#define NOISE_NS         20.0
/* Oscillators in a warm box change by less than this within a minute. */
#define WANDER           1e-7
/* MONOTONIC is slewed by 500 ppm at most, and tick by 10 %; more is a reading gone wrong. */
#define SLEW_MAX         0.11
#define SLEW_SPAN_MIN_NS 50000000ULL

static double away(uint64_t a, uint64_t b)
{
	return (double)(int64_t)(a - b);
}

static double half_window(const struct hardware_sample *sample)
{
	return sample->window_ns / 2.0 + NOISE_NS;
}

/* Fits y = level + slope * x to the readings, x and y being counted from the newest one. */
static void fit_once(const struct hardware_relation *relation, double *level, double *slope)
{
	const struct hardware_sample *newest = &relation->list[relation->count - 1];
	double sum = 0, x_mean = 0, y_mean = 0, xx = 0, xy = 0;
	double weight[HARDWARE_RELATION_SAMPLES], x[HARDWARE_RELATION_SAMPLES],
		y[HARDWARE_RELATION_SAMPLES];
	unsigned i;

	for (i = 0; i < relation->count; i++) {
		const struct hardware_sample *sample = &relation->list[i];
		double width = half_window(sample), off;

		x[i] = away(sample->card_ns, newest->card_ns);
		y[i] = away(sample->raw_ns, newest->raw_ns) - x[i];
		off = y[i] - *level - *slope * x[i];
		weight[i] = 1 / (width * width);
		if (isfinite(off) && fabs(off) > width)
			weight[i] *= width * width / (off * off);
		sum += weight[i];
		x_mean += weight[i] * x[i];
		y_mean += weight[i] * y[i];
	}
	x_mean /= sum;
	y_mean /= sum;
	for (i = 0; i < relation->count; i++) {
		xx += weight[i] * (x[i] - x_mean) * (x[i] - x_mean);
		xy += weight[i] * (x[i] - x_mean) * (y[i] - y_mean);
	}
	*slope = xx > 0 ? xy / xx : 0;
	*level = y_mean - *slope * x_mean;
}

/* How far a reading lies from the line; x from the newest. */
static double distance(const struct hardware_relation *relation, unsigned i, double *ret_x)
{
	const struct hardware_sample *sample = &relation->list[i];

	*ret_x = away(sample->card_ns, relation->card_ns);
	return fabs(away(sample->raw_ns, relation->raw_ns) - *ret_x - relation->rate * *ret_x);
}

/* The bounds: at each reading the card was within its window, wherever the line is. */
static void bound(struct hardware_relation *relation)
{
	unsigned last = relation->count - 1, i;
	double x, first_x, ends = distance(relation, last, &x);

	ends += distance(relation, 0, &first_x);
	ends += half_window(&relation->list[0]) + half_window(&relation->list[last]);
	relation->rate_error = ends / -first_x + WANDER;
	relation->error_ns = INFINITY;
	for (i = 0; i <= last; i++) {
		double off = distance(relation, i, &x) + half_window(&relation->list[i]);

		relation->error_ns = fmin(relation->error_ns, off - x * relation->rate_error);
	}
}

static void fit(struct hardware_relation *relation)
{
	const struct hardware_sample *newest = &relation->list[relation->count - 1];
	double level = NAN, slope = NAN;

	relation->known = relation->count >= COUNT_MIN &&
			  away(newest->card_ns, relation->list[0].card_ns) >= SPAN_MIN_NS;
	if (!relation->known)
		return;
	fit_once(relation, &level, &slope);
	fit_once(relation, &level, &slope);
	relation->known = fabs(slope) <= HARDWARE_RATE_MAX;
	relation->rate = slope;
	relation->card_ns = newest->card_ns;
	relation->raw_ns = newest->raw_ns + (uint64_t)(int64_t)llrint(level);
	if (relation->known)
		bound(relation);
}

/* Does the reading lie where the line, or failing that any card's rate, allows? */
static bool fits(const struct hardware_relation *relation, const struct hardware_sample *sample)
{
	const struct hardware_sample *last = &relation->list[relation->count - 1];
	double card = away(sample->card_ns, last->card_ns);
	double raw = away(sample->raw_ns, last->raw_ns);
	double tolerated = half_window(sample) + half_window(last) + HARDWARE_RATE_MAX * raw;
	uint64_t expected_ns;
	uint32_t error_ns;

	if (card <= 0 || raw <= 0 || raw > (double)HARDWARE_REACH_NS)
		return false;
	if (!relation->known)
		return fabs(raw - card) <= tolerated;
	return hardware_relation_to_raw(relation, sample->card_ns, &expected_ns, &error_ns) &&
	       fabs(away(sample->raw_ns, expected_ns)) <= error_ns + half_window(sample);
}

enum hardware_relation_result hardware_relation_add(
	struct hardware_relation *relation, const struct hardware_sample *sample)
{
	enum hardware_relation_result result = HARDWARE_RELATION_ADDED;

	if (sample->window_ns > HARDWARE_WINDOW_MAX_NS)
		return HARDWARE_RELATION_REFUSED;
	if (relation->count && !fits(relation, sample)) {
		relation->count = 0;
		relation->resets++;
		result = HARDWARE_RELATION_RESET;
	}
	if (relation->count == HARDWARE_RELATION_SAMPLES)
		memmove(relation->list, relation->list + 1,
			--relation->count * sizeof(relation->list[0]));
	relation->list[relation->count++] = *sample;
	fit(relation);
	return result;
}

bool hardware_relation_to_raw(const struct hardware_relation *relation, uint64_t card_ns,
	uint64_t *ret_raw_ns, uint32_t *ret_error_ns)
{
	double x = away(card_ns, relation->card_ns);

	if (!relation->known || fabs(x) > (double)HARDWARE_REACH_NS)
		return false;
	*ret_raw_ns = relation->raw_ns + (card_ns - relation->card_ns) +
		      (uint64_t)(int64_t)llrint(relation->rate * x);
	*ret_error_ns = (uint32_t)ceil(relation->error_ns + fabs(x) * relation->rate_error);
	return true;
}

bool hardware_relation_to_counter(const struct hardware_relation *relation,
	const struct clocks_pair *before, const struct clocks_pair *now,
	struct cardclock_relation *ret_relation)
{
	double raw = away(now->raw_ns, before->raw_ns);
	double slew = away(now->mono_ns, before->mono_ns) / raw - 1;
	double since = away(now->raw_ns, relation->raw_ns);
	double rate;

	if (!relation->known || raw < (double)SLEW_SPAN_MIN_NS || fabs(slew) > SLEW_MAX ||
		fabs(since) > (double)HARDWARE_REACH_NS)
		return false;
	/* (1 + rate)(1 + slew) - 1, and the card's moment now. */
	rate = relation->rate + slew + relation->rate * slew;
	*ret_relation = (struct cardclock_relation){
		.card_ns = relation->card_ns + (now->raw_ns - relation->raw_ns) -
			   (uint64_t)(int64_t)llrint(since * relation->rate / (1 + relation->rate)),
		.counter_ns = now->mono_ns,
		.rate_q32 = (int32_t)lrint(rate * 4294967296.0),
	};
	return true;
}
