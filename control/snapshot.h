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
#include "control/history.h"
#include "control/listener.h"
#include "control/score_board.h"

/* Where the snapshot is taken from; all are the daemon's. */
struct snapshot_parts {
	const struct config *config;
	const char *pindir; /* NULL with -n */
	const struct state *state;
	const struct clockwork *clockwork;
	const struct listener *listener;
	const struct history *history;
	uint64_t history_ns; /* now, on the history's clock */
	const struct score_board *scores;
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

/* What XDP counted on one interface of the table. */
struct snapshot_interface {
	const struct interface *entry;
	char name[CONFIG_NAME_SIZE + 1];
	struct counters_block counted;
};

struct snapshot {
	struct snapshot_parts parts;
	uint64_t now_ns; /* CLOCK_MONOTONIC */
	double uptime_s;
	struct clockwork_status clock;
	struct snapshot_page page;
	const char *reason;                    /* why what is served is not good, "" while it is */
	struct snapshot_interface *interfaces; /* interface_count of them */
	size_t interface_count;
	struct counters_block detached;          /* counted by XDP where it stands no more */
	struct counters_block xdp, socket, dpdk; /* sums over interfaces, CPUs and workers */
	struct counters_block sum;               /* of all engines */
	double counted_s; /* for how long they have been counted; NAN: not known */
	enum listener_state listener_state;
	const char *listener_detail;
	unsigned int workers;
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

/* A source that agrees: not shown wrong, and asked to take part. */
bool snapshot_agrees(const struct source_report *source);

/* The Unix time at which a slot of the history began. */
double snapshot_history_time_s(
	const struct snapshot *snapshot, enum history_step step, uint64_t number);

#endif
