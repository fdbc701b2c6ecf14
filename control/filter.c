// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The clock filter: see filter.h for the model. Offsets in here are ns in doubles,
 * relative to an anchor in 64-bit integers that moves along with each sample, so
 * that no double ever holds an absolute time. The arithmetic of the bank is in
 * filter_bank.c; here is what a sample is worth, and what becomes of an odd one.
 */
#include "control/filter.h"

#include "control/filter_bank.h"
#include "control/filter_delays.h"

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
#define EARLY          8     /* so many samples are gone through again with each new one */
/* Samples of a longer route that were absorbed before it was seen to be one. */
#define DETOUR_SAMPLES (FILTER_ROUTE_SAMPLES - 1)
#define SHIFT_SEEN     0.1 /* a sample that differs by so near a shift has seen it already */
#define RATE_SIGMA     3.0 /* the frequency is off by less than PHI and so many sd */

struct filter {
	struct bank bank;
	uint64_t anchor_raw_ns; /* moment of the bank's states */
	int64_t anchor_offset_ns;
	double frequency, frequency_sd; /* before the first sample, ppb */
	double weights[BANK_MODELS];    /* likewise */
	struct ntp_sample early[EARLY]; /* the first samples, as long as there are no more */
	struct filter_delays delays;
	double residuals[DETOUR_SAMPLES]; /* of the newest, once the bank knew them */
	unsigned residual_count;
	double detour_ns;        /* what a longer route is thought to add to the offsets */
	int64_t direct_delay_ns; /* least delay before it became longer; 0: it has not */
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

/*
 * The route has become longer, by which half of it nobody knows: up to half of the difference
 * is in the offsets now. What they differ from what was known before is taken for that, as far
 * as it was known better. A (see filter.h) begins anew: there is no excess any more.
 */
static void take_detour(struct filter *filter, int64_t direct_delay_ns)
{
	double sd = EXCESS_SD * (double)(filter->delays.least_ns - direct_delay_ns);
	double variance, differs = 0.0;
	unsigned i;

	bank_mean(&filter->bank, BANK_X, &variance);
	for (i = 0; i < DETOUR_SAMPLES; i++)
		differs += filter->residuals[i] / DETOUR_SAMPLES;
	filter->detour_ns += differs * sd * sd / (sd * sd + variance);
	if (filter->direct_delay_ns == 0)
		filter->direct_delay_ns = direct_delay_ns;
	bank_forget_asymmetry(&filter->bank);
}

/* The least delay has become less: the offset's meaning moves with it, z = x + a e. */
static void follow_least(struct filter *filter, int64_t change_ns)
{
	double before = bank_mean(&filter->bank, BANK_X, NULL);

	bank_shift_excess(&filter->bank, (double)change_ns);
	filter->bound_ns += fabs(bank_mean(&filter->bank, BANK_X, NULL) - before);
}

static void delay_add(struct filter *filter, const struct ntp_sample *sample)
{
	int64_t old_ns = filter->delays.least_ns, least_ns;
	bool longer = filter_delays_add(&filter->delays, sample->delay_ns, sample->dispersion_ns);

	least_ns = filter->delays.least_ns;
	if (filter->samples == 0 || least_ns == old_ns)
		return;
	if (longer && filter->samples >= EARLY) {
		take_detour(filter, old_ns);
	} else if (filter->direct_delay_ns &&
		   least_ns - filter->direct_delay_ns < old_ns - least_ns) {
		/* Back on the first route, or nearer to it than to the longer one. */
		filter->direct_delay_ns = 0;
		filter->detour_ns = 0.0;
		bank_forget_asymmetry(&filter->bank);
	} else {
		follow_least(filter, least_ns - old_ns);
	}
}

/*
 * What a sample says. The least delay is not known well at first: it holds a queue too,
 * which is as long as the delays are spread, and shorter the more of them there are.
 */
static struct bank_measurement measure(const struct filter *filter, const struct ntp_sample *sample)
{
	const struct filter_delays *delays = &filter->delays;
	unsigned count = filter_delays_count(delays);
	double floor = (double)sample->dispersion_ns + 1.0;
	double low = (double)(filter_delays_quantile(delays, count, 0.25) - delays->least_ns);
	double spread = (double)(filter_delays_quantile(delays, count, 0.75) - delays->least_ns);
	double quiet = 0.5 * fmax(low, spread / count);
	double limit = LIMIT_SD * (double)sample->delay_ns;
	double first = FIRST_DELAY_SD * (double)sample->delay_ns / ((double)count * count);
	struct bank_measurement m;

	m.z = (double)(sample->offset_ns - filter->anchor_offset_ns) - filter->detour_ns;
	m.excess = (double)(sample->delay_ns - delays->least_ns);
	m.quiet = floor * floor + fmin(quiet * quiet + first * first, limit * limit);
	m.wait = EXCESS_SD * EXCESS_SD * m.excess * m.excess;
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

	bank_begin(&filter->bank, m.quiet + m.wait, filter->frequency,
		filter->frequency_sd * filter->frequency_sd);
	for (i = 0; i < BANK_MODELS; i++)
		filter->bank.model[i].weight = filter->weights[i];
	filter->anchor_raw_ns = sample->raw_ns;
	filter->anchor_offset_ns = sample->offset_ns;
	filter->used_delay_ns = (double)sample->delay_ns;
	filter->bound_ns = 0.5 * (double)sample->delay_ns + (double)sample->dispersion_ns;
	filter->jitter_square = m.quiet + m.wait;
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
	filter->residuals[filter->residual_count++ % DETOUR_SAMPLES] = m->z - after;
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
	filter->detour_ns = 0.0;
	filter->direct_delay_ns = 0;
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
	delay_add(filter, sample);
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
	e->detour_ns = filter->detour_ns;
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
	e->doubtful = filter->refused > 0;
	e->samples = filter->samples;
	return true;
}
