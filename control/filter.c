// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The clock filter: see filter.h for the model. Offsets in here are ns in doubles,
 * relative to an anchor in 64-bit integers that moves along with each sample, so
 * that no double ever holds an absolute time. The arithmetic of the bank is in
 * filter_bank.c; here is what a sample is worth, and what becomes of an odd one.
 */
#include "control/filter.h"

#include "control/filter_bank.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EXCESS_SD      0.3   /* see filter.h */
#define LIMIT_SD       0.3   /* of a sample's error against its delay: half of it, uniform */
#define FIRST_DELAY_SD 0.2   /* noise of the first samples, as a share of their delay */
#define GATE_SD        6.0   /* beyond this for all of the bank a sample is not believed */
#define GATE_MAX       4     /* unbelievable samples in a row, whatever they say */
#define JITTER_MEMORY  0.875 /* RFC 5905 sec. 10 looks at 8 samples */
#define DELAYS         64    /* least delay over so many samples */
#define ROUTE_SAMPLES  8     /* so many in a row say that the route has changed */
#define EARLY          8     /* so many samples are gone through again with each new one */
#define SHIFT_SEEN     0.1   /* a sample that differs by so near a shift has seen it already */
#define RATE_SIGMA     3.0   /* the frequency is off by less than PHI and so many sd */

struct filter {
	struct bank bank;
	uint64_t anchor_raw_ns; /* moment of the bank's states */
	int64_t anchor_offset_ns;
	double frequency, frequency_sd; /* before the first sample, ppb */
	double weights[BANK_MODELS];    /* likewise */
	struct ntp_sample early[EARLY]; /* the first samples, as long as there are no more */
	int64_t delays[DELAYS];
	unsigned delay_count; /* ever seen since the start or a change of route */
	int64_t min_delay_ns;
	double used_delay_ns;
	double bound_ns; /* |error| is below this at the anchor, see grow() */
	double jitter_square;
	unsigned samples;          /* believed since the start or a restart */
	unsigned refused;          /* in a row */
	double refused_innovation; /* of the last one refused */
	struct ntp_sample last;    /* newest sample, believed or not */
};

struct filter *filter_new(void)
{
	struct filter *filter = calloc(1, sizeof(*filter));

	if (filter)
		filter_reset(filter);
	return filter;
}

void filter_free(struct filter *filter)
{
	free(filter);
}

void filter_reset(struct filter *filter)
{
	int i;

	memset(filter, 0, sizeof(*filter));
	filter->frequency_sd = FILTER_FREQUENCY_SD * 1e9;
	for (i = 0; i < BANK_MODELS; i++)
		filter->weights[i] = 1.0 / BANK_MODELS;
}

void filter_set_frequency(struct filter *filter, double frequency, double frequency_sd)
{
	if (filter->samples)
		return;
	filter->frequency = frequency * 1e9;
	filter->frequency_sd = frequency_sd * 1e9;
}

static int compare_delays(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return (left > right) - (left < right);
}

/* The value at a share (0..1) of the newest `count` delays, sorted. */
static int64_t delay_quantile(const struct filter *filter, unsigned count, double share)
{
	int64_t sorted[DELAYS];
	unsigned i;

	for (i = 0; i < count; i++)
		sorted[i] = filter->delays[(filter->delay_count - 1 - i) % DELAYS];
	qsort(sorted, count, sizeof(sorted[0]), compare_delays);
	return sorted[(unsigned)ceil(share * (count - 1))];
}

static unsigned delay_window(const struct filter *filter)
{
	return filter->delay_count < DELAYS ? filter->delay_count : DELAYS;
}

/*
 * All recent delays well above the least one, and close together: the route is another.
 * Then only they count, or their excess would shut out the samples for the whole window.
 */
static void delay_follow_route(struct filter *filter)
{
	int64_t recent[ROUTE_SAMPLES], low, median;
	unsigned i;

	if (delay_window(filter) <= ROUTE_SAMPLES)
		return;
	low = delay_quantile(filter, ROUTE_SAMPLES, 0.0);
	median = delay_quantile(filter, ROUTE_SAMPLES, 0.5);
	if (low - filter->min_delay_ns <= 4 * (median - low) + filter->last.dispersion_ns)
		return;
	for (i = 0; i < ROUTE_SAMPLES; i++)
		recent[i] = filter->delays[(filter->delay_count - ROUTE_SAMPLES + i) % DELAYS];
	memcpy(filter->delays, recent, sizeof(recent));
	filter->delay_count = ROUTE_SAMPLES;
}

/* Takes a delay into the window. The offset's meaning moves with the least delay: z = x + a e. */
static void delay_add(struct filter *filter, int64_t delay_ns)
{
	int64_t old = filter->min_delay_ns;
	double before;

	filter->delays[filter->delay_count % DELAYS] = delay_ns;
	filter->delay_count++;
	delay_follow_route(filter);
	filter->min_delay_ns = delay_quantile(filter, delay_window(filter), 0.0);
	if (filter->samples == 0 || filter->min_delay_ns == old)
		return;
	before = bank_mean(&filter->bank, BANK_X, NULL);
	bank_shift_excess(&filter->bank, (double)(filter->min_delay_ns - old));
	filter->bound_ns += fabs(bank_mean(&filter->bank, BANK_X, NULL) - before);
}

/*
 * What a sample says. The least delay is not known well at first: it holds a queue too,
 * which is as long as the delays are spread, and shorter the more of them there are.
 */
static struct bank_measurement measure(const struct filter *filter, const struct ntp_sample *sample)
{
	unsigned count = delay_window(filter);
	double floor = (double)sample->dispersion_ns + 1.0;
	double low = (double)(delay_quantile(filter, count, 0.25) - filter->min_delay_ns);
	double spread = (double)(delay_quantile(filter, count, 0.75) - filter->min_delay_ns);
	double quiet = 0.5 * fmax(low, spread / sqrt(count));
	double limit = LIMIT_SD * (double)sample->delay_ns;
	double first = FIRST_DELAY_SD * (double)sample->delay_ns / ((double)count * count);
	struct bank_measurement m;

	m.z = (double)(sample->offset_ns - filter->anchor_offset_ns);
	m.excess = (double)(sample->delay_ns - filter->min_delay_ns);
	m.quiet = fmin(quiet * quiet + first * first, limit * limit);
	m.variance = floor * floor +
		     fmin(m.quiet + EXCESS_SD * EXCESS_SD * m.excess * m.excess, limit * limit);
	m.quiet += floor * floor;
	return m;
}

/* What a sample alone says of the estimate's error: it is within half the delay. */
static double sample_bound(const struct filter *filter, const struct ntp_sample *sample)
{
	double difference = (double)(sample->offset_ns - filter->anchor_offset_ns);

	return 0.5 * (double)sample->delay_ns + (double)sample->dispersion_ns + fabs(difference);
}

/*
 * How much the bound of the error grows in a second. It is carried along from sample
 * to sample: grown, moved with the estimate, and cut where a sample alone says less. It does
 * not rest on what the filter believes of the noise.
 */
static double growth(const struct filter *filter)
{
	double variance;

	bank_mean(&filter->bank, BANK_Y, &variance);
	return FILTER_PHI * 1e9 + RATE_SIGMA * sqrt(variance);
}

/* The bank begins at this sample, which becomes its anchor. */
static void begin(struct filter *filter, const struct ntp_sample *sample)
{
	struct bank_measurement m = measure(filter, sample);
	int i;

	bank_begin(&filter->bank, m.variance, filter->frequency,
		filter->frequency_sd * filter->frequency_sd);
	for (i = 0; i < BANK_MODELS; i++)
		filter->bank.model[i].weight = filter->weights[i];
	filter->anchor_raw_ns = sample->raw_ns;
	filter->anchor_offset_ns = sample->offset_ns;
	filter->used_delay_ns = (double)sample->delay_ns;
	filter->bound_ns = 0.5 * (double)sample->delay_ns + (double)sample->dispersion_ns;
	filter->jitter_square = m.variance;
	filter->samples = 1;
	filter->refused = 0;
}

/* Brings the bank to the moment of the sample. */
static struct bank_measurement approach(struct filter *filter, const struct ntp_sample *sample)
{
	double dt = (double)(sample->raw_ns - filter->anchor_raw_ns) * 1e-9;

	filter->bound_ns += growth(filter) * dt;
	bank_predict(&filter->bank, dt, true);
	filter->anchor_raw_ns = sample->raw_ns;
	return measure(filter, sample);
}

/*
 * The noise of the samples, however well they are foretold: the mean product of what a sample
 * differs from the forecast and from the estimate after it (Desroziers, Berre, Chapnik and Poli,
 * "Diagnosis of observation, background and analysis-error statistics", 2005, eq. 3).
 */
static void note_jitter(struct filter *filter, double before, double after)
{
	double precision = (double)filter->last.dispersion_ns;

	filter->jitter_square = JITTER_MEMORY * filter->jitter_square +
				(1.0 - JITTER_MEMORY) * fmax(before * after, precision * precision);
}

static void absorb(
	struct filter *filter, const struct bank_measurement *m, const struct ntp_sample *sample)
{
	double before = bank_mean(&filter->bank, BANK_X, NULL);
	double innovation = m->z - before - bank_mean(&filter->bank, BANK_A, NULL) * m->excess;
	double gain = bank_update(&filter->bank, m);
	double after = bank_mean(&filter->bank, BANK_X, NULL);
	int64_t whole = (int64_t)llround(after);

	filter->anchor_offset_ns += whole;
	bank_rebase(&filter->bank, (double)whole);
	filter->bound_ns =
		fmin(filter->bound_ns + fabs(after - before), sample_bound(filter, sample));
	filter->used_delay_ns += gain * ((double)sample->delay_ns - filter->used_delay_ns);
	note_jitter(filter, innovation,
		m->z - after - bank_mean(&filter->bank, BANK_A, NULL) * m->excess);
	filter->refused = 0;
	filter->samples++;
}

/*
 * What the first samples are worth is only known from all of them, since the least delay and
 * the spread are: as long as they are few, the bank begins anew with each.
 */
static void replay(struct filter *filter, const struct ntp_sample *sample)
{
	unsigned i, count = filter->samples;

	filter->early[count] = *sample;
	begin(filter, &filter->early[0]);
	for (i = 1; i <= count; i++) {
		struct bank_measurement m = approach(filter, &filter->early[i]);

		absorb(filter, &m, &filter->early[i]);
	}
}

/*
 * A sample that the bank would not have allowed is believed when the one before it
 * said much the same, or when there have been too many to go on as before.
 */
static bool confirmed(const struct filter *filter, double innovation)
{
	if (filter->refused == 0)
		return false;
	return filter->refused >= GATE_MAX || fabs(innovation - filter->refused_innovation) <=
						      3.0 * fabs(filter->refused_innovation);
}

/*
 * Begins again at the sample refused before this one. How far the slope between the two is
 * from the frequency that was known is how little that is worth now. What was learnt of the
 * noise stays.
 */
static void restart(
	struct filter *filter, const struct ntp_sample *before, const struct ntp_sample *sample)
{
	double dt = (double)(sample->raw_ns - before->raw_ns) * 1e-9;
	double variance, frequency = bank_mean(&filter->bank, BANK_Y, &variance);
	double wrong = (double)(sample->offset_ns - before->offset_ns) / dt - frequency;
	int i;

	filter->frequency = frequency;
	filter->frequency_sd = sqrt(variance + wrong * wrong);
	for (i = 0; i < BANK_MODELS; i++)
		filter->weights[i] = filter->bank.model[i].weight;
	filter->early[0] = *before;
	filter->samples = 1;
}

int filter_add(struct filter *filter, const struct ntp_sample *sample)
{
	struct ntp_sample before = filter->last;
	struct bank_measurement m;
	double innovation;

	if (sample->delay_ns < 0 || sample->dispersion_ns < 0)
		return -EINVAL;
	if (filter->samples && sample->raw_ns <= before.raw_ns)
		return -ESTALE;
	filter->last = *sample;
	delay_add(filter, sample->delay_ns);
	if (filter->samples == 0) {
		replay(filter, sample);
		return 0;
	}
	m = approach(filter, sample);
	if (bank_surprise(&filter->bank, &m, &innovation) > GATE_SD) {
		if (!confirmed(filter, innovation)) {
			filter->refused++;
			filter->refused_innovation = innovation;
			return 1;
		}
		restart(filter, &before, sample);
	}
	if (filter->samples < EARLY)
		replay(filter, sample);
	else
		absorb(filter, &m, sample);
	return 0;
}

void filter_shift(struct filter *filter, int64_t delta_ns)
{
	int i;

	filter->anchor_offset_ns += delta_ns;
	for (i = 0; i < EARLY; i++)
		filter->early[i].offset_ns += delta_ns;
	/* What was put aside may have been this very shift, seen a moment too early. */
	if (filter->refused && fabs(filter->refused_innovation - (double)delta_ns) <
				       SHIFT_SEEN * (double)llabs(delta_ns))
		filter->refused = 0;
	else
		filter->last.offset_ns += delta_ns;
}

/*
 * Root distance: the server's own, and the bound of the estimate's error grown to the
 * moment asked for (RFC 5905 sec. 11.1 has PHI for that); and all of a sample that was
 * put aside: it may be the one that is right.
 */
bool filter_estimate(
	const struct filter *filter, uint64_t raw_ns, struct filter_estimate *ret_estimate)
{
	struct bank bank = filter->bank;
	double dt = (double)(int64_t)(raw_ns - filter->anchor_raw_ns) * 1e-9;
	double offset_variance, frequency_variance, bound;
	struct filter_estimate *e = ret_estimate;

	if (filter->samples == 0)
		return false;
	bank_predict(&bank, dt, false);
	e->offset_ns = filter->anchor_offset_ns +
		       (int64_t)llround(bank_mean(&bank, BANK_X, &offset_variance));
	e->frequency = bank_mean(&bank, BANK_Y, &frequency_variance) * 1e-9;
	e->offset_sd_ns = sqrt(offset_variance);
	e->frequency_sd = sqrt(frequency_variance) * 1e-9;
	e->jitter_ns = sqrt(filter->jitter_square);
	bound = filter->bound_ns + growth(filter) * fabs(dt);
	if (filter->refused)
		bound += fabs(filter->refused_innovation);
	e->delay_ns = (int64_t)fmin(filter->used_delay_ns, 2.0 * filter->bound_ns);
	e->server_distance_ns = filter->last.root_delay_ns / 2 + filter->last.root_dispersion_ns;
	e->root_delay_ns = filter->last.root_delay_ns + e->delay_ns;
	e->root_distance_ns = e->server_distance_ns + (int64_t)ceil(bound);
	e->root_dispersion_ns = e->root_distance_ns - e->root_delay_ns / 2;
	e->sample_raw_ns = filter->last.raw_ns;
	e->reference_id = filter->last.reference_id;
	e->stratum = filter->last.stratum;
	e->leap = filter->last.leap;
	e->samples = filter->samples;
	return true;
}
