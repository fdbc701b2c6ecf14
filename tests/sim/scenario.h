// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The scenarios: named worlds and what the served time may be off in them at most. The limits
 * are for every seed, not averages: half as much again as the worst of 16 seeds over 4 and 12 h.
 */
#ifndef TESTS_SIM_SCENARIO_H
#define TESTS_SIM_SCENARIO_H

#include <stddef.h>

#include "tests/sim/network.h"
#include "tests/sim/oscillator.h"
#include "tests/sim/server.h"

#define SCENARIO_EVENT_S 3600.0 /* what happens in a scenario happens then */

/* Who is heard and who lies; from SCENARIO_EVENT_S on, or from the start. */
struct scenario_cast {
	unsigned sources;
	unsigned liars; /* the first of them */
	enum server_lie lie;
	bool from_start;
	double silent_s;      /* from SCENARIO_EVENT_S on nobody answers for so long */
	bool drift_file;      /* the frequency is known to 0.2 ppm at the start */
	bool leap;            /* a second is inserted 6 h after the start */
	int minpoll, maxpoll; /* 0: the daemon's defaults, 6 and 10 */
};

enum scenario_outcome {
	SCENARIO_TIME, /* good time, within the limits */
	SCENARIO_LOST, /* from some polls after the event on none is served */
	SCENARIO_NEVER /* none is served at all */
};

/* In us and s; 0: no limit. */
struct scenario_limits {
	enum scenario_outcome outcome;
	double start_us; /* error in the first 10 minutes */
	double rms_us;   /* and after them */
	double max_us;
	double settled_s; /* under 100 us from then on, for the first half hour */
};

struct scenario {
	const char *name;
	const struct oscillator_kind *oscillator;
	const struct network_kind *network;
	const struct server_kind *server;
	struct scenario_cast cast;
	struct scenario_limits limits;
	bool quick; /* is run with every test run */
};

extern const struct scenario scenario_list[];
extern const size_t scenario_count;

#endif
