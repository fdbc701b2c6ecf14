/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the daemon says to whoever asks; see daemon_private.h. */
#include "control/daemon_private.h"
#include "control/metrics.h"
#include "control/query.h"
#include "control/reference_id.h"
#include "control/report.h"

#include <string.h>

static int take_snapshot(const struct daemon *daemon, struct snapshot *ret_snapshot)
{
	const struct snapshot_parts parts = {
		.config = daemon->config,
		.pindir = plane_state(daemon->plane)->directory[0] ? daemon->config->pindir : NULL,
		.state = plane_state(daemon->plane),
		.clockwork = daemon->clockwork,
		.listener = daemon->listener,
		.started_mono_ns = daemon->started_mono_ns,
	};

	return snapshot_take(&parts, ret_snapshot);
}

struct json_object *daemon_answer_command(
	void *arg, const struct control_request *request, int *ret_fd)
{
	struct daemon *daemon = arg;
	struct json_object *object;
	struct snapshot snapshot;

	if (request->command == CONTROL_COMMAND_PAGE) {
		int fd = plane_page_descriptor(daemon->plane);

		if (fd < 0)
			return control_protocol_error("no descriptor of the time page: %s",
				daemon->options.bare ? "the daemon runs without a data plane (-n)"
						     : strerror(-fd));
		*ret_fd = fd;
	}
	if (take_snapshot(daemon, &snapshot))
		return NULL;
	object = report_make(request, &snapshot);
	snapshot_free(&snapshot);
	return object;
}

int daemon_metrics_page(void *arg, struct evbuffer *out)
{
	struct snapshot snapshot;
	int err = take_snapshot(arg, &snapshot);

	if (err)
		return err;
	err = metrics_write(out, &snapshot);
	snapshot_free(&snapshot);
	return err;
}

bool daemon_health_page(void *arg, struct evbuffer *out)
{
	struct snapshot snapshot;
	bool good;

	if (take_snapshot(arg, &snapshot))
		return false;
	good = metrics_write_health(out, &snapshot);
	snapshot_free(&snapshot);
	return good;
}

/* Without memory: silence, and ntpq asks again. */
void daemon_answer_query(void *arg, const struct socket_query *query)
{
	struct query_environment environment = {.own_address = reference_id_own_address};
	struct snapshot snapshot;

	if (take_snapshot(arg, &snapshot))
		return;
	environment.snapshot = &snapshot;
	query_answer(&environment, query);
	snapshot_free(&snapshot);
}
