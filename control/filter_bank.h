// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The bank of Kalman filters behind control/filter.h, which states the model: the
 * same three states, X, Y and A, in filters that differ in how much the frequency may
 * walk and how large the noise is, weighted with how well they foretell. Only filter.c uses it; it
 * owns the struct, the anchor that offsets are relative to, and the choice of samples.
 * Pure. Units: offsets ns, frequencies ppb, times s: x[ns] += y[ppb] * t[s].
 */
#ifndef CONTROL_FILTER_BANK_H
#define CONTROL_FILTER_BANK_H

#include <stdbool.h>

#define BANK_WALKS  5
#define BANK_SCALES 5
#define BANK_MODELS (BANK_WALKS * BANK_SCALES)

/* The state vector. */
enum bank_state {
	BANK_X, /* offset less the anchor, ns */
	BANK_Y, /* frequency, ppb */
	BANK_A, /* asymmetry of the queues, -0.5..0.5 */
	BANK_STATES
};

struct bank_model {
	double state[BANK_STATES];
	double cov[BANK_STATES][BANK_STATES];
	double weight;
};

struct bank {
	struct bank_model model[BANK_MODELS];
};

/* A sample as the bank sees it. */
struct bank_measurement {
	double z;      /* offset less the anchor */
	double excess; /* ns above the least delay */
	double quiet;  /* variance of the noise without the excess, ns^2, before the bank scales it
			*/
	double wait;   /* variance that the excess adds, likewise */
};

/* Begins at X = 0 with this variance, and a frequency with its own. All weights are equal. */
void bank_begin(struct bank *bank, double variance, double frequency, double frequency_variance);

/*
 * Moves all models by dt seconds. With `mix` a sample follows; without, it is a mere estimate,
 * which may be of a moment just before the anchor.
 */
void bank_predict(struct bank *bank, double dt, bool mix);

/* Takes a measurement at the present moment. Returns the weighted gain of the offset, 0..1. */
double bank_update(struct bank *bank, const struct bank_measurement *measurement);

/*
 * How far z is beyond all that its excess can explain, half of it to either side, in standard
 * deviations of the model that is nearest to it; ret_innovation is what z differs from X.
 */
double bank_surprise(const struct bank *bank, const struct bank_measurement *measurement,
	double *ret_innovation);

/* Weighted mean of a state; its variance, the models' disagreement included, if asked for. */
double bank_mean(const struct bank *bank, enum bank_state which, double *ret_variance);

/* The anchor has moved by `whole` ns. */
void bank_rebase(struct bank *bank, double whole);

/* The least delay has changed, and every excess with it: X is what X + A * e was. */
void bank_shift_excess(struct bank *bank, double change);

/* Nothing is known of A any more; the other states stay. */
void bank_forget_asymmetry(struct bank *bank);

#endif
