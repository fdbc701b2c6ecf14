// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the daemon's filter is compared with: a weighted linear regression over the newest samples
 * of a source, as chrony's manual pages and FAQ describe chronyd's way: up to 64 samples, of which
 * as many of the newest are used as lie about a line by a runs test of the residuals; samples of a
 * longer delay weigh less, those of a much longer one are left out (maxdelaydevratio 10); and the
 * asymmetry of the jitter, -0.5 to 0.5, is found out from them. Our reading of that, written for
 * the simulator: no figure of it is one of chronyd's, which has a clock to steer and polls
 * of its own. It gets the daemon's samples and selection, and is not charged for slewing. The
 * caller (world.c) owns the object.
 */
#ifndef TESTS_SIM_REGRESSION_H
#define TESTS_SIM_REGRESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "control/sample.h"

#define REGRESSION_SAMPLES 64

/* A straight line: UTC - RAW is offset_ns at raw_ns. */
struct regression_line {
	uint64_t raw_ns;
	int64_t offset_ns;
	double frequency; /* d(UTC)/d(RAW) - 1 */
	double weight;    /* of the source among others */
};

struct regression {
	struct ntp_sample sample[REGRESSION_SAMPLES]; /* the oldest first */
	unsigned count;
	double frequency;  /* of the drift file, or of the last fit */
	double sd_ns;      /* of the last fit's residuals */
	double asymmetry;  /* as of the last fit ... */
	int asymmetry_run; /* ... of the same sign for so many samples, with that sign */
	unsigned left_out; /* samples of a long delay, in a row */
	struct regression_line line;
};

/* frequency: of the drift file, 0 where there is none. */
void regression_start(struct regression *regression, double frequency);

void regression_add(struct regression *regression, const struct ntp_sample *sample);

/* UTC has moved against RAW by agreement: a leap second. */
void regression_shift(struct regression *regression, int64_t delta_ns);

/* UTC - RAW at a moment by several lines, weighted; `count` is at least 1. */
int64_t regression_combine(const struct regression_line *lines, size_t count, uint64_t raw_ns);

#endif
