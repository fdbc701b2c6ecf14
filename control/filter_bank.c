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
static const double bank_walk[BANK_MODELS] = {1e-4, 1e-2, 1.0, 1e2, 1e4};

#define OFFSET_WALK    1.0  /* white frequency noise, ns^2/s: 1e-9 at 1 s, any crystal */
#define ASYMMETRY_SD   0.25 /* of A before anything is known; a uniform +-0.5 has 0.29 */
#define ASYMMETRY_WALK 1e-4 /* variance that A gains with each sample: paths change */
#define ASYMMETRY_MAX  0.5
#define SCALE_MEMORY   0.97 /* noise scale: mean over about 30 samples */
#define SCALE_PRIOR    8.0  /* samples that the assumed scale 1 is worth at the start */
#define SCALE_MIN      0.02
#define SCALE_MAX      1e4
#define SURPRISE_MAX   36.0 /* squared: more than this does not teach the scale */
#define LIKELIHOOD_DOF 4.0  /* Student's t: the tails of real networks are heavy */
#define WEIGHT_MEMORY  0.95 /* the weights look back about 20 samples */
#define WEIGHT_MIN     1e-3 /* so that each model can come back */

void bank_begin(struct bank *bank, double variance, double frequency, double frequency_variance,
	bool keep_scale)
{
	int i;

	for (i = 0; i < BANK_MODELS; i++) {
		struct bank_model *model = &bank->model[i];

		*model = (struct bank_model){
			.state[BANK_Y] = frequency,
			.cov[BANK_X][BANK_X] = variance,
			.cov[BANK_Y][BANK_Y] = frequency_variance,
			.cov[BANK_A][BANK_A] = ASYMMETRY_SD * ASYMMETRY_SD,
			.weight = 1.0 / BANK_MODELS,
			.scale_sum = keep_scale ? model->scale_sum : SCALE_PRIOR,
			.scale_count = keep_scale ? model->scale_count : SCALE_PRIOR,
		};
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

void bank_predict(struct bank *bank, double dt)
{
	int i;

	for (i = 0; i < BANK_MODELS; i++)
		model_predict(&bank->model[i], bank_walk[i], dt);
}

static double model_scale(const struct bank_model *model)
{
	return fmin(fmax(model->scale_sum / model->scale_count, SCALE_MIN), SCALE_MAX);
}

/* What a measurement differs from the model's forecast, and the variance of that. */
static double model_innovation(
	const struct bank_model *model, const struct bank_measurement *m, double *ret_variance)
{
	*ret_variance = model->cov[BANK_X][BANK_X] +
			m->excess * (2.0 * model->cov[BANK_X][BANK_A] +
					    m->excess * model->cov[BANK_A][BANK_A]) +
			m->variance * model_scale(model);
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

/* Weighs the model, and lets it learn the scale of the noise, from one innovation. */
static void model_learn(struct bank_model *model, double noise, double normal, double variance)
{
	double scale = model_scale(model);
	double share = noise * scale / variance; /* the part that is noise of the measurement */

	model->weight = pow(model->weight, WEIGHT_MEMORY) / sqrt(variance) *
			pow(1.0 + normal / LIKELIHOOD_DOF, -(LIKELIHOOD_DOF + 1.0) / 2.0);
	model->scale_sum =
		SCALE_MEMORY * model->scale_sum + share * fmin(normal, SURPRISE_MAX) * scale;
	model->scale_count = SCALE_MEMORY * model->scale_count + share;
}

/* The Kalman update; returns the gain of the offset. */
static double model_update(struct bank_model *model, const struct bank_measurement *m)
{
	double variance, gain[BANK_STATES], row[BANK_STATES];
	double innovation = model_innovation(model, m, &variance);
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
	model_learn(model, m->variance, innovation * innovation / variance, variance);
	return gain[BANK_X];
}

static void bank_normalise(struct bank *bank)
{
	double sum = 0.0;
	int i;

	for (i = 0; i < BANK_MODELS; i++)
		sum += bank->model[i].weight;
	for (i = 0; i < BANK_MODELS; i++)
		bank->model[i].weight = sum > 0.0 ? fmax(bank->model[i].weight / sum, WEIGHT_MIN)
						  : 1.0 / BANK_MODELS;
}

double bank_update(struct bank *bank, const struct bank_measurement *measurement)
{
	double gains[BANK_MODELS], gain = 0.0;
	int i;

	for (i = 0; i < BANK_MODELS; i++)
		gains[i] = model_update(&bank->model[i], measurement);
	bank_normalise(bank);
	for (i = 0; i < BANK_MODELS; i++)
		gain += bank->model[i].weight * gains[i];
	return fmin(fmax(gain, 0.0), 1.0);
}

double bank_surprise(
	const struct bank *bank, const struct bank_measurement *measurement, double *ret_innovation)
{
	double best = INFINITY;
	int i;

	*ret_innovation = 0.0;
	for (i = 0; i < BANK_MODELS; i++) {
		double variance;
		double innovation = model_innovation(&bank->model[i], measurement, &variance);

		if (fabs(innovation) / sqrt(variance) < best) {
			best = fabs(innovation) / sqrt(variance);
			*ret_innovation = innovation;
		}
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
