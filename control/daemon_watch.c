/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the daemon looks after once a second beside the clock, and says unasked: that it lives and
 * how it is, to the service manager; what others attach and detach, and storms of requests over
 * the limit, to the log. Declared in daemon_private.h.
 */
#include "control/daemon_private.h"

#include "control/counts.h"
#include "control/log.h"
#include "control/service_manager.h"

#include <stdio.h>

#define SECOND_NS UINT64_C(1000000000)
#define STATUS_NS (10 * SECOND_NS)

static struct limit_storm_count over_limit(const struct counters_block *sum)
{
	struct limit_storm_count count = {.limited = sum->verdict[VERDICT_DROP_LIMITED] +
						     sum->verdict[VERDICT_SERVED_KISS] +
						     sum->verdict[VERDICT_SERVED_LEAKED]};

	for (int family = 0; family < FRAME_FAMILIES; family++)
		count.requests += counters_requests(sum, (enum frame_family)family);
	return count;
}

static void look_for_storm(
	struct limit_storm *storm, uint64_t now_ns, const struct counters_block *sum)
{
	const struct limit_storm_count count = over_limit(sum);
	struct limit_storm_figures figures;
	enum limit_storm_change change = limit_storm_look(storm, now_ns, &count, &figures);

	if (change == LIMIT_STORM_BEGINS)
		log_event(LOG_EVENT_LIMIT_STORM_BEGINS,
			LOG_WITH(LOG_NUMBER(REQUESTS_PER_S, (int64_t)figures.requests_per_s),
				LOG_NUMBER(LIMITED_PER_S, (int64_t)figures.limited_per_s)),
			"limit storm: %.0f of %.0f requests a second are over the rate limit; "
			"`ntpxdp clients` says whose",
			figures.limited_per_s, figures.requests_per_s);
	else if (change == LIMIT_STORM_ENDS)
		log_event(LOG_EVENT_LIMIT_STORM_ENDS,
			LOG_WITH(LOG_NUMBER(REQUESTS_PER_S, (int64_t)figures.requests_per_s),
				LOG_NUMBER(LIMITED_PER_S, (int64_t)figures.limited_per_s),
				LOG_NUMBER(DURATION_NS, (int64_t)figures.duration_ns)),
			"the limit storm is over: in %.0f s %.0f of %.0f requests a second were "
			"over the rate limit",
			(double)figures.duration_ns / 1e9, figures.limited_per_s,
			figures.requests_per_s);
}

/* One line for `systemctl status`. */
static void tell_status(struct daemon *daemon, uint64_t now_ns, const struct counters_block *sum)
{
	struct daemon_watch *watch = &daemon->watch;
	uint64_t answered = counters_answered(sum);
	double seconds = (double)(now_ns - watch->status_ns) / 1e9;
	double rate =
		answered > watch->answered ? (double)(answered - watch->answered) / seconds : 0;
	struct clockwork_status status;
	char text[200];

	clockwork_status(daemon->clockwork, &status);
	if (status.reading.synchronised)
		snprintf(text, sizeof(text), "%s: stratum %u, error below %.9f s; %.0f replies/s",
			status.reading.state == CLOCK_HOLDOVER ? "served from memory"
							       : "synchronised",
			status.reading.stratum, (double)status.reading.root_distance_ns * 1e-9,
			rate);
	else
		snprintf(text, sizeof(text), "not synchronised: %s", status.reason);
	if (watch->status_ns)
		service_manager_status(text);
	watch->status_ns = now_ns;
	watch->answered = answered;
}

/* Adding a megabyte of counters up takes some 0.2 ms: only where somebody wants the sum. */
static void look_at_counters(struct daemon *daemon, uint64_t now_ns)
{
	struct daemon_watch *watch = &daemon->watch;
	const struct state *state = plane_state(daemon->plane);
	bool limited = watch->storm.raging || (state->settings->features & FEATURE_CLIENTS);
	bool status = now_ns - watch->status_ns >= STATUS_NS;
	struct counters_block sum;

	if (!limited && !status)
		return;
	counts_sum(state, &sum);
	if (limited)
		look_for_storm(&watch->storm, now_ns, &sum);
	if (status)
		tell_status(daemon, now_ns, &sum);
}

void daemon_watch(struct daemon *daemon)
{
	struct daemon_watch *watch = &daemon->watch;
	uint64_t now_ns = clocks_mono_ns();

	if (clockwork_turns(daemon->clockwork))
		service_manager_alive(now_ns);
	if (now_ns < watch->second_ns)
		return;
	watch->second_ns = now_ns + SECOND_NS;
	plane_look(daemon->plane);
	look_at_counters(daemon, now_ns);
}
