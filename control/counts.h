/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * counts: what the engines have counted, for people: one sum over all engines, and the answer to
 * "stats" and the totals of "status" out of it, so that the daemon (report.c) and the command,
 * which reads the pins itself where no daemon answers (cli/pins.c), say the same in the same words.
 * Counting over all CPUs takes some microseconds.
 */
#ifndef CONTROL_COUNTS_H
#define CONTROL_COUNTS_H

#include "dataplane/state/state.h"

struct json_object;

/* Name of a verdict as in counters and metrics; "" for none. */
const char *counts_verdict_name(enum verdict verdict);

/* Adds the counters of one block to another's: sums of engines. */
void counts_add(struct counters_block *sum, const struct counters_block *block);

/* Client requests over one family of one NTP version, of a sum of blocks; and the replies to them.
 */
uint64_t counts_requests(const struct counters_block *sum, enum frame_family family, int version);
uint64_t counts_replies(const struct counters_block *sum, enum frame_family family, int version);

/* All engines together. */
void counts_sum(const struct state *state, struct counters_block *ret_sum);

/* requests and served, as control_commands.h has them. */
void counts_totals(struct json_object *object, const struct counters_block *sum);

/* requests and served of each engine: what "stats" calls engines. */
struct json_object *counts_engines(const struct state *state);

/* The answer to "stats" but for engines; counted_s: how long the counters have been counting, NAN:
 * not known. */
struct json_object *counts_stats(const struct counters_block *sum, double counted_s);

#endif
