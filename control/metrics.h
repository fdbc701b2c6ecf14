/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text of /metrics in Prometheus' format 0.0.4, from one table: name, type, help, labels and
 * how it is read. Base units; counters end in _total; no label grows with clients. The same table
 * is docs/metrics.md. http_server.h carries it; the daemon calls both. Pure: what is told was
 * gathered by the caller.
 */
#ifndef CONTROL_METRICS_H
#define CONTROL_METRICS_H

#include "control/census.h"
#include "control/interface_report.h"
#include "control/loop_delay.h"
#include "control/snapshot.h"

#include <stdio.h>

struct evbuffer;

/* What is told, all of one moment but for the census. */
struct metrics_input {
	const struct snapshot *snapshot;
	const struct interface_report *interfaces; /* one for each of the snapshot's */
	const struct census_result *census;        /* NULL: not known */
	const struct loop_delay *loop;
};

/* Appends the whole page. 0 or -ENOMEM. */
int metrics_write(struct evbuffer *out, const struct metrics_input *input);

/* Appends one line for a probe; true while time is good. */
bool metrics_write_health(struct evbuffer *out, const struct snapshot *snapshot);

/* The table in Markdown, for docs/metrics.md. */
void metrics_describe(FILE *out);

#endif
