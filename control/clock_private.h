// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The clock's object, for clock.c (what sources do to it) and clock_reading.c (what it says)
 * alone. See clock.h.
 */
#ifndef CONTROL_CLOCK_PRIVATE_H
#define CONTROL_CLOCK_PRIVATE_H

#include "control/clock.h"
#include "control/combine.h"
#include "control/stability.h"

#define CLOCK_NS       1e9
#define CLOCK_TEXT_MAX 96

struct clock {
	struct clock_options options;
	struct combine_line line; /* what is remembered */
	bool known;               /* line is set */
	uint64_t start_raw_ns;    /* of the first update that made it so */
	uint64_t heard_raw_ns;    /* of the first update with a sample; 0: none yet */
	uint64_t waiting_raw_ns;  /* since when the state is WAITING; 0: nobody has asked yet */
	bool activated;           /* root distance was once below local.activate_s */
	enum clock_state state;   /* at the last update */
	uintptr_t selected;
	struct filter *follow; /* CLOCK_REALTIME, for `local` */
	struct stability stability;
	char text[CLOCK_TEXT_MAX];
};

static inline int64_t clock_maxdistance_ns(const struct clock *clock)
{
	return (int64_t)(clock->options.maxdistance_s * CLOCK_NS);
}

/* Root distance at the anchor of what is remembered. */
static inline int64_t clock_line_distance_ns(const struct combine_line *line)
{
	return line->root_delay_ns / 2 + line->root_dispersion_ns;
}

#endif
