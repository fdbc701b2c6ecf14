/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * metrics_engines: the samples that metrics.c takes from the table of engines
 * (dataplane/state/engine_table.h).
 */
#ifndef CONTROL_METRICS_ENGINES_H
#define CONTROL_METRICS_ENGINES_H

#include "dataplane/state/state.h"

struct evbuffer;

/* 1 for each engine that runs, 0 for each that was there before. */
void metrics_engines_running(struct evbuffer *out, const char *metric, const struct state *state);

/* What engine_table.h counts, one sample for each engine and name. */
void metrics_engines_frames(struct evbuffer *out, const char *metric, const struct state *state);

#endif
