// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Gathers what the status page shows; status_view.h is the manual.
 */
#include "control/status_view.h"

#include "control/report_clients.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

/* What a page is served from without an update is a memory, whoever wrote it. */
static const char *state_word(const struct snapshot *snapshot)
{
	if (snapshot->page.verdict != VERDICT_SERVED)
		return "unsynchronised";
	if (snapshot->parts.config->mirror)
		return snapshot->clock.reading.synchronised ? "synchronised" : "holdover";
	switch (snapshot->clock.reading.state) {
	case CLOCK_SYNCHRONISED:
		return "synchronised";
	case CLOCK_LOCAL:
		return "local";
	default:
		return "holdover";
	}
}

static void take_point(
	const struct history *history, uint64_t first, struct status_point *ret_point)
{
	struct history_sum sum =
		history_sum(history, HISTORY_SECOND, first, first + STATUS_VIEW_STEP_S);

	for (int i = 0; i < HISTORY_FIELD_COUNT; i++)
		ret_point->rate[i] = history_rate(&sum, (enum history_field)i);
	ret_point->good = sum.seen_ms ? (double)sum.good_ms / (double)sum.seen_ms : NAN;
}

/* Points begin at multiples of their length, so that they stand still while time goes on. The last
 * one may be a part only. */
static void take_history(const struct snapshot *snapshot, struct status_view *view)
{
	const struct history *history = snapshot->parts.history;
	uint64_t first, end, step = STATUS_VIEW_STEP_S, from;

	if (!history_range(history, HISTORY_SECOND, &first, &end))
		end = snapshot->parts.history_ns / 1000000000;
	view->second = history_sum(history, HISTORY_SECOND, end - 1, end);
	/* A host that has been up for less than an hour: before its start there is nothing. */
	from = (end + step - 1) / step;
	for (int i = 0; i < STATUS_VIEW_POINTS; i++) {
		uint64_t back = (uint64_t)(STATUS_VIEW_POINTS - i);

		take_point(history, from >= back ? (from - back) * step : UINT64_MAX - step,
			&view->point[i]);
	}
	view->from_s = snapshot_history_time_s(snapshot, HISTORY_SECOND, from * step) -
		       STATUS_VIEW_POINTS * STATUS_VIEW_STEP_S;
}

uint64_t status_view_card_lost(const struct status_interface *interface)
{
	const struct link_statistics *link = &interface->link;

	return link->receive_missed + link->receive_overruns + link->receive_errors;
}

static void take_interface(
	const struct snapshot_interface *from, struct status_interface *ret_interface)
{
	memcpy(ret_interface->name, from->name, sizeof(ret_interface->name));
	ret_interface->mode = attach_mode_name(from->entry->mode);
	ret_interface->reply_path = attach_reply_path_name(from->entry->reply_path);
	attach_inspect(from->entry, &ret_interface->found);
	ret_interface->requests = counters_requests(&from->counted, FRAME_IPV4) +
				  counters_requests(&from->counted, FRAME_IPV6);
	ret_interface->counted =
		link_statistics_read(from->entry->ifindex, &ret_interface->link) == 0;
	ret_interface->xdp_counted =
		link_statistics_xdp_lost(from->name, &ret_interface->xdp_lost) == 0;
}

void status_view_take(const struct snapshot *snapshot, const struct census_result *census,
	struct status_view *ret_view)
{
	struct status_view *view = ret_view;

	memset(view, 0, sizeof(*view));
	view->snapshot = snapshot;
	if (gethostname(view->host, sizeof(view->host) - 1))
		view->host[0] = '\0';
	view->time_s = (double)snapshot->clock.pair.real_ns * 1e-9;
	view->state = state_word(snapshot);
	view->good = snapshot->page.verdict == VERDICT_SERVED;
	view->since_s = (double)history_state_ns(snapshot->parts.history,
				snapshot->parts.history_ns, &view->since_start) *
			1e-9;
	view->limits = report_limits_anybody(snapshot->parts.config);
	take_history(snapshot, view);
	view->census = census;
	for (size_t i = 0; i < snapshot->interface_count; i++)
		take_interface(&snapshot->interfaces[i], &view->interface[i]);
	view->interface_count = snapshot->interface_count;
}
