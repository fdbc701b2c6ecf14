// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Medians, spreads and tables out of single results. For parts.c.
 */
#ifndef BENCH_PARTS_REPORT_H
#define BENCH_PARTS_REPORT_H

#include <stdio.h>

#include "tests/bench/parts_rows.h"

#define PARTS_RUNS_MAX 99

/* One row's results. ns[run] is that of a reply, without the making of the request. */
struct parts_figure {
	const struct parts_row *row;
	const char *object; /* the build, where several are compared */
	double ns[PARTS_RUNS_MAX];
	double part_ns[PARTS_RUNS_MAX]; /* PARTS_WITHOUT: the whole, measured beside it, less ns */
};

struct parts_result {
	struct parts_figure
		*figures; /* in the order of the rows; the first is the bare reflector */
	size_t count;
	unsigned runs;
};

void parts_report_text(const struct parts_result *result);
/* One line of JSON a row. */
void parts_report_json(const struct parts_result *result, FILE *file);

#endif
