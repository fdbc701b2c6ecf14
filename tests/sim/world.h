// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One run: the daemon's modules in a virtual machine on a virtual network, event by event, and
 * a client that looks at the time page before each turn of the daemon.
 */
#ifndef TESTS_SIM_WORLD_H
#define TESTS_SIM_WORLD_H

#include <stdio.h>

#include "tests/sim/figures.h"
#include "tests/sim/scenario.h"

#define WORLD_LOOKS_PER_S 8

struct world_options {
	uint64_t seed;
	double hours;
	FILE *trace; /* a line for every 16 s; NULL: none */
};

/* 0 or -ENOMEM. The same scenario and options give the same figures. */
int world_run(const struct scenario *scenario, const struct world_options *options,
	struct figures *ret_figures);

#endif
