// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the oscillator has earned: see stability.h.
 */
#include "control/stability.h"

#include "control/filter.h"

#include <math.h>
#include <stdbool.h>

#define HOUR_NS      (3600 * (uint64_t)1000000000)
#define GAP_NS       HOUR_NS
/* The future may be twice as wide as what was seen: two days are not a year. */
#define SAFETY       2.0
/* No oscillator of a computer is better over a day, whatever two days showed. */
#define RATE_MIN     0.5e-6
/* Out of the band by more than this, beyond its noise, is a jump: another oscillator, a virtual
 * machine that was moved, a fan that failed. */
#define JUMP         1e-6
/* A frequency less well known than this says nothing. */
#define KNOWN_SD_MAX 1e-6
#define NOISE_SIGMA  3.0

static void begin_hour(struct stability *stability, uint64_t raw_ns, double frequency)
{
	stability->hours[stability->current] = (struct stability_hour){frequency, frequency};
	stability->hour_raw_ns = raw_ns;
}

static void start(struct stability *stability, uint64_t raw_ns, double frequency)
{
	*stability = (struct stability){.last_raw_ns = raw_ns};
	begin_hour(stability, raw_ns, frequency);
}

/* All that is known, the running hour included. */
static struct stability_hour band(const struct stability *stability)
{
	struct stability_hour all = stability->hours[stability->current];
	unsigned i;

	for (i = 0; i < stability->complete && i < STABILITY_HOURS; i++) {
		all.low = fmin(all.low, stability->hours[i].low);
		all.high = fmax(all.high, stability->hours[i].high);
	}
	return all;
}

static bool jumps(const struct stability *stability, double frequency, double frequency_sd)
{
	struct stability_hour all = band(stability);
	double room = JUMP + NOISE_SIGMA * frequency_sd;

	return frequency < all.low - room || frequency > all.high + room;
}

void stability_add(
	struct stability *stability, uint64_t raw_ns, double frequency, double frequency_sd)
{
	struct stability_hour *hour = &stability->hours[stability->current];

	if (frequency_sd > KNOWN_SD_MAX)
		return;
	if (!stability->hour_raw_ns || raw_ns - stability->last_raw_ns > GAP_NS ||
		jumps(stability, frequency, frequency_sd)) {
		start(stability, raw_ns, frequency);
		return;
	}
	stability->last_raw_ns = raw_ns;
	hour->low = fmin(hour->low, frequency);
	hour->high = fmax(hour->high, frequency);
	if (raw_ns - stability->hour_raw_ns < HOUR_NS)
		return;
	if (stability->complete < STABILITY_HOURS)
		stability->complete++;
	stability->current = (stability->current + 1) % STABILITY_HOURS;
	begin_hour(stability, raw_ns, frequency);
}

double stability_rate(const struct stability *stability)
{
	struct stability_hour all;

	if (stability->complete < STABILITY_HOURS)
		return FILTER_PHI;
	all = band(stability);
	return fmin(fmax(SAFETY * (all.high - all.low), RATE_MIN), FILTER_PHI);
}
