// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the clock says: readings of its memory, extended to any moment with growing bounds, of the
 * local reference in its place, and the state in words. Declared in clock.h; clock.c has
 * what sources do to it. Changes nothing.
 */
#include "control/clock_private.h"

#include <math.h>

#define RATE_SIGMA     3.0 /* root dispersion grows by PHI and so many sd of the frequency */
/* `local` after the memory is used up: bounds stop growing at this share of maxdistance. */
#define LOCAL_DISTANCE 0.5

static void finish_reading(struct clock_reading *reading)
{
	reading->root_distance_ns = reading->root_delay_ns / 2 + reading->root_dispersion_ns;
	reading->reference_utc_ns =
		(int64_t)reading->update_raw_ns + reading->offset_ns -
		(int64_t)(reading->frequency *
			  (double)(int64_t)(reading->raw_ns - reading->update_raw_ns));
}

/*
 * The moment when the memory is used up: too old, or root distance, which is distance_ns now and
 * grows by `rate`, too wide. It may have been long ago.
 */
static uint64_t expiry(const struct clock *clock, const struct clock_reading *reading,
	double distance_ns, double rate)
{
	double left_ns = ((double)clock_maxdistance_ns(clock) - distance_ns) / rate;
	uint64_t old = reading->update_raw_ns + (uint64_t)(clock->options.holdover_s * CLOCK_NS);
	uint64_t wide;

	left_ns = fmax(fmin(left_ns, 1e18), -(double)reading->raw_ns);
	wide = reading->raw_ns + (uint64_t)(int64_t)left_ns;
	return wide < old ? wide : old;
}

/*
 * What is claimed grows by FILTER_PHI at least. An oscillator that has earned it is believed for
 * longer all the same: until root distance at the rate earned passes maxdistance.
 */
static void expire_line(const struct clock *clock, double dt, struct clock_reading *reading)
{
	const struct combine_line *line = &clock->line;
	double rate = fmin(stability_rate(&clock->stability), FILTER_PHI) +
		      RATE_SIGMA * line->frequency_sd;
	double distance_ns = (double)clock_line_distance_ns(line);
	double beyond_ns;

	reading->expires_raw_ns = expiry(clock, reading, distance_ns + rate * fmax(dt, 0.0), rate);
	beyond_ns = (double)(int64_t)(reading->expires_raw_ns - reading->raw_ns) *
		    reading->dispersion_rate;
	if (rate < reading->dispersion_rate && beyond_ns > 0.0)
		reading->maxdistance_ns = (int64_t)fmax((double)reading->maxdistance_ns,
			(double)reading->root_distance_ns + beyond_ns);
}

static void extend_line(const struct clock *clock, uint64_t raw_ns, struct clock_reading *reading)
{
	const struct combine_line *line = &clock->line;
	double dt = (double)(int64_t)(raw_ns - line->raw_ns);

	*reading = (struct clock_reading){
		.state = clock->state,
		.raw_ns = raw_ns,
		.offset_ns = line->offset_ns + (int64_t)llround(line->frequency * dt),
		.frequency = line->frequency,
		.offset_sd_ns = hypot(line->offset_sd_ns, line->frequency_sd * dt),
		.frequency_sd = line->frequency_sd,
		.root_delay_ns = line->root_delay_ns,
		.dispersion_rate = FILTER_PHI + RATE_SIGMA * line->frequency_sd,
		.maxdistance_ns = clock_maxdistance_ns(clock),
		.update_raw_ns = line->update_raw_ns,
		.reference_id = line->reference_id,
		.stratum = line->stratum,
		.leap = line->leap,
		.survivors = line->survivors,
	};
	reading->root_dispersion_ns =
		line->root_dispersion_ns + (int64_t)ceil(reading->dispersion_rate * fmax(dt, 0.0));
	finish_reading(reading);
	expire_line(clock, dt, reading);
	reading->synchronised =
		raw_ns < reading->expires_raw_ns &&
		reading->stratum < CLOCK_STRATUM_UNSYNCHRONISED &&
		(clock->state == CLOCK_SYNCHRONISED || clock->state == CLOCK_HOLDOVER);
	if (!reading->synchronised && clock->state != CLOCK_DISAGREEING)
		reading->state = CLOCK_WAITING;
}

/* May the local reference be served, where sources have given no time since raw time `since`? */
static bool may_be_local(const struct clock *clock, uint64_t raw_ns, uint64_t since, double wait_s)
{
	const struct local_options *local = &clock->options.local;

	return local->stratum && clock->state != CLOCK_DISAGREEING &&
	       (clock->activated || local->activate_s <= 0.0) && since <= raw_ns &&
	       (double)(raw_ns - since) >= wait_s * CLOCK_NS;
}

/* `local` before any source was believed: the system's time is the reference by definition. */
static bool read_follow(const struct clock *clock, uint64_t raw_ns, struct clock_reading *reading)
{
	struct filter_estimate e;

	if (!may_be_local(
		    clock, raw_ns, clock->waiting_raw_ns, clock->options.local.waitunsynced_s) ||
		!filter_estimate(clock->follow, raw_ns, &e))
		return false;
	*reading = (struct clock_reading){
		.raw_ns = raw_ns,
		.offset_ns = e.offset_ns,
		.frequency = e.frequency,
		.offset_sd_ns = e.offset_sd_ns,
		.frequency_sd = e.frequency_sd,
		.root_dispersion_ns = e.root_dispersion_ns,
		.dispersion_rate = FILTER_PHI + RATE_SIGMA * e.frequency_sd,
		.maxdistance_ns = clock_maxdistance_ns(clock),
		.update_raw_ns = e.sample_raw_ns,
	};
	local_declare(&clock->options.local, reading);
	finish_reading(reading);
	reading->expires_raw_ns =
		expiry(clock, reading, (double)reading->root_distance_ns, reading->dispersion_rate);
	return true;
}

/* `local` after the memory is used up: it is the reference from now on, with a bound that stays. */
static void keep_local(const struct clock *clock, struct clock_reading *reading)
{
	int64_t limit = (int64_t)(LOCAL_DISTANCE * (double)reading->maxdistance_ns);

	local_declare(&clock->options.local, reading);
	if (reading->root_dispersion_ns > limit)
		reading->root_dispersion_ns = limit;
	reading->update_raw_ns = reading->raw_ns;
	finish_reading(reading);
	reading->expires_raw_ns =
		expiry(clock, reading, (double)reading->root_distance_ns, reading->dispersion_rate);
}

/* Good time, and so far off that the local reference is to take over all the same. */
static bool is_far(const struct clock *clock, const struct clock_reading *reading)
{
	const struct local_options *local = &clock->options.local;

	return (double)reading->root_distance_ns > local->distance_s * CLOCK_NS &&
	       may_be_local(clock, reading->raw_ns, reading->update_raw_ns, local->waitsynced_s);
}

bool clock_read(const struct clock *clock, uint64_t raw_ns, struct clock_reading *ret_reading)
{
	uint64_t since;

	if (!clock->known) {
		if (read_follow(clock, raw_ns, ret_reading))
			return true;
		*ret_reading = (struct clock_reading){.state = clock->state,
			.raw_ns = raw_ns,
			.stratum = CLOCK_STRATUM_UNSYNCHRONISED};
		return false;
	}
	extend_line(clock, raw_ns, ret_reading);
	if (ret_reading->synchronised) {
		if (is_far(clock, ret_reading))
			keep_local(clock, ret_reading);
		return true;
	}
	ret_reading->stratum = CLOCK_STRATUM_UNSYNCHRONISED;
	since = clock->state == CLOCK_WAITING ? clock->waiting_raw_ns : ret_reading->expires_raw_ns;
	if (may_be_local(clock, raw_ns, since, clock->options.local.waitunsynced_s))
		keep_local(clock, ret_reading);
	return true;
}

enum clock_state clock_state(const struct clock *clock, uint64_t raw_ns)
{
	struct clock_reading reading;

	clock_read(clock, raw_ns, &reading);
	return reading.state;
}

const char *clock_state_text(const struct clock *clock, uint64_t raw_ns)
{
	switch (clock_state(clock, raw_ns)) {
	case CLOCK_LOCAL:
		return "the local reference is served";
	case CLOCK_WAITING:
		if (clock->known && clock->state != CLOCK_WAITING)
			return "the memory of the time is used up";
		return clock->text;
	case CLOCK_SYNCHRONISED:
	case CLOCK_HOLDOVER:
	case CLOCK_DISAGREEING:
		break;
	}
	return clock->text;
}
