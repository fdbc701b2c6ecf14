/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text of /metrics in Prometheus' format 0.0.4, from one table: name, type, help and how
 * it is read from a snapshot. Base units; counters end in _total; no label grows with
 * clients. http_server.h carries it; the daemon calls both.
 */
#ifndef CONTROL_METRICS_H
#define CONTROL_METRICS_H

#include "control/snapshot.h"

#include <stdio.h>

struct evbuffer;

/* Appends the whole page. 0 or -ENOMEM. */
int metrics_write(struct evbuffer *out, const struct snapshot *snapshot);

/* Appends one line for a probe; true while time is good. */
bool metrics_write_health(struct evbuffer *out, const struct snapshot *snapshot);

/* The table as rows of a Markdown table, for docs/metrics.md. */
void metrics_describe(FILE *out);

#endif
