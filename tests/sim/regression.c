// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The regression: see regression.h. Values are ns in doubles, relative to the newest sample.
 */
#include "tests/sim/regression.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LEAST          3    /* samples of a fit */
#define DELAY_RATIO    10.0 /* maxdelaydevratio's default, chrony.conf(5) */
#define DISTANCE_SCALE 0.7  /* a sample so many sd further away weighs a quarter */
#define CLOCK_ERROR    1e-6 /* maxclockerror's default: what the clock may drift meanwhile */
#define RUNS_SIGMA     0.84 /* one in five series of honest residuals has fewer runs */
#define ASYMMETRY_RUN  10
#define ASYMMETRY_MAX  0.5

/* What a fit works on: newest last. */
struct fit {
	unsigned count;
	double at_s[REGRESSION_SAMPLES], value[REGRESSION_SAMPLES], weight[REGRESSION_SAMPLES];
	double residual[REGRESSION_SAMPLES];
	double intercept, slope;
};

void regression_start(struct regression *regression, double frequency)
{
	*regression = (struct regression){.frequency = frequency};
}

static double distance_ns(const struct ntp_sample *sample)
{
	return 0.5 * (double)sample->delay_ns + (double)sample->dispersion_ns;
}

static int64_t least_delay_ns(const struct regression *regression)
{
	int64_t least = regression->sample[0].delay_ns;
	unsigned i;

	for (i = 1; i < regression->count; i++)
		if (regression->sample[i].delay_ns < least)
			least = regression->sample[i].delay_ns;
	return least;
}

/* Weighted least squares, in time. */
static void fit_line(struct fit *fit)
{
	double w = 0.0, wt = 0.0, wv = 0.0, tt = 0.0, tv = 0.0;
	unsigned i;

	for (i = 0; i < fit->count; i++) {
		w += fit->weight[i];
		wt += fit->weight[i] * fit->at_s[i];
		wv += fit->weight[i] * fit->value[i];
	}
	for (i = 0; i < fit->count; i++) {
		double at_s = fit->at_s[i] - wt / w;

		tt += fit->weight[i] * at_s * at_s;
		tv += fit->weight[i] * at_s * fit->value[i];
	}
	fit->slope = tt > 0.0 ? tv / tt : 0.0;
	fit->intercept = (wv - fit->slope * wt) / w;
	for (i = 0; i < fit->count; i++)
		fit->residual[i] = fit->value[i] - fit->intercept - fit->slope * fit->at_s[i];
}

/* Are the residuals on either side of the line in turns, as noise is? (Wald and Wolfowitz, 1940) */
static bool is_straight(const struct fit *fit)
{
	double steps = fit->count - 1, changes = 0.0;
	unsigned i;

	for (i = 1; i < fit->count; i++)
		changes += (fit->residual[i] < 0.0) != (fit->residual[i - 1] < 0.0);
	return changes >= 0.5 * steps - RUNS_SIGMA * 0.5 * sqrt(steps);
}

/* Fills in the newest `count` samples, their offsets freed of what is known of the asymmetry. */
static void fill(const struct regression *regression, unsigned count, struct fit *fit)
{
	const struct ntp_sample *newest = &regression->sample[regression->count - 1];
	const struct ntp_sample *first = newest + 1 - count;
	double least = (double)least_delay_ns(regression), nearest = INFINITY, weight;
	bool corrected = abs(regression->asymmetry_run) >= ASYMMETRY_RUN;
	unsigned i;

	fit->count = count;
	for (i = 0; i < count; i++)
		nearest = fmin(nearest, distance_ns(&first[i]));
	for (i = 0; i < count; i++) {
		fit->at_s[i] = -1e-9 * (double)(newest->raw_ns - first[i].raw_ns);
		fit->value[i] = (double)(first[i].offset_ns - newest->offset_ns);
		if (corrected)
			fit->value[i] -=
				regression->asymmetry * ((double)first[i].delay_ns - least);
		weight =
			1.0 + DISTANCE_SCALE * (distance_ns(&first[i]) - nearest) /
				      fmax(regression->sd_ns, (double)first[i].dispersion_ns + 1.0);
		fit->weight[i] = 1.0 / (weight * weight);
	}
}

/* The slope of the offsets over the delays, both freed of what time explains. */
static void find_asymmetry(struct regression *regression, unsigned count)
{
	struct fit offsets, delays;
	double product = 0.0, square = 0.0;
	unsigned i;
	int sign;

	fill(regression, count, &offsets);
	delays = offsets;
	for (i = 0; i < count; i++) {
		const struct ntp_sample *sample =
			&regression->sample[regression->count - count + i];

		delays.value[i] = (double)sample->delay_ns;
		offsets.value[i] = (double)(sample->offset_ns - regression->sample[0].offset_ns);
		offsets.weight[i] = delays.weight[i] = 1.0;
	}
	fit_line(&offsets);
	fit_line(&delays);
	for (i = 0; i < count; i++) {
		product += offsets.residual[i] * delays.residual[i];
		square += delays.residual[i] * delays.residual[i];
	}
	regression->asymmetry = square > 0.0 ? product / square : 0.0;
	sign = regression->asymmetry > 0.0 ? 1 : -1;
	/* A queue of one direction alone has 0.5; a half of that is no sign of one. */
	if (fabs(regression->asymmetry) < 0.5 * ASYMMETRY_MAX)
		regression->asymmetry_run = 0;
	else
		regression->asymmetry_run = sign * regression->asymmetry_run > 0
						    ? regression->asymmetry_run + sign
						    : sign;
	regression->asymmetry = fmax(-ASYMMETRY_MAX, fmin(ASYMMETRY_MAX, regression->asymmetry));
}

/* Keeps what the runs test leaves, and draws the line. */
static void renew(struct regression *regression)
{
	const struct ntp_sample *newest = &regression->sample[regression->count - 1];
	double square = 0.0, weights = 0.0, mean = 0.0;
	unsigned count = regression->count, i;
	struct fit fit;

	fill(regression, count, &fit);
	fit_line(&fit);
	while (fit.count > LEAST && !is_straight(&fit)) {
		fill(regression, --count, &fit);
		fit_line(&fit);
	}
	if (count < LEAST) {
		fit.slope = regression->frequency * 1e9;
		for (i = 0; i < count; i++) {
			weights += fit.weight[i];
			mean += fit.weight[i] * (fit.value[i] - fit.slope * fit.at_s[i]);
		}
		fit.intercept = mean / weights;
	}
	for (i = 0, weights = 0.0; i < count; i++) {
		square += fit.weight[i] * fit.residual[i] * fit.residual[i];
		weights += fit.weight[i];
	}
	if (count >= LEAST) {
		regression->sd_ns = sqrt(square / weights * count / (count - 2.0));
		regression->frequency = fit.slope * 1e-9;
		find_asymmetry(regression, count);
	}
	regression->line = (struct regression_line){
		.raw_ns = newest->raw_ns,
		.offset_ns = newest->offset_ns + (int64_t)llround(fit.intercept),
		.frequency = fit.slope * 1e-9,
		.weight =
			1.0 / (0.5 * (double)least_delay_ns(regression) + regression->sd_ns + 1.0),
	};
	memmove(regression->sample, newest + 1 - count, count * sizeof(*newest));
	regression->count = count;
}

static bool waited_long(const struct regression *regression, const struct ntp_sample *sample)
{
	const struct ntp_sample *before = &regression->sample[regression->count - 1];
	double excess_ns, age_ns;

	if (regression->count <= LEAST)
		return false;
	excess_ns = 0.5 * (double)(sample->delay_ns - least_delay_ns(regression));
	age_ns = (double)(sample->raw_ns - before->raw_ns);
	return excess_ns > DELAY_RATIO * regression->sd_ns + CLOCK_ERROR * age_ns +
				   (double)sample->dispersion_ns;
}

void regression_add(struct regression *regression, const struct ntp_sample *sample)
{
	if (waited_long(regression, sample))
		return;
	if (regression->count == REGRESSION_SAMPLES)
		memmove(regression->sample, regression->sample + 1,
			--regression->count * sizeof(regression->sample[0]));
	regression->sample[regression->count++] = *sample;
	renew(regression);
}

void regression_shift(struct regression *regression, int64_t delta_ns)
{
	unsigned i;

	for (i = 0; i < regression->count; i++)
		regression->sample[i].offset_ns += delta_ns;
	regression->line.offset_ns += delta_ns;
}

int64_t regression_combine(const struct regression_line *lines, size_t count, uint64_t raw_ns)
{
	double sum = 0.0, weights = 0.0;
	size_t i;

	for (i = 0; i < count; i++) {
		double ahead_ns = lines[i].frequency * (double)(int64_t)(raw_ns - lines[i].raw_ns);

		sum += lines[i].weight *
		       ((double)(lines[i].offset_ns - lines[0].offset_ns) + ahead_ns);
		weights += lines[i].weight;
	}
	return lines[0].offset_ns + (int64_t)llround(sum / weights);
}
