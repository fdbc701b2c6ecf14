/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The history of the rates: what came and what became of it, for each second of the last hour and
 * each minute of the last week, in memory of fixed size (some 0.3 MiB). Pure: the caller reads the
 * counters about once a second and hands in the time, on a clock that goes on steadily and over a
 * suspension too. A slot is the second or the minute of that clock with its number, so that slots
 * keep their numbers while others come.
 *
 * What is counted between two readings is spread evenly over the time between them, so that sums
 * are kept whenever the caller comes. Over a longer silence nothing is known: a gap. Counters that
 * went back (new pins) begin anew. A slot knows how much of its time it has seen. For the daemon
 * (history_keeper.c); read by reports (history_report.c) and the status page.
 */
#ifndef CONTROL_HISTORY_H
#define CONTROL_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/control_commands.h"

/* What is kept. */
enum history_field {
#define X(name) HISTORY_##name,
	CONTROL_HISTORY_COLUMNS(X)
#undef X
	HISTORY_FIELD_COUNT
};

#define HISTORY_SECONDS 3600       /* slots of a second: an hour */
#define HISTORY_MINUTES (7 * 1440) /* slots of a minute: a week */

/* Two readings further apart tell nothing of the time between them, s. */
#define HISTORY_SPREAD_S 10

enum history_step {
	HISTORY_SECOND,
	HISTORY_MINUTE,
	HISTORY_STEPS
};

/* Counters at a moment, as they go on since they began. */
struct history_reading {
	uint64_t count[HISTORY_FIELD_COUNT];
	bool good; /* time is served as good */
};

/* One second or minute. Counts stop at UINT32_MAX: 71 million a second for a minute. */
struct history_slot {
	uint32_t count[HISTORY_FIELD_COUNT];
	uint16_t seen_ms; /* so much of its time was seen; 0: a gap, or yet to come */
	uint16_t good_ms; /* and so much of that time was served as good */
};

struct history;

/* NULL and errno. */
struct history *history_new(void);
void history_free(struct history *history);

/* Is the reading of this second still due? */
bool history_due(const struct history *history, uint64_t now_ns);

/* Takes a reading at now_ns. One that is not after the last one changes nothing. */
void history_add(struct history *history, uint64_t now_ns, const struct history_reading *reading);

/* Length of a slot in seconds: 1 or 60; how many are kept. */
unsigned int history_step_s(enum history_step step);
size_t history_slots(enum history_step step);

/* The slots that there are: numbers from *ret_first on, the last one not included, those that the
 * readings have passed altogether. False while there is none. */
bool history_range(const struct history *history, enum history_step step, uint64_t *ret_first,
	uint64_t *ret_end);

/* The slot of a number; for one outside of the range an empty one: a gap. */
struct history_slot history_get(
	const struct history *history, enum history_step step, uint64_t number);

/* Many slots as one: sums, so that seen_ms may be longer than a slot's. */
struct history_sum {
	uint64_t count[HISTORY_FIELD_COUNT];
	uint64_t seen_ms, good_ms;
};

/* The sum over the slots from `first` on, up to but not including `end`. */
struct history_sum history_sum(
	const struct history *history, enum history_step step, uint64_t first, uint64_t end);

/* A second, of a sum; NAN over a gap. */
double history_rate(const struct history_sum *sum, enum history_field field);

/* How many ns before now_ns the state of the last reading (good or not) began, as far as the
 * readings go; *ret_since_start: no other state has been seen. */
uint64_t history_state_ns(const struct history *history, uint64_t now_ns, bool *ret_since_start);

/* The word of a field. */
const char *history_field_name(enum history_field field);

#endif
