/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of metrics; see metrics.h. Metrics of one value are one line of SCALARS; those with
 * labels have a function each, in the files that metrics_private.h names.
 */
#include "control/metrics_private.h"

#include <errno.h>
#include <event2/buffer.h>
#include <math.h>
#include <stdlib.h>

/* X(name after ntpxdp_, type, help, value from s and input) */
#define SCALARS(X)                                                                                 \
	X(start_time_seconds, gauge, "Unix time at which the daemon started.",                     \
		(double)s->clock.pair.real_ns * 1e-9 - s->uptime_s)                                \
	X(synchronised, gauge, "Whether the time page holds good time (1) or not (0).",            \
		s->page.verdict == VERDICT_SERVED)                                                 \
	X(stratum, gauge, "Stratum that is served; 16 while not synchronised.",                    \
		s->page.verdict == VERDICT_SERVED ? s->page.reading.stratum : 16)                  \
	X(leap_indicator, gauge, "Leap indicator that is served; 3 while not synchronised.",       \
		s->page.verdict == VERDICT_SERVED ? s->page.reading.leap : 3)                      \
	X(error_bound_seconds, gauge, "Half root delay and root dispersion of the served time.",   \
		s->page.verdict == VERDICT_SERVED ? s->page.error_bound_s : NAN)                   \
	X(page_age_seconds, gauge, "Time since the time page was written.",                        \
		s->page.written ? s->page.age_s : NAN)                                             \
	X(page_expiry_seconds, gauge, "Time until the time page must not be served any more.",     \
		s->page.written ? s->page.expires_in_s : NAN)                                      \
	X(page_updates_total, counter, "Times the page was written since it was made.",            \
		(double)s->page.updates)                                                           \
	X(clock_offset_seconds, gauge, "Served time minus the estimate of UTC.",                   \
		s->clock.known ? (double)s->clock.system_offset_ns * 1e-9 : NAN)                   \
	X(clock_last_offset_seconds, gauge, "By how much the last update moved the clock.",        \
		s->clock.updates ? (double)s->clock.last_offset_ns * 1e-9 : NAN)                   \
	X(clock_rms_offset_seconds, gauge, "The same, root mean square over a long time.",         \
		s->clock.updates ? s->clock.rms_offset_ns * 1e-9 : NAN)                            \
	X(clock_frequency_error_ratio, gauge, "How much the counter gains on UTC.",                \
		s->clock.known ? -s->clock.reading.frequency : NAN)                                \
	X(clock_frequency_deviation_ratio, gauge, "Standard deviation of the frequency.",          \
		s->clock.known ? s->clock.reading.frequency_sd : NAN)                              \
	X(clock_slew_ratio, gauge, "Rate at which served time is being corrected.", s->clock.slew) \
	X(root_delay_seconds, gauge, "Round trip to the primary reference.",                       \
		s->clock.known ? (double)s->clock.reading.root_delay_ns * 1e-9 : NAN)              \
	X(root_dispersion_seconds, gauge, "Error gathered on the way from it.",                    \
		s->clock.known ? (double)s->clock.reading.root_dispersion_ns * 1e-9 : NAN)         \
	X(clock_updates_total, counter, "Updates of the clock by samples of sources.",             \
		(double)s->clock.updates)                                                          \
	X(clock_steps_total, counter, "Steps of the served time.", s->clock.steps)                 \
	X(system_clock_steps_total, counter, "Steps of the system clock that were noticed.",       \
		s->clock.kernel_steps)                                                             \
	X(leap_seconds_total, counter, "Leap seconds applied.", s->clock.leaps)                    \
	X(leap_list_expiry_timestamp_seconds, gauge,                                               \
		"Unix time at which the list of leap seconds expires, where it tells.",            \
		s->clock.leap_list.expires_utc_s ? (double)s->clock.leap_list.expires_utc_s : NAN) \
	X(mirrored, gauge, "Whether stratum, reference and bounds are a mirrored server's.",       \
		s->parts.config->mirror)                                                           \
	X(sources_configured, gauge, "Sources of the settings, pool members singly.",              \
		(double)s->source_count)                                                           \
	X(sources_reachable, gauge, "Sources that answered one of their last eight requests.",     \
		(double)s->reachable)                                                              \
	X(sources_selectable, gauge, "Sources that agree.", (double)s->selectable)                 \
	X(sources_required, gauge, "Sources that must agree before time is good.",                 \
		s->clock.required)                                                                 \
	X(source_requests_total, counter, "Requests sent to sources.", (double)s->totals->sent)    \
	X(source_send_failures_total, counter, "Requests that this host could not send.",          \
		(double)s->totals->unsent)                                                         \
	X(port_bound, gauge, "Whether the served UDP port is this daemon's.",                      \
		s->listener_state == LISTENER_BOUND)                                               \
	X(socket_send_failures_total, counter, "Replies that the kernel did not take.",            \
		(double)s->engine.send_failed)                                                     \
	X(socket_stamps_refused_total, counter, "Kernel receive stamps that could not be true.",   \
		(double)s->engine.stamp_refused)                                                   \
	X(client_table_rows, gauge, "Clients that the client table has room for.",                 \
		input->census ? (double)input->census->capacity : NAN)                             \
	X(clients_limited, gauge, "Clients in the table that were over the rate limit.",           \
		input->census ? (double)input->census->limited : NAN)                              \
	X(census_age_seconds, gauge, "Time since the count of the client table was begun.",        \
		input->census ? (double)(s->now_ns - input->census->begun_ns) * 1e-9 : NAN)        \
	X(census_slice_max_seconds, gauge, "Longest time that counting clients held the loop up.", \
		input->census ? input->census_slice_s : NAN)                                       \
	X(queries_total, counter, "Questions of this host's own ntpq that were answered.",         \
		(double)s->engine.queries)                                                         \
	X(socket_interleaved_total, counter, "Replies that told when the one before had left.",    \
		(double)s->engine.interleaved)

#define VALUE(id, type, help, expression)                                                          \
	static double value_##id(const struct snapshot *s, const struct metrics_input *input)      \
	{                                                                                          \
		(void)input;                                                                       \
		(void)s;                                                                           \
		return expression;                                                                 \
	}
SCALARS(VALUE)
#undef VALUE

static void write_build_info(const struct metrics_out *out)
{
	metrics_sample(out, 1, "version=\"%s\",layout=\"%d\"", NTPXDP_VERSION, STATE_LAYOUT);
}

static void write_clock_state(const struct metrics_out *out)
{
	static const char *const names[] = {
#define NAME(symbol, name) name,
		CLOCK_STATES(NAME)
#undef NAME
	};
	enum clock_state state = out->input->snapshot->clock.reading.state;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		metrics_sample(out, state == (enum clock_state)i, "state=\"%s\"", names[i]);
}

static void write_loop_delay(const struct metrics_out *out)
{
	const struct loop_delay *loop = out->input->loop;

	metrics_histogram(out, &(struct metrics_histogram){loop_delay_bounds_s, LOOP_DELAY_BUCKETS,
				       loop->bucket, loop->sum_s});
}

#define PLACE "engine, interface"

static const struct metrics_row rows[] = {
	{"ntpxdp_build_info", "gauge", "Version of the daemon and of the shared memory.",
		"version, layout", NULL, write_build_info},
	{"ntpxdp_requests_total", "counter",
		"NTP client requests to this host; what XDP passes up is the socket's too.",
		PLACE ", family, version", NULL, metrics_write_requests},
	{"ntpxdp_replies_total", "counter", "Replies to them, kisses among them.",
		PLACE ", family, version", NULL, metrics_write_replies},
	{"ntpxdp_reply_bytes_total", "counter", "Bytes of replies as IP packets.", PLACE ", family",
		NULL, metrics_write_reply_bytes},
	{"ntpxdp_verdicts_total", "counter", "What became of frames and datagrams, and why.",
		PLACE ", verdict", NULL, metrics_write_verdicts},
	{"ntpxdp_over_limit_total", "counter",
		"Requests over the rate limit: dropped, answered all the same, told so.",
		PLACE ", outcome", NULL, metrics_write_limited},
	{"ntpxdp_page_retries_total", "counter",
		"Readings of the time page begun anew because it was just being written.", PLACE,
		NULL, metrics_write_page_retries},
	{"ntpxdp_engine_running", "gauge", "Whether a DPDK engine runs on the port.",
		"engine, port", NULL, metrics_write_engine_running},
	{"ntpxdp_engine_frames_total", "counter",
		"Frames of a DPDK engine beside its verdicts: host, losses.", "engine, port, what",
		NULL, metrics_write_engine_frames},
	{"ntpxdp_clients", "gauge", "Clients in the client table.", "family", NULL,
		metrics_write_clients},
	{"ntpxdp_active_clients", "gauge",
		"Distinct clients of the last minute (1m) and hour (1h), as far as the table holds "
		"them.",
		"family, window", NULL, metrics_write_active_clients},
	{"ntpxdp_client_poll_interval_seconds", "histogram",
		"Clients in the table by their smoothed time between requests.", "le", NULL,
		metrics_write_poll_intervals},
	{"ntpxdp_client_requests", "histogram",
		"Clients in the table by how often they have asked since they are in it.", "le",
		NULL, metrics_write_client_requests},
	{"ntpxdp_interface_attached", "gauge", "Whether the program is on the interface.",
		"interface, mode, reply_path", NULL, metrics_write_attached},
#define ROW(id, name, type, help, value)                                                           \
	{"ntpxdp_interface_" name, type, help, "interface", NULL, metrics_write_interface_##id},
	METRICS_INTERFACE_ROWS(ROW)
#undef ROW
		{"ntpxdp_clock_state", "gauge", "State of the clock: 1 for the one it is in.",
			"state", NULL, write_clock_state},
#define ROW(id, type, help, expression) {"ntpxdp_" #id, #type, help, "", value_##id, NULL},
	SCALARS(ROW)
#undef ROW
		{"ntpxdp_loop_delay_seconds", "histogram",
			"How late turns of the clock were, eight a second.", "le", NULL,
			write_loop_delay},
	{"ntpxdp_source_replies_total", "counter", "What became of replies of sources.", "result",
		NULL, metrics_write_exchanges},
	{"ntpxdp_source_state", "gauge", "State of the source: 1 for the one it is in.",
		"source, address, state", NULL, metrics_write_source_state},
	{"ntpxdp_source_kisses_total", "counter", "Kisses of death of the source.",
		"source, address, code", NULL, metrics_write_source_kisses},
#define ROW(id, name, type, help, value)                                                           \
	{"ntpxdp_" name, type, help, "source, address", NULL, metrics_write_source_##id},
	METRICS_SOURCE_ROWS(ROW)
#undef ROW
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static int write_row(const struct metrics_out *out)
{
	const struct metrics_row *row = out->row;
	double value = row->value ? row->value(out->input->snapshot, out->input) : 0;

	if (isnan(value))
		return 0;
	if (evbuffer_add_printf(out->buffer, "# HELP %s %s\n# TYPE %s %s\n", row->name, row->help,
		    row->name, row->type) < 0)
		return -ENOMEM;
	if (row->value)
		metrics_sample(out, value, NULL);
	else
		row->write(out);
	return 0;
}

int metrics_write(struct evbuffer *out, const struct metrics_input *input)
{
	size_t sources = input->snapshot->source_count;
	bool *repeated = calloc(sources ? sources : 1, sizeof(*repeated));
	int err = repeated ? 0 : -ENOMEM;

	if (!err)
		metrics_mark_repeated(input->snapshot, repeated);
	for (size_t i = 0; i < ROWS && !err; i++) {
		struct metrics_out one = {out, &rows[i], input, repeated, ""};

		err = write_row(&one);
	}
	free(repeated);
	return err;
}

bool metrics_write_health(struct evbuffer *out, const struct snapshot *snapshot)
{
	if (snapshot->page.verdict == VERDICT_SERVED) {
		evbuffer_add_printf(out, "ok: stratum %u, error below %.6f s\n",
			snapshot->page.reading.stratum, snapshot->page.error_bound_s);
		return true;
	}
	evbuffer_add_printf(out, "no good time: %s\n", snapshot->reason);
	return false;
}

void metrics_describe(FILE *out)
{
	fputs("| metric | type | labels | meaning |\n|---|---|---|---|\n", out);
	for (size_t i = 0; i < ROWS; i++)
		fprintf(out, "| `%s` | %s | %s | %s |\n", rows[i].name, rows[i].type,
			rows[i].labels, rows[i].help);
}
