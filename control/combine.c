// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Combination: see combine.h. Offsets are added up as differences to the selected
 * source's, which are small enough for doubles.
 */
#include "control/combine.h"

#include "control/leap.h"

#include <math.h>
#include <stdlib.h>

/* Sources differ by the asymmetry of their paths, which no filter sees: this share of what it
 * could be at most, half the delay and the server's own root distance, stands for it in the
 * weights. */
#define ASYMMETRY_SHARE 0.2

static bool survives(const struct clock_input *input)
{
	return input->ret_tally == TALLY_CANDIDATE || input->ret_tally == TALLY_SELECTED;
}

/* All sources hear the same oscillator, so their frequencies are readings of one value. */
static void mean_frequency(
	const struct clock_input *inputs, size_t count, struct combine_line *line)
{
	double sum = 0.0, weights = 0.0;
	size_t i;

	for (i = 0; i < count; i++) {
		double sd = inputs[i].estimate.frequency_sd;

		if (!survives(&inputs[i]))
			continue;
		sum += inputs[i].estimate.frequency / (sd * sd);
		weights += 1.0 / (sd * sd);
	}
	line->frequency = sum / weights;
	line->frequency_sd = sqrt(1.0 / weights);
}

static void mean_offset(const struct clock_input *inputs, size_t count,
	const struct clock_input *selected, struct combine_line *line)
{
	double sum = 0.0, weights = 0.0, noise = 0.0;
	size_t i;

	for (i = 0; i < count; i++) {
		const struct filter_estimate *e = &inputs[i].estimate;
		double asymmetry = ASYMMETRY_SHARE *
				   (0.5 * (double)e->delay_ns + (double)e->server_distance_ns);
		double weight;

		if (!survives(&inputs[i]))
			continue;
		weight = 1.0 / (e->offset_sd_ns * e->offset_sd_ns + asymmetry * asymmetry + 1.0);
		sum += weight * (double)(e->offset_ns - selected->estimate.offset_ns);
		noise += weight * weight * e->offset_sd_ns * e->offset_sd_ns;
		weights += weight;
		line->survivors++;
		if (e->sample_raw_ns > line->update_raw_ns)
			line->update_raw_ns = e->sample_raw_ns;
	}
	line->offset_ns = selected->estimate.offset_ns + (int64_t)llround(sum / weights);
	line->offset_sd_ns = sqrt(noise) / weights;
}

/* Everyone who is not wrong has a vote, combined or not. */
static uint8_t vote_leap(const struct clock_input *inputs, size_t count)
{
	uint8_t votes[SELECT_MAX];
	size_t i, used = 0;

	for (i = 0; i < count && used < SELECT_MAX; i++)
		if (survives(&inputs[i]) || inputs[i].ret_tally == TALLY_BACKUP ||
			inputs[i].ret_tally == TALLY_OUTLIER)
			votes[used++] = inputs[i].estimate.leap;
	return leap_vote(votes, used);
}

static int compare_bounds(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return (left > right) - (left < right);
}

/*
 * Each survivor bounds the error of the combined time: its own root distance and how far it is
 * from there. The middle one of these is not below that of some honest survivor, as long as
 * more than half of them are honest, whoever is selected, and however long ago it was asked.
 */
static int64_t majority_bound(
	const struct clock_input *inputs, size_t count, const struct combine_line *line)
{
	int64_t bounds[SELECT_MAX];
	size_t i, used = 0;

	for (i = 0; i < count && used < SELECT_MAX; i++)
		if (survives(&inputs[i]))
			bounds[used++] = inputs[i].estimate.root_distance_ns +
					 llabs(line->offset_ns - inputs[i].estimate.offset_ns);
	qsort(bounds, used, sizeof(bounds[0]), compare_bounds);
	return bounds[(used - 1) / 2];
}

/*
 * RFC 5905 sec. 11.2.3 has delay and dispersion of the system peer, and adds what the
 * combined time differs from its time. Delay is the peer's here too; dispersion is what
 * makes root distance the bound of a majority.
 */
void combine_sources(const struct clock_input *inputs, size_t count,
	const struct select_overlap *overlap, struct combine_line *ret_line)
{
	const struct clock_input *selected = inputs;
	struct combine_line line = {.raw_ns = ret_line->raw_ns};

	while (selected->ret_tally != TALLY_SELECTED)
		selected++;
	mean_frequency(inputs, count, &line);
	mean_offset(inputs, count, selected, &line);
	if (line.offset_ns < overlap->low_ns)
		line.offset_ns = overlap->low_ns;
	if (line.offset_ns > overlap->high_ns)
		line.offset_ns = overlap->high_ns;
	line.root_delay_ns = selected->estimate.root_delay_ns;
	line.root_dispersion_ns =
		majority_bound(inputs, count, &line) - selected->estimate.root_delay_ns / 2;
	if (line.root_dispersion_ns < selected->estimate.server_distance_ns)
		line.root_dispersion_ns = selected->estimate.server_distance_ns;
	line.reference_id = selected->reference_id;
	line.stratum = (uint8_t)(selected->estimate.stratum + 1);
	line.leap = vote_leap(inputs, count);
	*ret_line = line;
}

void combine_frequency(struct combine_line *line, double frequency, double frequency_sd)
{
	double weight = 1.0 / (frequency_sd * frequency_sd);
	double weights = 1.0 / (line->frequency_sd * line->frequency_sd) + weight;

	line->frequency += (frequency - line->frequency) * weight / weights;
	line->frequency_sd = sqrt(1.0 / weights);
}
