// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The clock: see clock.h. Memory is a straight line, the combined offset and frequency
 * at an anchor, with the bound of a majority; a reading extends it.
 */
#include "control/clock.h"

#include "control/combine.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define NS 1e9

/* A source is listened to from its third sample on, or once its frequency is known this well
 * (a drift file helps): before that an offset is only good for the moment it was taken. */
#define USABLE_SAMPLES      3
#define USABLE_FREQUENCY_SD 20e-6
/* A drift file was written at another temperature. */
#define DRIFT_SD_MIN        1e-6
#define DRIFT_FADES_S       100.0 /* and counts half as much after this */
#define RATE_SIGMA          3.0   /* root dispersion grows by PHI and so many sd of the frequency */
/* `local` after the memory is used up: bounds stop growing at this share of maxdistance. */
#define LOCAL_DISTANCE      0.5
#define LOCAL_REFERENCE     0x7f7f0101U /* 127.127.1.1, as ntpd and chrony say it */
#define LOCAL_PRIMARY       0x4c4f434cU /* "LOCL", RFC 5905 fig. 12 */
/* At the start nobody is the majority before all had this long to answer. */
#define GREETING_NS         1000000000ULL
#define LIKELY_SIGMA        3.0 /* a source is within so many sd and half its delay */
#define TEXT_MAX            96

struct clock {
	struct clock_options options;
	struct combine_line line; /* what is remembered */
	bool known;               /* line is set */
	uint64_t start_raw_ns;    /* of the first update that made it so */
	uint64_t heard_raw_ns;    /* of the first update with a sample; 0: none yet */
	enum clock_state state;   /* at the last update */
	uintptr_t selected;
	struct filter *follow; /* CLOCK_REALTIME, for `local` */
	char text[TEXT_MAX];
};

struct clock *clock_new(const struct clock_options *options)
{
	struct clock *clock = calloc(1, sizeof(*clock));

	if (!clock)
		return NULL;
	clock->options = *options;
	clock->state = CLOCK_WAITING;
	snprintf(clock->text, sizeof(clock->text), "no source has been heard yet");
	clock->follow = filter_new();
	if (!clock->follow) {
		free(clock);
		return NULL;
	}
	return clock;
}

void clock_free(struct clock *clock)
{
	if (!clock)
		return;
	filter_free(clock->follow);
	free(clock);
}

void clock_configure(struct clock *clock, const struct clock_options *options)
{
	double frequency = clock->options.frequency, frequency_sd = clock->options.frequency_sd;

	clock->options = *options;
	clock->options.frequency = frequency;
	clock->options.frequency_sd = frequency_sd;
}

static int64_t maxdistance_ns(const struct clock *clock)
{
	return (int64_t)(clock->options.maxdistance_s * NS);
}

bool clock_frequency(const struct clock *clock, double *ret_frequency, double *ret_frequency_sd)
{
	if (!clock->known && clock->options.frequency_sd <= 0.0)
		return false;
	*ret_frequency = clock->known ? clock->line.frequency : clock->options.frequency;
	*ret_frequency_sd = clock->known ? clock->line.frequency_sd
					 : fmax(clock->options.frequency_sd, DRIFT_SD_MIN);
	return true;
}

static bool is_usable(const struct clock *clock, const struct clock_input *input)
{
	const struct filter_estimate *e = &input->estimate;
	double frequency, sd = e->frequency_sd;

	if (!input->usable || e->samples == 0 || e->root_distance_ns < 0 ||
		e->root_distance_ns > maxdistance_ns(clock))
		return false;
	if (e->samples >= USABLE_SAMPLES || sd < USABLE_FREQUENCY_SD)
		return true;
	return clock_frequency(clock, &frequency, &sd) && sd < USABLE_FREQUENCY_SD;
}

/* Is worth waiting for, where nothing is known yet. */
static bool is_coming(const struct clock *clock, const struct clock_input *input, uint64_t raw_ns)
{
	if (input->estimate.samples == 0)
		return raw_ns - clock->heard_raw_ns < GREETING_NS;
	return input->usable && input->estimate.root_distance_ns <= maxdistance_ns(clock);
}

/* What follows from a selection that failed. */
static void lose(struct clock *clock, int error, const struct select_overlap *overlap)
{
	bool memory = clock->known && clock->state != CLOCK_DISAGREEING;

	clock->selected = 0;
	if (error == -EXDEV) {
		clock->state = CLOCK_DISAGREEING;
		if (overlap->depth * 2 <= overlap->voters)
			snprintf(clock->text, sizeof(clock->text),
				"%zu of %zu sources agree, which is no majority", overlap->depth,
				overlap->voters);
		else
			snprintf(clock->text, sizeof(clock->text),
				"the %zu sources make two majorities, which disagree",
				overlap->voters);
		return;
	}
	if (error == -EAGAIN && overlap->depth && overlap->depth * 2 <= overlap->voters)
		snprintf(clock->text, sizeof(clock->text),
			"%zu of %zu sources agree, and the others are still to be heard",
			overlap->depth, overlap->voters);
	else if (error == -EAGAIN && overlap->depth)
		snprintf(clock->text, sizeof(clock->text),
			"%zu of %zu sources agree, which is fewer than minsources", overlap->depth,
			overlap->voters);
	else
		snprintf(clock->text, sizeof(clock->text), "%s",
			error == -ENODATA ? "no source is usable"
					  : "fewer sources are usable than minsources");
	if (memory)
		clock->state = CLOCK_HOLDOVER;
	else if (error == -ENODATA || !clock->known)
		clock->state = CLOCK_WAITING;
}

/* All but `coming`. */
static void fill_candidates(const struct clock *clock, const struct clock_input *inputs,
	size_t count, struct select_candidate *candidates)
{
	size_t i;

	for (i = 0; i < count; i++) {
		const struct filter_estimate *e = &inputs[i].estimate;
		int64_t path_ns = e->server_distance_ns + e->delay_ns / 2;

		candidates[i] = (struct select_candidate){
			.offset_ns = e->offset_ns,
			.root_distance_ns = e->root_distance_ns,
			.merit_ns = path_ns + (int64_t)e->offset_sd_ns,
			.likely_ns = path_ns + (int64_t)(LIKELY_SIGMA * e->offset_sd_ns),
			.stratum = e->stratum,
			.usable = is_usable(clock, &inputs[i]),
			.prefer = inputs[i].prefer,
			.trust = inputs[i].trust,
			.noselect = inputs[i].noselect,
			.was_selected = inputs[i].id == clock->selected,
		};
	}
}

/* The drift file is one witness more, and fades: after a while the sources know better. */
static void remember(struct clock *clock, uint64_t raw_ns)
{
	double age_s, sd = fmax(clock->options.frequency_sd, DRIFT_SD_MIN);

	if (!clock->known)
		clock->start_raw_ns = raw_ns;
	clock->known = true;
	clock->line.raw_ns = raw_ns;
	if (clock->options.frequency_sd <= 0.0)
		return;
	age_s = (double)(raw_ns - clock->start_raw_ns) / NS;
	combine_frequency(
		&clock->line, clock->options.frequency, sd * (1.0 + age_s / DRIFT_FADES_S));
}

int clock_update(struct clock *clock, uint64_t raw_ns, struct clock_input *inputs, size_t count)
{
	struct select_candidate candidates[SELECT_MAX];
	struct select_rule rule = {.minsources = clock->options.minsources};
	struct select_overlap overlap = {0};
	struct clock_reading memory;
	size_t i, used = count < SELECT_MAX ? count : SELECT_MAX;
	int selected;

	for (i = 0; i < used && !clock->heard_raw_ns; i++)
		clock->heard_raw_ns = inputs[i].estimate.samples ? raw_ns : 0;
	fill_candidates(clock, inputs, used, candidates);
	for (i = 0; i < used; i++)
		candidates[i].coming = is_coming(clock, &inputs[i], raw_ns);
	rule.expecting = clock_read(clock, raw_ns, &memory) && memory.synchronised &&
			 memory.state != CLOCK_LOCAL;
	rule.expected_ns = memory.offset_ns;
	selected = select_majority(candidates, used, &rule, &overlap);
	for (i = 0; i < count; i++)
		inputs[i].ret_tally = i < used ? candidates[i].ret_tally : TALLY_UNREACHABLE;
	if (selected < 0) {
		lose(clock, selected, &overlap);
		return selected;
	}
	combine_sources(inputs, used, &overlap, &clock->line);
	remember(clock, raw_ns);
	clock->selected = inputs[selected].id;
	clock->state = CLOCK_SYNCHRONISED;
	snprintf(clock->text, sizeof(clock->text), "%zu of %zu sources agree", overlap.depth,
		overlap.voters);
	return 0;
}

void clock_follow(struct clock *clock, uint64_t raw_ns, int64_t offset_ns, uint32_t window_ns)
{
	struct ntp_sample sample = {
		.raw_ns = raw_ns,
		.offset_ns = offset_ns,
		.delay_ns = window_ns,
		.dispersion_ns = window_ns,
	};

	if (clock->options.local_stratum && !clock->known)
		filter_add(clock->follow, &sample);
}

void clock_shift(struct clock *clock, int64_t delta_ns)
{
	clock->line.offset_ns += delta_ns;
	filter_shift(clock->follow, delta_ns);
}

static void finish_reading(struct clock_reading *reading)
{
	reading->root_distance_ns = reading->root_delay_ns / 2 + reading->root_dispersion_ns;
	reading->reference_utc_ns =
		(int64_t)reading->update_raw_ns + reading->offset_ns -
		(int64_t)(reading->frequency *
			  (double)(int64_t)(reading->raw_ns - reading->update_raw_ns));
}

/* The moment when the memory is used up: too old, or too wide. */
static uint64_t expiry(const struct clock *clock, const struct clock_reading *reading)
{
	double room = (double)(reading->maxdistance_ns - reading->root_distance_ns);
	uint64_t old = reading->update_raw_ns + (uint64_t)(clock->options.holdover_s * NS);
	uint64_t wide;

	if (room <= 0.0)
		return reading->raw_ns;
	wide = reading->raw_ns + (uint64_t)fmin(room / reading->dispersion_rate, 1e18);
	return wide < old ? wide : old;
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
		.maxdistance_ns = maxdistance_ns(clock),
		.update_raw_ns = line->update_raw_ns,
		.reference_id = line->reference_id,
		.stratum = line->stratum,
		.leap = line->leap,
		.survivors = line->survivors,
	};
	reading->root_dispersion_ns =
		line->root_dispersion_ns + (int64_t)ceil(reading->dispersion_rate * fmax(dt, 0.0));
	finish_reading(reading);
	reading->expires_raw_ns = expiry(clock, reading);
	reading->synchronised =
		raw_ns < reading->expires_raw_ns &&
		reading->stratum < CLOCK_STRATUM_UNSYNCHRONISED &&
		(clock->state == CLOCK_SYNCHRONISED || clock->state == CLOCK_HOLDOVER);
	if (!reading->synchronised && clock->state != CLOCK_DISAGREEING)
		reading->state = CLOCK_WAITING;
}

static void declare_local(const struct clock *clock, struct clock_reading *reading)
{
	reading->state = CLOCK_LOCAL;
	reading->synchronised = true;
	reading->stratum = (uint8_t)clock->options.local_stratum;
	reading->reference_id =
		be32_of(clock->options.local_stratum == 1 ? LOCAL_PRIMARY : LOCAL_REFERENCE);
	reading->root_delay_ns = 0;
	reading->leap = 0;
}

/* `local` before any source was believed: the system's time is the reference by definition. */
static bool read_follow(const struct clock *clock, uint64_t raw_ns, struct clock_reading *reading)
{
	struct filter_estimate e;

	if (!clock->options.local_stratum || !filter_estimate(clock->follow, raw_ns, &e))
		return false;
	*reading = (struct clock_reading){
		.raw_ns = raw_ns,
		.offset_ns = e.offset_ns,
		.frequency = e.frequency,
		.offset_sd_ns = e.offset_sd_ns,
		.frequency_sd = e.frequency_sd,
		.root_dispersion_ns = e.root_dispersion_ns,
		.dispersion_rate = FILTER_PHI + RATE_SIGMA * e.frequency_sd,
		.maxdistance_ns = maxdistance_ns(clock),
		.update_raw_ns = e.sample_raw_ns,
	};
	declare_local(clock, reading);
	finish_reading(reading);
	reading->expires_raw_ns = expiry(clock, reading);
	return true;
}

/* `local` after the memory is used up: it is the reference from now on, with a bound that stays. */
static void keep_local(const struct clock *clock, struct clock_reading *reading)
{
	int64_t limit = (int64_t)(LOCAL_DISTANCE * (double)reading->maxdistance_ns);

	declare_local(clock, reading);
	if (reading->root_dispersion_ns > limit)
		reading->root_dispersion_ns = limit;
	reading->update_raw_ns = reading->raw_ns;
	finish_reading(reading);
	reading->expires_raw_ns = expiry(clock, reading);
}

bool clock_read(const struct clock *clock, uint64_t raw_ns, struct clock_reading *ret_reading)
{
	if (!clock->known) {
		if (read_follow(clock, raw_ns, ret_reading))
			return true;
		*ret_reading = (struct clock_reading){.state = clock->state,
			.raw_ns = raw_ns,
			.stratum = CLOCK_STRATUM_UNSYNCHRONISED};
		return false;
	}
	extend_line(clock, raw_ns, ret_reading);
	if (ret_reading->synchronised)
		return true;
	ret_reading->stratum = CLOCK_STRATUM_UNSYNCHRONISED;
	if (clock->options.local_stratum && clock->state != CLOCK_DISAGREEING)
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
