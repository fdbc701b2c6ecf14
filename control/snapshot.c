/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gathers what reports say; see snapshot.h. Reads shared memory and asks the modules; changes
 * nothing. Counting over all CPUs takes some microseconds, the rest less.
 */
#include "control/snapshot.h"

#include "control/control_protocol.h"
#include "control/counts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void view_page(const struct timepage *page, uint64_t now_ns, struct snapshot_page *view)
{
	const struct timepage_sample *sample = timepage_current(page);

	memset(view, 0, sizeof(*view));
	view->verdict = timepage_read(page, now_ns, &view->reading);
	view->state = control_protocol_page_state(view->verdict);
	view->updates = page->generation;
	view->written = sample != NULL;
	if (sample) {
		view->age_s = (double)(int64_t)(now_ns - sample->base_ns) / 1e9;
		view->expires_in_s = (double)(int64_t)(sample->expires_ns - now_ns) / 1e9;
	}
	if (view->verdict == VERDICT_SERVED)
		view->error_bound_s = ((double)view->reading.root_delay_q16 / 2 +
					      (double)view->reading.root_dispersion_q16) /
				      65536;
}

/* Sources by what became of them. "Agree": not shown wrong, and asked to take part. */
static void count_sources(struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->source_count; i++) {
		const struct source_report *source = &snapshot->sources[i];

		snapshot->reachable += source->reach != 0;
		if (!source->noselect && source->usable && source->tally != '\0' &&
			strchr("*+#-", source->tally))
			snapshot->selectable++;
		if (source->tally == TALLY_SELECTED)
			snapshot->selected = source;
	}
}

static int take_sources(struct snapshot *snapshot)
{
	const struct sources *sources = clockwork_sources(snapshot->parts.clockwork);
	size_t max = sources_report_max(sources);
	int64_t served_ns = snapshot->clock.reading.offset_ns + snapshot->clock.system_offset_ns;

	snapshot->totals = sources_counters(sources);
	snapshot->sources = calloc(max ? max : 1, sizeof(*snapshot->sources));
	if (!snapshot->sources)
		return -ENOMEM;
	snapshot->source_count =
		sources_report(sources, snapshot->clock.pair.raw_ns, served_ns, snapshot->sources);
	count_sources(snapshot);
	return 0;
}

int snapshot_take(const struct snapshot_parts *parts, struct snapshot *ret_snapshot)
{
	struct snapshot snapshot = {.parts = *parts};
	const struct counters *counters = parts->state->counters;
	uint64_t now_ns = clocks_mono_ns();
	int err;

	snapshot.uptime_s = (double)(now_ns - parts->started_mono_ns) / 1e9;
	clockwork_status(parts->clockwork, &snapshot.clock);
	view_page(parts->state->page, now_ns, &snapshot.page);
	if (snapshot.page.verdict == VERDICT_SERVED)
		snapshot.reason = "";
	else
		snapshot.reason =
			*snapshot.clock.reason ? snapshot.clock.reason : snapshot.page.state;
	state_count_xdp(parts->state, &snapshot.xdp);
	state_count(counters->socket, COUNTERS_WORKERS, &snapshot.socket);
	state_count(counters->dpdk, COUNTERS_WORKERS, &snapshot.dpdk);
	counts_sum(parts->state, &snapshot.sum);
	snapshot.listener_state = listener_state(parts->listener, &snapshot.listener_detail);
	snapshot.engine = listener_statistics(parts->listener);
	err = take_sources(&snapshot);
	if (err)
		return err;
	*ret_snapshot = snapshot;
	return 0;
}

void snapshot_free(struct snapshot *snapshot)
{
	free(snapshot->sources);
	snapshot->sources = NULL;
}
