// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is measured of the served time in one run: its error, whether the bound that clients are
 * told held, and when it had settled. Fed by world.c with what a client would see.
 */
#ifndef TESTS_SIM_FIGURES_H
#define TESTS_SIM_FIGURES_H

#include <stdbool.h>
#include <stdint.h>

/* One look at the page. */
struct figures_look {
	double at_s; /* since the start */
	bool served; /* as good time */
	double error_ns, bound_ns;
	double other_ns; /* error of what it is compared with */
};

struct figures {
	uint64_t looks, served, held, backward;
	uint64_t late_looks; /* after the start */
	double start_max_ns; /* of the first 10 minutes */
	double square_sum, max_ns, bound_sum;
	double other_square_sum, other_max_ns;
	double settled_s;     /* negative: not within the first half hour */
	double last_served_s; /* -1: never */
	unsigned steps;
	uint64_t requests;
};

void figures_start(struct figures *figures);
void figures_look(struct figures *figures, const struct figures_look *look);

double figures_rms_us(const struct figures *figures);
double figures_other_rms_us(const struct figures *figures);
double figures_held_share(const struct figures *figures);
double figures_served_share(const struct figures *figures);

/* Adds a run to a sum of runs: squares and counts add up, of the rest the worst is kept. */
void figures_add(struct figures *sum, const struct figures *run);

#endif
