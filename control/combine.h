// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One time out of the survivors of a selection: RFC 5905 sec. 11.2.3, with weights
 * from what the filters know of their noise. Used by control/clock.c, which keeps
 * the result as its memory. Pure.
 */
#ifndef CONTROL_COMBINE_H
#define CONTROL_COMBINE_H

#include "control/clock.h"

/* UTC against RAW as a straight line, and its bounds at the anchor. */
struct combine_line {
	uint64_t raw_ns; /* the anchor: the moment of the estimates, set by the caller */
	int64_t offset_ns;
	double frequency, offset_sd_ns, frequency_sd;
	int64_t root_delay_ns, root_dispersion_ns;
	uint64_t update_raw_ns; /* newest sample in use */
	be32 reference_id;
	uint8_t stratum; /* of the selected source + 1 */
	uint8_t leap;    /* majority of the survivors */
	unsigned survivors;
};

/*
 * Combines the inputs tallied SELECTED (exactly one) and CANDIDATE. The offset is kept
 * within the overlap that the majority shares; root distance bounds its error as long as more
 * than half of the inputs combined are honest. All of ret_line is set but raw_ns.
 */
void combine_sources(const struct clock_input *inputs, size_t count,
	const struct select_overlap *overlap, struct combine_line *ret_line);

/* One more witness of the frequency alone: a drift file. */
void combine_frequency(struct combine_line *line, double frequency, double frequency_sd);

#endif
