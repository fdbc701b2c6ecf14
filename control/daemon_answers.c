/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the daemon says to whoever asks; see daemon_private.h. */
#include "control/census_taker.h"
#include "control/daemon_private.h"
#include "control/metrics.h"
#include "control/query.h"
#include "control/reference_id.h"
#include "control/report.h"
#include "control/report_scores.h"
#include "control/status_json.h"
#include "control/status_page.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/http.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_FRESH_NS 100000000

static int take_snapshot(const struct daemon *daemon, struct snapshot *ret_snapshot)
{
	const struct snapshot_parts parts = {
		.config = daemon->config,
		.pindir = plane_state(daemon->plane)->directory[0] ? daemon->config->pindir : NULL,
		.state = plane_state(daemon->plane),
		.clockwork = daemon->clockwork,
		.listener = daemon->listener,
		.history = daemon->history.history,
		.history_ns = history_keeper_now_ns(&daemon->history),
		.scores = &daemon->scores,
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
	if (request->command == CONTROL_COMMAND_KEEP_SCORE)
		return report_keep_score(request, &daemon->scores);
	if (take_snapshot(daemon, &snapshot))
		return NULL;
	object = report_make(request, &snapshot);
	snapshot_free(&snapshot);
	return object;
}

static int write_metrics(struct daemon *daemon, struct evbuffer *out)
{
	struct metrics_input input = {.loop = &daemon->loop_delay};
	struct interface_report *interfaces;
	struct snapshot snapshot;
	int err = take_snapshot(daemon, &snapshot);

	if (err)
		return err;
	interfaces = calloc(CONFIG_INTERFACES, sizeof(*interfaces));
	for (size_t i = 0; interfaces && i < snapshot.interface_count; i++)
		interface_report_take(snapshot.interfaces[i].entry,
			daemon->options.bare ? NULL : daemon->config->pindir, &interfaces[i]);
	input.snapshot = &snapshot;
	input.interfaces = interfaces;
	input.census = census_taker_ask(daemon->census);
	input.census_slice_s = census_taker_longest_s(daemon->census);
	err = interfaces ? metrics_write(out, &input) : -ENOMEM;
	free(interfaces);
	snapshot_free(&snapshot);
	return err;
}

/* The view is some 20 KiB. */
static int write_status(struct daemon *daemon, struct evbuffer *out,
	int (*write)(struct evbuffer *out, const struct status_view *view))
{
	struct status_view *view = malloc(sizeof(*view));
	struct snapshot snapshot;
	int err = view ? take_snapshot(daemon, &snapshot) : -ENOMEM;

	if (!err) {
		status_view_take(&snapshot, census_taker_ask(daemon->census), view);
		err = write(out, view);
		snapshot_free(&snapshot);
	}
	free(view);
	return err;
}

static int write_text(struct daemon *daemon, enum daemon_texts which, struct evbuffer *out)
{
	switch (which) {
	case DAEMON_TEXT_PAGE:
		return write_status(daemon, out, status_page_write);
	case DAEMON_TEXT_JSON:
		return write_status(daemon, out, status_json_write);
	default:
		return write_metrics(daemon, out);
	}
}

/* Whoever asks more often than anybody needs gets the text of a moment ago, which costs little. */
static int answer_text(struct daemon *daemon, enum daemon_texts which, struct evbuffer *out)
{
	struct daemon_text *kept = &daemon->texts[which];
	uint64_t now_ns = clocks_mono_ns();
	int err;

	if (!kept->text)
		kept->text = evbuffer_new();
	if (!kept->text)
		return -ENOMEM;
	if (!evbuffer_get_length(kept->text) || now_ns - kept->made_ns > TEXT_FRESH_NS) {
		evbuffer_drain(kept->text, evbuffer_get_length(kept->text));
		err = write_text(daemon, which, kept->text);
		if (err) {
			evbuffer_drain(kept->text, evbuffer_get_length(kept->text));
			return err;
		}
		kept->made_ns = now_ns;
	}
	return evbuffer_add_buffer_reference(out, kept->text) ? -ENOMEM : HTTP_OK;
}

static int metrics_page(void *arg, struct evbuffer *out)
{
	return answer_text(arg, DAEMON_TEXT_METRICS, out);
}

static int status_page(void *arg, struct evbuffer *out)
{
	return answer_text(arg, DAEMON_TEXT_PAGE, out);
}

static int status_json(void *arg, struct evbuffer *out)
{
	return answer_text(arg, DAEMON_TEXT_JSON, out);
}

/* One line for a probe. */
static int health_page(void *arg, struct evbuffer *out)
{
	struct snapshot snapshot;
	int err = take_snapshot(arg, &snapshot);
	bool good;

	if (err)
		return err;
	good = metrics_write_health(out, &snapshot);
	snapshot_free(&snapshot);
	return good ? HTTP_OK : HTTP_SERVUNAVAIL;
}

#define TEXT "text/plain; charset=utf-8"

const struct http_route daemon_routes[] = {
	{"/", "text/html; charset=utf-8", status_page_policy, status_page},
	{"/status.json", "application/json", NULL, status_json},
	{"/metrics", "text/plain; version=0.0.4; charset=utf-8", NULL, metrics_page},
	{"/healthz", TEXT, NULL, health_page},
	{NULL, NULL, NULL, NULL},
};

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
