// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The bank of Kalman filters: see filter.h for the model and filter_bank.h for the
 * units. Numbers here are about oscillators and networks in general; nothing is
 * tuned to one. Called by filter.c only.
 */
#include "control/filter_bank.h"

#include <math.h>

/* Intensities of the frequency's random walk, ppb^2/s. Within 1000 s the frequency
 * walks 0.3, 3, 30, 300 or 3000 ppb: from a rubidium clock to a machine that is moved. */
static const double bank_walk[BANK_WALKS] = {1e-4, 1e-2, 1.0, 1e2, 1e4};
/* Variance of the noise against what filter.c makes of the delays: without the excess, and of it.
 */
static const struct {
	double quiet, wait;
} bank_scale[BANK_SCALES] = {{0.03, 0.03}, {0.03, 1.0}, {0.3, 0.3}, {3.0, 3.0}, {100.0, 100.0}};

#define OFFSET_WALK    1.0  /* white frequency noise, ns^2/s: 1e-9 at 1 s, any crystal */
#define ASYMMETRY_SD   0.25 /* of A before anything is known; a uniform +-0.5 has 0.29 */
#define ASYMMETRY_WALK 1e-4 /* variance that A gains with each sample: paths change */
#define ASYMMETRY_MAX  0.5
#define SWITCH         0.005 /* probability that with a sample another model becomes right */
#define LIKELIHOOD_DOF 4.0   /* Student's t: the tails of real networks are heavy */
#define WEIGHT_HEARD   0.01  /* models with less are not asked whether a sample is believable */

void bank_begin(struct bank *bank, double variance, double frequency, double frequency_variance)
{
	int i;

	for (i = 0; i < BANK_MODELS; i++)
		bank->model[i] = (struct bank_model){
			.state[BANK_Y] = frequency,
			.cov[BANK_X][BANK_X] = variance,
			.cov[BANK_Y][BANK_Y] = frequency_variance,
			.cov[BANK_A][BANK_A] = ASYMMETRY_SD * ASYMMETRY_SD,
			.weight = 1.0 / BANK_MODELS,
		};
}

/* Adds a model to a mixture: its state, and its covariance with its distance to the centre. */
static void mix_in(struct bank_model *mixture, const struct bank_model *model, double share,
	const double centre[BANK_STATES])
{
	int i, j;

	for (i = 0; i < BANK_STATES; i++)
		for (j = 0; j < BANK_STATES; j++)
			mixture->cov[i][j] +=
				share * (model->cov[i][j] + (model->state[i] - centre[i]) *
								    (model->state[j] - centre[j]));
}

/*
 * Before each sample every model may turn into every other: the mixing step of the
 * "interacting multiple model" filter (Blom and Bar-Shalom 1988). It keeps those that
 * are wrong now near enough to be right later.
 */
static void bank_mix(struct bank *bank)
{
	struct bank before = *bank;
	int to, from, i;

	for (to = 0; to < BANK_MODELS; to++) {
		struct bank_model mixture = {
			.weight = SWITCH / BANK_MODELS + (1.0 - SWITCH) * before.model[to].weight};
		double share[BANK_MODELS];

		for (from = 0; from < BANK_MODELS; from++) {
			share[from] = before.model[from].weight *
				      (SWITCH / BANK_MODELS + (from == to ? 1.0 - SWITCH : 0.0)) /
				      mixture.weight;
			for (i = 0; i < BANK_STATES; i++)
				mixture.state[i] += share[from] * before.model[from].state[i];
		}
		for (from = 0; from < BANK_MODELS; from++)
			mix_in(&mixture, &before.model[from], share[from], mixture.state);
		bank->model[to] = mixture;
	}
}

static void model_predict(struct bank_model *model, double walk, double dt)
{
	double(*cov)[BANK_STATES] = model->cov;
	double age = fabs(dt);

	model->state[BANK_X] += model->state[BANK_Y] * dt;
	cov[BANK_X][BANK_X] += dt * (2.0 * cov[BANK_X][BANK_Y] + dt * cov[BANK_Y][BANK_Y]) +
			       OFFSET_WALK * age + walk * age * age * age / 3.0;
	cov[BANK_X][BANK_Y] += dt * cov[BANK_Y][BANK_Y] + walk * dt * age / 2.0;
	cov[BANK_X][BANK_A] += dt * cov[BANK_Y][BANK_A];
	cov[BANK_Y][BANK_Y] += walk * age;
	cov[BANK_Y][BANK_X] = cov[BANK_X][BANK_Y];
	cov[BANK_A][BANK_X] = cov[BANK_X][BANK_A];
}

void bank_predict(struct bank *bank, double dt, bool mix)
{
	int i;

	if (mix)
		bank_mix(bank);
	for (i = 0; i < BANK_MODELS; i++)
		model_predict(&bank->model[i], bank_walk[i % BANK_WALKS], dt);
}

/* What a measurement differs from a model's forecast, and the variance of that. */
static double bank_innovation(
	const struct bank *bank, int which, const struct bank_measurement *m, double *ret_variance)
{
	const struct bank_model *model = &bank->model[which];

	*ret_variance = model->cov[BANK_X][BANK_X] +
			m->excess * (2.0 * model->cov[BANK_X][BANK_A] +
					    m->excess * model->cov[BANK_A][BANK_A]) +
			m->quiet * bank_scale[which / BANK_WALKS].quiet +
			m->wait * bank_scale[which / BANK_WALKS].wait;
	return m->z - model->state[BANK_X] - model->state[BANK_A] * m->excess;
}

/* Keeps the asymmetry within what a queue can do; the other states follow by correlation. */
static void model_bound_asymmetry(struct bank_model *model)
{
	double(*cov)[BANK_STATES] = model->cov;
	double bound = copysign(ASYMMETRY_MAX, model->state[BANK_A]);
	double shift = bound - model->state[BANK_A];

	if (fabs(model->state[BANK_A]) > ASYMMETRY_MAX) {
		model->state[BANK_X] += shift * cov[BANK_X][BANK_A] / cov[BANK_A][BANK_A];
		model->state[BANK_Y] += shift * cov[BANK_Y][BANK_A] / cov[BANK_A][BANK_A];
		model->state[BANK_A] = bound;
	}
	cov[BANK_A][BANK_A] =
		fmin(cov[BANK_A][BANK_A] + ASYMMETRY_WALK, ASYMMETRY_SD * ASYMMETRY_SD);
}

/* The Kalman update of one model, and its weight; returns the gain of the offset. */
static double bank_update_model(struct bank *bank, int which, const struct bank_measurement *m)
{
	struct bank_model *model = &bank->model[which];
	double variance, gain[BANK_STATES], row[BANK_STATES];
	double innovation = bank_innovation(bank, which, m, &variance);
	int i, j;

	for (i = 0; i < BANK_STATES; i++) {
		row[i] = model->cov[i][BANK_X] + m->excess * model->cov[i][BANK_A];
		gain[i] = row[i] / variance;
		model->state[i] += gain[i] * innovation;
	}
	for (i = 0; i < BANK_STATES; i++)
		for (j = 0; j < BANK_STATES; j++)
			model->cov[i][j] -= gain[i] * row[j];
	model_bound_asymmetry(model);
	model->weight *= pow(1.0 + innovation * innovation / variance / LIKELIHOOD_DOF,
				 -(LIKELIHOOD_DOF + 1.0) / 2.0) /
			 sqrt(variance);
	return gain[BANK_X];
}

double bank_update(struct bank *bank, const struct bank_measurement *measurement)
{
	double gains[BANK_MODELS], gain = 0.0, sum = 0.0;
	int i;

	for (i = 0; i < BANK_MODELS; i++) {
		gains[i] = bank_update_model(bank, i, measurement);
		sum += bank->model[i].weight;
	}
	for (i = 0; i < BANK_MODELS; i++) {
		bank->model[i].weight = sum > 0.0 ? bank->model[i].weight / sum : 1.0 / BANK_MODELS;
		gain += bank->model[i].weight * gains[i];
	}
	return fmin(fmax(gain, 0.0), 1.0);
}

double bank_surprise(
	const struct bank *bank, const struct bank_measurement *measurement, double *ret_innovation)
{
	double best = INFINITY;
	int i;

	*ret_innovation = 0.0;
	for (i = 0; i < BANK_MODELS; i++) {
		const struct bank_model *model = &bank->model[i];
		double innovation = measurement->z - model->state[BANK_X];
		double beyond = fmax(fabs(innovation) - ASYMMETRY_MAX * measurement->excess, 0.0);
		double variance = model->cov[BANK_X][BANK_X] +
				  measurement->quiet * bank_scale[i / BANK_WALKS].quiet;

		if (model->weight < WEIGHT_HEARD || beyond / sqrt(variance) >= best)
			continue;
		best = beyond / sqrt(variance);
		*ret_innovation = innovation;
	}
	return best;
}

double bank_mean(const struct bank *bank, enum bank_state which, double *ret_variance)
{
	double mean = 0.0, weight = 0.0, variance = 0.0, difference;
	int i;

	for (i = 0; i < BANK_MODELS; i++) {
		mean += bank->model[i].weight * bank->model[i].state[which];
		weight += bank->model[i].weight;
	}
	mean /= weight;
	if (!ret_variance)
		return mean;
	for (i = 0; i < BANK_MODELS; i++) {
		difference = bank->model[i].state[which] - mean;
		variance += bank->model[i].weight *
			    (bank->model[i].cov[which][which] + difference * difference);
	}
	*ret_variance = variance / weight;
	return mean;
}

void bank_rebase(struct bank *bank, double whole)
{
	int i;

	for (i = 0; i < BANK_MODELS; i++)
		bank->model[i].state[BANK_X] -= whole;
}

void bank_shift_excess(struct bank *bank, double change)
{
	int i;

	for (i = 0; i < BANK_MODELS; i++) {
		struct bank_model *model = &bank->model[i];
		double(*cov)[BANK_STATES] = model->cov;

		model->state[BANK_X] += model->state[BANK_A] * change;
		cov[BANK_X][BANK_X] +=
			change * (2.0 * cov[BANK_X][BANK_A] + change * cov[BANK_A][BANK_A]);
		cov[BANK_X][BANK_Y] += change * cov[BANK_A][BANK_Y];
		cov[BANK_X][BANK_A] += change * cov[BANK_A][BANK_A];
		cov[BANK_Y][BANK_X] = cov[BANK_X][BANK_Y];
		cov[BANK_A][BANK_X] = cov[BANK_X][BANK_A];
	}
}

void bank_forget_asymmetry(struct bank *bank)
{
	int i, j;

	for (i = 0; i < BANK_MODELS; i++) {
		struct bank_model *model = &bank->model[i];

		model->state[BANK_A] = 0.0;
		for (j = 0; j < BANK_STATES; j++)
			model->cov[BANK_A][j] = model->cov[j][BANK_A] = 0.0;
		model->cov[BANK_A][BANK_A] = ASYMMETRY_SD * ASYMMETRY_SD;
	}
}
