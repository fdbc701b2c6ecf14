// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How much growth of the error in holdover the oscillator has earned. RFC 5905 allows any clock
 * 15 ppm (PHI, sec. 7.1); one whose frequency, as the sources showed it, stayed within a
 * narrow band for two days, nights and afternoons among them, may be expected to go on like that.
 * The rate earned is that band, doubled, and never below a floor.
 *
 * It says how long a memory is good, not what is told to clients: root dispersion in the page
 * grows by 15 ppm at least, always. Lost with the process, after an hour without
 * sources, and when the frequency leaves the band by a jump: then two days begin anew.
 *
 * Pure; owned by control/clock.h, all zeros at the start.
 */
#ifndef CONTROL_STABILITY_H
#define CONTROL_STABILITY_H

#include <stdint.h>

#define STABILITY_HOURS 48

/* The band of one hour. */
struct stability_hour {
	double low, high;
};

struct stability {
	struct stability_hour hours[STABILITY_HOURS]; /* a ring */
	unsigned complete;                            /* hours in it that are over, at most all */
	unsigned current;                             /* where the hour that runs is kept */
	uint64_t hour_raw_ns;                         /* when it began; 0: nothing is known */
	uint64_t last_raw_ns;                         /* of the newest update */
};

/* The frequency, d(UTC)/d(RAW) - 1, at an update, and how well it is known. */
void stability_add(
	struct stability *stability, uint64_t raw_ns, double frequency, double frequency_sd);

/* The rate earned (s/s); FILTER_PHI while none is. */
double stability_rate(const struct stability *stability);

#endif
