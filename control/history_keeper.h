/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps the history (history.h) going: reads the counters of all engines and the page once a
 * second, by the daemon's own turn. Adding up the blocks of all CPUs is all that it costs. Says
 * nothing.
 */
#ifndef CONTROL_HISTORY_KEEPER_H
#define CONTROL_HISTORY_KEEPER_H

#include "control/history.h"
#include "dataplane/state/state.h"

/* The daemon's; all zeros at first. */
struct history_keeper {
	struct history *history; /* NULL: without memory there is none */
	int64_t asleep_ns;
};

/* 0 or -ENOMEM. */
int history_keeper_start(struct history_keeper *keeper);
void history_keeper_stop(struct history_keeper *keeper);

/* To be called several times a second. */
void history_keeper_turn(struct history_keeper *keeper, const struct state *state);

/* The history's clock: it goes on while the host is suspended. */
uint64_t history_keeper_now_ns(const struct history_keeper *keeper);

/*
 * What the history keeps, of the sum over all engines, and that of XDP alone, which is part of it.
 * A request that XDP hands up, for want of time or as too long for it, is one request though the
 * socket counts it again.
 */
void history_keeper_count(const struct counters_block *sum, const struct counters_block *xdp,
	struct history_reading *ret_reading);

#endif
