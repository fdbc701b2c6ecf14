/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything that reports say about the daemon, gathered at one moment: JSON answers
 * (report.c), metrics (metrics.c) and the status line are all written from this, so that
 * they cannot disagree. Taken by the daemon when somebody asks.
 */
#ifndef CONTROL_SNAPSHOT_H
#define CONTROL_SNAPSHOT_H

#include "control/clockwork.h"
#include "control/config.h"
#include "control/listener.h"

/* Where the snapshot is taken from; all are the daemon's. */
struct snapshot_parts {
	const struct config *config;
	const char *pindir; /* NULL with -n */
	const struct state *state;
	const struct clockwork *clockwork;
	const struct listener *listener;
	uint64_t started_mono_ns;
};

/* The time page as clients see it. */
struct snapshot_page {
	enum verdict verdict; /* SERVED: good */
	const char *state;    /* "valid", or why it is not served */
	struct timepage_reading reading;
	bool written; /* age and expiry mean something */
	double age_s, expires_in_s;
	double error_bound_s; /* while good */
	uint64_t updates;
};

struct snapshot {
	struct snapshot_parts parts;
	double uptime_s;
	struct clockwork_status clock;
	struct snapshot_page page;
	const char *reason; /* why what is served is not good, "" while it is */
	struct counters_block xdp, socket, dpdk; /* sums over CPUs and workers */
	struct counters_block sum;               /* of all engines */
	enum listener_state listener_state;
	const char *listener_detail;
	struct engine_statistics engine;
	struct source_report *sources; /* source_count of them */
	size_t source_count;
	size_t reachable, selectable;
	const struct source_report *selected; /* NULL: none */
	const struct source_counters *totals;
};

/* Valid until the loop goes on. 0 or -ENOMEM; to be freed. */
int snapshot_take(const struct snapshot_parts *parts, struct snapshot *ret_snapshot);
void snapshot_free(struct snapshot *snapshot);

#endif
