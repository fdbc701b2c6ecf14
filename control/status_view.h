/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the status page shows that is not in a snapshot as it stands: the state in one word and
 * since when, the last hour as a series of points, what stands on the interfaces. Gathered once for
 * /status.json (status_json.c) and for the page itself (status_page.c), so that they agree.
 */
#ifndef CONTROL_STATUS_VIEW_H
#define CONTROL_STATUS_VIEW_H

#include "control/attach.h"
#include "control/census.h"
#include "control/link_statistics.h"
#include "control/snapshot.h"

/* The hour: so many points, each the average over so long. */
#define STATUS_VIEW_POINTS 360
#define STATUS_VIEW_STEP_S 10

struct status_point {
	double rate[HISTORY_FIELD_COUNT]; /* a second; NAN: not known */
	double good;                      /* share of that time; NAN the same */
};

struct status_interface {
	char name[CONFIG_NAME_SIZE + 1];
	const char *mode, *reply_path;
	struct attach_inspection found;
	uint64_t requests; /* counted by XDP there */
	bool counted;      /* `link` is known */
	struct link_statistics link;
	bool xdp_counted; /* the driver counts replies that it could not send */
	uint64_t xdp_lost;
};

/* What was lost before any program saw it: by the card, for want of room or for errors. */
uint64_t status_view_card_lost(const struct status_interface *interface);

struct status_view {
	const struct snapshot *snapshot;
	char host[65];     /* name of this machine */
	double time_s;     /* Unix */
	const char *state; /* "synchronised", "holdover", "local", "unsynchronised" */
	bool good;         /* served as good time */
	double since_s;    /* for how long it has been good, or not */
	bool since_start;  /* at least: as long as the daemon has been running */
	bool limits;       /* somebody is limited */
	const struct census_result *census; /* NULL: clients were not counted */
	struct history_sum second;          /* the last whole one */
	double from_s;                      /* Unix, when the first point began */
	struct status_point point[STATUS_VIEW_POINTS];
	struct status_interface interface[CONFIG_INTERFACES];
	size_t interface_count;
};

/* The snapshot and the census (NULL: none) must outlive the view. */
void status_view_take(const struct snapshot *snapshot, const struct census_result *census,
	struct status_view *ret_view);

#endif
