// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The clock: see clock.h. Memory is a straight line, the combined offset and frequency
 * at an anchor, with the bound of a majority; a reading extends it.
 */
#include "control/clock_private.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A source is listened to from its third sample on, or once its frequency is known this well
 * (a drift file helps): before that an offset is only good for the moment it was taken. */
#define USABLE_SAMPLES      3
#define USABLE_FREQUENCY_SD 20e-6
/* A drift file was written at another temperature. */
#define DRIFT_SD_MIN        1e-6
#define DRIFT_FADES_S       100.0 /* and counts half as much after this */
/* At the start nobody is the majority before all had this long to answer. */
#define GREETING_NS         1000000000ULL
#define LIKELY_SIGMA        3.0 /* a source is within so many sd and half its delay */

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
		e->root_distance_ns > clock_maxdistance_ns(clock))
		return false;
	if (e->samples >= USABLE_SAMPLES || sd < USABLE_FREQUENCY_SD)
		return true;
	return clock_frequency(clock, &frequency, &sd) && sd < USABLE_FREQUENCY_SD;
}

/* An orphan has no vote; and who followed a server of stratum 15 would be none (RFC 5905 fig. 11).
 */
static bool may_vote(const struct clock *clock, const struct clock_input *input)
{
	return !local_is_orphan(&clock->options.local, input) &&
	       input->estimate.stratum + 1 < CLOCK_STRATUM_UNSYNCHRONISED;
}

/* Is worth waiting for, where nothing is known yet. */
static bool is_coming(const struct clock *clock, const struct clock_input *input, uint64_t raw_ns)
{
	if (!may_vote(clock, input))
		return false;
	if (input->estimate.samples == 0)
		return raw_ns - clock->heard_raw_ns < GREETING_NS;
	return input->usable && input->estimate.root_distance_ns <= clock_maxdistance_ns(clock);
}

/* What follows from a selection that failed. */
static void lose(struct clock *clock, int error, const struct select_overlap *overlap)
{
	/* From disagreement to nobody: not the time that they were at odds about. */
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
			error == -ENODATA   ? "no source is usable"
			: error == -ENOLINK ? "no source marked `require` agrees"
					    : "fewer sources are usable than minsources");
	if (memory)
		clock->state = CLOCK_HOLDOVER;
	else if (error == -ENODATA || !clock->known)
		clock->state = CLOCK_WAITING;
}

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
			.usable = may_vote(clock, &inputs[i]) && is_usable(clock, &inputs[i]),
			.prefer = inputs[i].prefer,
			.trust = inputs[i].trust,
			.require = inputs[i].require,
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
	age_s = (double)(raw_ns - clock->start_raw_ns) / CLOCK_NS;
	combine_frequency(
		&clock->line, clock->options.frequency, sd * (1.0 + age_s / DRIFT_FADES_S));
}

/* Good time that sources gave. What an orphan gave, who stands in for them, is none. */
static bool remembers(const struct clock *clock, const struct clock_reading *memory)
{
	const struct local_options *local = &clock->options.local;

	return memory->synchronised && memory->state != CLOCK_LOCAL &&
	       !(local->orphan && memory->stratum > local->stratum);
}

/* Where no source has a vote, and none is expected to: gives it to the one orphan to follow. */
static void elect_orphan(const struct clock *clock, const struct clock_input *inputs, size_t count,
	struct select_candidate *candidates)
{
	bool usable[SELECT_MAX];
	size_t i;
	int elected;

	for (i = 0; i < count; i++) {
		if ((candidates[i].usable || candidates[i].coming) && !candidates[i].noselect)
			return;
		usable[i] = is_usable(clock, &inputs[i]);
	}
	elected = local_elect(&clock->options.local, inputs, count, usable);
	if (elected >= 0)
		candidates[elected].usable = true;
}

/* One update: who is asked, when, and what their majority shares. */
struct round {
	uint64_t raw_ns;
	struct clock_input *inputs;
	size_t count;
	struct select_overlap overlap;
};

/* Holds the vote and marks the inputs; as select_majority(). */
static int vote(struct clock *clock, struct round *round)
{
	struct select_candidate candidates[SELECT_MAX];
	struct select_rule rule = {.minsources = clock->options.minsources};
	struct clock_reading memory;
	int selected;
	size_t i;

	if (!rule.minsources && clock->options.local.orphan)
		rule.minsources = 1;
	fill_candidates(clock, round->inputs, round->count, candidates);
	for (i = 0; i < round->count; i++)
		candidates[i].coming = is_coming(clock, &round->inputs[i], round->raw_ns);
	rule.expecting = clock_read(clock, round->raw_ns, &memory) && remembers(clock, &memory);
	rule.expected_ns = memory.offset_ns;
	if (clock->options.local.orphan && !rule.expecting)
		elect_orphan(clock, round->inputs, round->count, candidates);
	selected = select_majority(candidates, round->count, &rule, &round->overlap);
	for (i = 0; i < round->count; i++)
		round->inputs[i].ret_tally = candidates[i].ret_tally;
	return selected;
}

static void believe(struct clock *clock, uint64_t raw_ns, const struct select_overlap *overlap)
{
	const struct combine_line *line = &clock->line;
	double distance_ns = (double)clock_line_distance_ns(line);

	remember(clock, raw_ns);
	stability_add(&clock->stability, raw_ns, line->frequency, line->frequency_sd);
	clock->activated |= distance_ns < clock->options.local.activate_s * CLOCK_NS;
	clock->state = CLOCK_SYNCHRONISED;
	snprintf(clock->text, sizeof(clock->text), "%zu of %zu sources agree", overlap->depth,
		overlap->voters);
}

/*
 * More than half of the sources that answer say at the same time that what is remembered is wrong
 * by more than maxdistance. They are not believed before they have said it twice; it is not,
 * either.
 */
static void doubt(struct clock *clock, const struct round *round)
{
	size_t i, asked = 0, against = 0;

	for (i = 0; i < round->count; i++) {
		const struct clock_input *input = &round->inputs[i];

		if (!input->usable || input->noselect)
			continue;
		asked++;
		against += input->estimate.doubtful &&
			   input->estimate.root_distance_ns > clock_maxdistance_ns(clock);
	}
	if (!clock->known || against * 2 <= asked)
		return;
	clock->state = CLOCK_DISAGREEING;
	snprintf(clock->text, sizeof(clock->text),
		"%zu of %zu sources contradict the time that was known, and are asked again",
		against, asked);
}

int clock_update(struct clock *clock, uint64_t raw_ns, struct clock_input *inputs, size_t count)
{
	struct round round = {raw_ns, inputs, count < SELECT_MAX ? count : SELECT_MAX, {0}};
	enum clock_state before = clock->state;
	size_t i;
	int selected;

	for (i = 0; i < round.count && !clock->heard_raw_ns; i++)
		clock->heard_raw_ns = inputs[i].estimate.samples ? raw_ns : 0;
	for (i = round.count; i < count; i++)
		inputs[i].ret_tally = TALLY_EXCESS;
	selected = vote(clock, &round);
	if (selected < 0) {
		lose(clock, selected, &round.overlap);
		doubt(clock, &round);
		if (!clock->waiting_raw_ns ||
			(clock->state == CLOCK_WAITING && before != CLOCK_WAITING))
			clock->waiting_raw_ns = raw_ns;
		return selected;
	}
	combine_sources(inputs, round.count, &round.overlap, &clock->line);
	clock->selected = inputs[selected].id;
	believe(clock, raw_ns, &round.overlap);
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

	if (!clock->waiting_raw_ns)
		clock->waiting_raw_ns = raw_ns;
	if (clock->options.local.stratum && !clock->known)
		filter_add(clock->follow, &sample);
}

void clock_shift(struct clock *clock, int64_t delta_ns)
{
	clock->line.offset_ns += delta_ns;
	filter_shift(clock->follow, delta_ns);
}

void clock_forget(struct clock *clock, const char *why)
{
	if (clock->known) {
		clock->options.frequency = clock->line.frequency;
		clock->options.frequency_sd = clock->line.frequency_sd;
	}
	clock->known = false;
	clock->state = CLOCK_WAITING;
	clock->start_raw_ns = clock->heard_raw_ns = clock->waiting_raw_ns = 0;
	clock->selected = 0;
	clock->stability = (struct stability){.complete = 0};
	filter_reset(clock->follow);
	snprintf(clock->text, sizeof(clock->text), "%s", why);
}
