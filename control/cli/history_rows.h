/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * history_rows: the daemon's answers to "history" as slots, and slots as lines of a table, as CSV
 * and as JSON. Pure but for the stream that is written to. For `ntpxdp history`.
 */
#ifndef CONTROL_CLI_HISTORY_ROWS_H
#define CONTROL_CLI_HISTORY_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "control/control_protocol.h"

struct json_object;

enum history_column {
#define X(name) HISTORY_COLUMN_##name,
	CONTROL_HISTORY_COLUMNS(X)
#undef X
	HISTORY_COLUMNS
};

struct history_row {
	double time_s;         /* Unix, when it began */
	double seen_s, good_s; /* of which so much was seen, and good; 0: a gap */
	double count[HISTORY_COLUMNS];
};

/* Rows at equal distances. All zeros at first; the caller frees `row`. */
struct history_table {
	struct history_row *row;
	size_t count;
	double step_s;
};

/* Appends the slots of an answer. 0, -ENOMEM, or -EBADMSG: that is no answer to "history". */
int history_rows_take(struct history_table *table, struct json_object *answer);

/* A second; NAN: a gap. */
double history_rows_rate(const struct history_row *row, enum history_column column);

/* Lines of a table of at most 80 columns, each for the same time, the oldest first. */
void history_rows_print(const struct history_table *table, bool utf8, FILE *out);

/* One line a slot, under a head. */
void history_rows_csv(const struct history_table *table, FILE *out);

/* {step_s, slots: [{time_s, seen_s, good_s, requests_hz, ...}]} */
struct json_object *history_rows_object(const struct history_table *table);

/* The name of a column. */
const char *history_rows_name(enum history_column column);

#endif
