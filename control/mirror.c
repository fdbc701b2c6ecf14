/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The mirrored server's word and the system clock's time: see mirror.h. offset_ns, what is
 * followed, is REALTIME - MONOTONIC without a leap second that only one of kernel and page
 * has applied; leap_ns is that second while it lasts.
 */
#include "control/mirror.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define NS_PER_S          INT64_C(1000000000)
/* Readings of the difference are averaged over so many; they differ by tens of ns. */
#define OFFSET_READINGS   8
/* The rate of the system clock is measured over a second; what is usual is the mean at so many
 * answers, a minute: not of the time when nobody says that it is right. */
#define RATE_PERIOD_NS    (uint64_t) NS_PER_S
#define RATE_READINGS     16
/* The same update of the server's clock: its reference time, as seen over two exchanges. */
#define SAME_REFERENCE_NS 1000000
/* A kernel's leap second, among steps, is one to within this. */
#define LEAP_TOLERANCE_NS 10000000

struct mirror {
	struct mirror_options options;
	bool known; /* offset_ns is */
	int64_t offset_ns, leap_ns;
	uint32_t window_ns; /* of good readings */
	uint64_t rate_raw_ns, rate_mono_ns;
	bool rated, usual;       /* rate, usual_rate are known */
	double rate, usual_rate; /* of the system clock against RAW, less 1 */
	struct ntp_sample sample;
	bool sampled;
	int64_t difference_ns, reference_utc_ns;
	struct ntp_sample first; /* since the server's last update */
	double growth;           /* of the server's root dispersion between updates, s/s */
	uint64_t step_raw_ns;    /* 0: never */
	const char *why;         /* the server's time is not good, NULL: it is */
};

struct mirror *mirror_new(const struct mirror_options *options)
{
	struct mirror *mirror = calloc(1, sizeof(*mirror));

	if (mirror)
		mirror->options = *options;
	return mirror;
}

void mirror_free(struct mirror *mirror)
{
	free(mirror);
}

void mirror_configure(struct mirror *mirror, const struct mirror_options *options)
{
	mirror->options = *options;
}

static void follow_rate(struct mirror *mirror, const struct clocks_pair *pair)
{
	uint64_t raw_ns = pair->raw_ns - mirror->rate_raw_ns;

	if (mirror->rate_raw_ns && raw_ns < RATE_PERIOD_NS)
		return;
	if (mirror->rate_raw_ns) {
		mirror->rate = (double)(int64_t)(pair->mono_ns - mirror->rate_mono_ns - raw_ns) /
			       (double)raw_ns;
		mirror->rated = true;
	}
	mirror->rate_raw_ns = pair->raw_ns;
	mirror->rate_mono_ns = pair->mono_ns;
}

static bool is_near(int64_t moment_utc_s, int64_t utc_s)
{
	return moment_utc_s && llabs(moment_utc_s - utc_s) <= MIRROR_LEAP_AROUND_S;
}

/* UTC without a leap second that the page has still to come to. */
static int64_t utc_s(const struct mirror *mirror, const struct clocks_pair *pair)
{
	return ((int64_t)pair->mono_ns + mirror->offset_ns) / NS_PER_S;
}

/* By how much the kernel may step now since a leap second is due; 0: none is. */
static int64_t expected_step_ns(
	const struct mirror *mirror, const struct clocks_pair *pair, const struct leap *leap)
{
	int64_t now_s = utc_s(mirror, pair);

	if (is_near(leap->at_utc_s, now_s) && !mirror->leap_ns)
		return -leap->sign * NS_PER_S;
	if (is_near(leap->done_utc_s, now_s) && !leap->at_utc_s)
		return mirror->leap_ns;
	return 0;
}

/* Takes a leap second of the kernel's out of a step; what is left of it. */
static int64_t without_leap(struct mirror *mirror, const struct clocks_pair *pair,
	const struct leap *leap, int64_t step_ns)
{
	int64_t expected_ns = expected_step_ns(mirror, pair, leap);

	if (!expected_ns || llabs(step_ns - expected_ns) > LEAP_TOLERANCE_NS)
		return step_ns;
	mirror->leap_ns -= expected_ns;
	return step_ns - expected_ns;
}

bool mirror_follow(struct mirror *mirror, const struct clocks_pair *pair, const struct leap *leap,
	int64_t *ret_step_ns)
{
	int64_t offset_ns = pair->real_ns - (int64_t)pair->mono_ns, step_ns;

	follow_rate(mirror, pair);
	if (!mirror->known) {
		mirror->known = true;
		mirror->offset_ns = offset_ns;
		mirror->window_ns = pair->window_ns;
		return false;
	}
	/* A kernel that was to apply the second and did not: its clock is what is served. */
	if (mirror->leap_ns && !leap->at_utc_s && !is_near(leap->done_utc_s, utc_s(mirror, pair)))
		mirror->leap_ns = 0;
	step_ns = offset_ns + mirror->leap_ns - mirror->offset_ns;
	if (llabs(step_ns) > MIRROR_STEP_NS + (int64_t)pair->window_ns)
		step_ns = without_leap(mirror, pair, leap, step_ns);
	if (llabs(step_ns) > MIRROR_STEP_NS + (int64_t)pair->window_ns) {
		mirror->offset_ns += step_ns;
		mirror->step_raw_ns = pair->raw_ns;
		mirror->sampled = false;
		*ret_step_ns = step_ns;
		return true;
	}
	/* One that was interrupted says less. What is good may change with the machine's load. */
	if (pair->window_ns <= 2 * mirror->window_ns)
		mirror->offset_ns += step_ns / OFFSET_READINGS;
	if (pair->window_ns < mirror->window_ns)
		mirror->window_ns = pair->window_ns;
	else
		mirror->window_ns += mirror->window_ns / OFFSET_READINGS + 1;
	return false;
}

static void note_rate(struct mirror *mirror)
{
	if (mirror->usual)
		mirror->usual_rate += (mirror->rate - mirror->usual_rate) / RATE_READINGS;
	else
		mirror->usual_rate = mirror->rate;
	mirror->usual = true;
}

/* The server says how well it knows its clock's rate by how its dispersion grows. */
static void note_growth(
	struct mirror *mirror, const struct ntp_sample *sample, int64_t reference_utc_ns)
{
	int64_t risen_ns = sample->root_dispersion_ns - mirror->first.root_dispersion_ns;

	if (mirror->sampled && sample->reference_id.raw == mirror->first.reference_id.raw &&
		llabs(reference_utc_ns - mirror->reference_utc_ns) < SAME_REFERENCE_NS)
		mirror->growth = fmax((double)risen_ns, 0.0) /
				 (double)(sample->raw_ns - mirror->first.raw_ns);
	else
		mirror->first = *sample;
}

bool mirror_sample(struct mirror *mirror, const struct ntp_sample *sample,
	const struct clocks_pair *pair, const struct leap *leap)
{
	uint64_t asked_raw_ns = sample->raw_ns - (uint64_t)(sample->delay_ns / 2);
	int64_t now_s = utc_s(mirror, pair), reference_utc_ns;
	bool leaping = is_near(leap->at_utc_s, now_s) || is_near(leap->done_utc_s, now_s);

	if ((mirror->sampled && !mirror->why && sample->raw_ns == mirror->sample.raw_ns) ||
		(mirror->step_raw_ns && asked_raw_ns < mirror->step_raw_ns))
		return false;
	/* The server may pass a leap second a moment before the kernel does. */
	if (!leaping || !mirror->sampled)
		mirror->difference_ns = sample->offset_ns - (pair->real_ns - (int64_t)pair->raw_ns);
	reference_utc_ns = (int64_t)sample->raw_ns + sample->offset_ns;
	if (sample->reference_age_ns > 0)
		reference_utc_ns -= sample->reference_age_ns;
	note_growth(mirror, sample, reference_utc_ns);
	mirror->reference_utc_ns = reference_utc_ns;
	mirror->sample = *sample;
	mirror->sampled = true;
	mirror->why = NULL;
	if (mirror->rated)
		note_rate(mirror);
	return true;
}

void mirror_refuse(struct mirror *mirror, const char *why)
{
	mirror->why = why;
}

void mirror_shift(struct mirror *mirror, int64_t delta_ns)
{
	mirror->offset_ns += delta_ns;
	mirror->leap_ns += delta_ns;
	mirror->reference_utc_ns += delta_ns;
}

/* Root dispersion at raw_ns: the server's word, what is known of it here, and growth. */
static int64_t dispersion_ns(const struct mirror *mirror, const struct clock_reading *reading)
{
	const struct ntp_sample *sample = &mirror->sample;
	double age_ns = (double)(int64_t)(reading->raw_ns - sample->raw_ns);

	return sample->root_dispersion_ns + sample->dispersion_ns + llabs(mirror->difference_ns) +
	       sample->delay_ns / 2 + mirror->window_ns +
	       (int64_t)ceil(reading->dispersion_rate * fmax(age_ns, 0.0));
}

static uint64_t expiry(const struct mirror *mirror, const struct clock_reading *reading)
{
	double room = (double)(reading->maxdistance_ns - reading->root_distance_ns);
	uint64_t old =
		reading->update_raw_ns + (uint64_t)(mirror->options.holdover_s * (double)NS_PER_S);
	uint64_t wide;

	if (room <= 0.0)
		return reading->raw_ns;
	wide = reading->raw_ns + (uint64_t)fmin(room / reading->dispersion_rate, 1e18);
	return wide < old ? wide : old;
}

/* What the server said, extended to now. */
static void read_sample(const struct mirror *mirror, struct clock_reading *reading)
{
	const struct ntp_sample *sample = &mirror->sample;
	int64_t silent_ns = (int64_t)(reading->raw_ns - sample->raw_ns);

	reading->root_delay_ns = sample->root_delay_ns;
	reading->update_raw_ns = sample->raw_ns;
	reading->root_dispersion_ns = dispersion_ns(mirror, reading);
	reading->root_distance_ns = reading->root_delay_ns / 2 + reading->root_dispersion_ns;
	reading->expires_raw_ns = expiry(mirror, reading);
	reading->reference_utc_ns = mirror->reference_utc_ns;
	reading->reference_id = sample->reference_id;
	reading->leap = sample->leap;
	if (mirror->why || reading->raw_ns >= reading->expires_raw_ns)
		return;
	reading->stratum = sample->stratum;
	reading->survivors = 1;
	reading->synchronised = true;
	reading->state =
		silent_ns < MIRROR_SILENT_S * NS_PER_S ? CLOCK_SYNCHRONISED : CLOCK_HOLDOVER;
}

bool mirror_read(const struct mirror *mirror, const struct clocks_pair *pair,
	struct clock_reading *ret_reading)
{
	struct clock_reading reading = {
		.state = CLOCK_WAITING,
		.raw_ns = pair->raw_ns,
		.stratum = CLOCK_STRATUM_UNSYNCHRONISED,
	};

	if (mirror->known) {
		reading.offset_ns = (int64_t)(pair->mono_ns - pair->raw_ns) + mirror->offset_ns;
		reading.frequency = mirror->rate;
		reading.offset_sd_ns = mirror->window_ns;
		reading.frequency_sd =
			mirror->usual ? fabs(mirror->rate - mirror->usual_rate) : 0.0;
		reading.dispersion_rate = fmax(FILTER_PHI, mirror->growth) + reading.frequency_sd;
		reading.maxdistance_ns =
			(int64_t)(mirror->options.maxdistance_s * (double)NS_PER_S);
	}
	if (mirror->known && mirror->sampled)
		read_sample(mirror, &reading);
	*ret_reading = reading;
	return mirror->known && mirror->sampled;
}

const char *mirror_text(const struct mirror *mirror, const struct clock_reading *reading)
{
	if (reading->synchronised)
		return reading->state == CLOCK_SYNCHRONISED
			       ? "as the mirrored server says"
			       : "the mirrored server does not answer, its last word is used";
	if (mirror->why)
		return mirror->why;
	if (!mirror->sampled)
		return mirror->step_raw_ns
			       ? "the system clock was stepped, and the mirrored server has not "
				 "answered since"
			       : "the mirrored server has not answered yet";
	if (llabs(mirror->difference_ns) > reading->maxdistance_ns / 2)
		return "the mirrored server's time is not the system clock's: does it steer it?";
	return reading->root_distance_ns >= reading->maxdistance_ns
		       ? "the mirrored server's root distance is over maxdistance"
		       : "the mirrored server has not answered for too long";
}

int64_t mirror_difference_ns(const struct mirror *mirror)
{
	return mirror->difference_ns;
}

void mirror_on_monotonic(struct clocks_pair *pair, struct clock_reading *reading)
{
	uint64_t behind_ns = pair->raw_ns - pair->mono_ns;

	pair->raw_ns -= behind_ns;
	reading->raw_ns -= behind_ns;
	reading->offset_ns += (int64_t)behind_ns;
	reading->frequency = 0.0;
	if (reading->update_raw_ns)
		reading->update_raw_ns -= behind_ns;
	if (reading->expires_raw_ns)
		reading->expires_raw_ns -= behind_ns;
}
