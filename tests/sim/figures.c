// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The figures: see figures.h.
 */
#include "tests/sim/figures.h"

#include <math.h>

#define START_S       600.0
#define SETTLED_NS    100e3
#define SETTLE_WITHIN 1800.0
#define SETTLE_LATEST 1700.0 /* who was still over the limit then has not settled */

void figures_start(struct figures *figures)
{
	*figures = (struct figures){.last_served_s = -1.0};
}

void figures_look(struct figures *figures, const struct figures_look *look)
{
	double error_ns = fabs(look->error_ns);

	figures->looks++;
	if (look->at_s < SETTLE_WITHIN && (!look->served || error_ns >= SETTLED_NS))
		figures->settled_s = look->at_s < SETTLE_LATEST ? look->at_s : -1.0;
	if (!look->served)
		return;
	figures->served++;
	figures->last_served_s = look->at_s;
	figures->held += error_ns <= look->bound_ns;
	if (look->at_s < START_S) {
		figures->start_max_ns = fmax(figures->start_max_ns, error_ns);
		return;
	}
	figures->late_looks++;
	figures->square_sum += error_ns * error_ns;
	figures->bound_sum += look->bound_ns;
	figures->max_ns = fmax(figures->max_ns, error_ns);
	figures->other_square_sum += look->other_ns * look->other_ns;
	figures->other_max_ns = fmax(figures->other_max_ns, fabs(look->other_ns));
}

static double rms_us(double square_sum, uint64_t looks)
{
	return looks ? 1e-3 * sqrt(square_sum / (double)looks) : 0.0;
}

double figures_rms_us(const struct figures *figures)
{
	return rms_us(figures->square_sum, figures->late_looks);
}

double figures_other_rms_us(const struct figures *figures)
{
	return rms_us(figures->other_square_sum, figures->late_looks);
}

double figures_held_share(const struct figures *figures)
{
	return figures->served ? (double)figures->held / (double)figures->served : 1.0;
}

double figures_served_share(const struct figures *figures)
{
	return figures->looks ? (double)figures->served / (double)figures->looks : 0.0;
}

void figures_add(struct figures *sum, const struct figures *run)
{
	bool never = sum->settled_s < 0.0 || run->settled_s < 0.0;

	sum->looks += run->looks;
	sum->served += run->served;
	sum->held += run->held;
	sum->backward += run->backward;
	sum->late_looks += run->late_looks;
	sum->square_sum += run->square_sum;
	sum->bound_sum += run->bound_sum;
	sum->other_square_sum += run->other_square_sum;
	sum->other_max_ns = fmax(sum->other_max_ns, run->other_max_ns);
	sum->start_max_ns = fmax(sum->start_max_ns, run->start_max_ns);
	sum->max_ns = fmax(sum->max_ns, run->max_ns);
	sum->settled_s = never ? -1.0 : fmax(sum->settled_s, run->settled_s);
	sum->last_served_s = fmax(sum->last_served_s, run->last_served_s);
	sum->steps += run->steps;
	sum->requests += run->requests;
}
