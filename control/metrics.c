/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of metrics, and its text; see metrics.h. Metrics of one value are one line of
 * SCALARS; those with labels have a function each. A value that is not known (NAN) has no
 * sample, as Prometheus wants it.
 */
#include "control/metrics.h"

#include "control/attach.h"
#include "control/counts.h"
#include "control/metrics_engines.h"

#include <errno.h>
#include <event2/buffer.h>
#include <math.h>
#include <string.h>

#define LABEL_MAX 600 /* a host name with every character escaped */

/* X(name after ntpxdp_, type, help, value from s) */
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
	X(queries_total, counter, "Questions of this host's own ntpq that were answered.",         \
		(double)s->engine.queries)

#define VALUE(id, type, help, expression)                                                          \
	static double value_##id(const struct snapshot *s)                                         \
	{                                                                                          \
		return expression;                                                                 \
	}
SCALARS(VALUE)
#undef VALUE

struct metric {
	const char *name, *type, *help;
	const char *labels; /* for the documentation */
	double (*value)(const struct snapshot *snapshot);
	void (*write)(
		struct evbuffer *out, const struct metric *metric, const struct snapshot *snapshot);
};

/* A label's value with what the format wants escaped. */
static const char *escape(const char *text, char out[LABEL_MAX])
{
	size_t used = 0;

	for (; *text && used < LABEL_MAX - 3; text++) {
		if (*text == '\\' || *text == '"')
			out[used++] = '\\';
		out[used++] = *text == '\n' ? ' ' : *text;
	}
	out[used] = '\0';
	return out;
}

static void write_build_info(
	struct evbuffer *out, const struct metric *metric, const struct snapshot *snapshot)
{
	(void)snapshot;
	evbuffer_add_printf(out, "%s{version=\"%s\"} 1\n", metric->name, NTPXDP_VERSION);
}

static void write_engine_requests(struct evbuffer *out, const struct metric *metric,
	const char *engine, const struct counters_block *block)
{
	static const char *const families[FRAME_FAMILIES] = {"ipv4", "ipv6"};

	for (int family = 0; family < FRAME_FAMILIES; family++)
		for (int version = NTP_VERSION_MIN; version <= NTP_VERSION_MAX; version++)
			evbuffer_add_printf(out,
				"%s{engine=\"%s\",family=\"%s\",version=\"%d\"} %llu\n",
				metric->name, engine, families[family], version,
				(unsigned long long)counts_requests(
					block, (enum frame_family)family, version));
}

static void write_requests(
	struct evbuffer *out, const struct metric *metric, const struct snapshot *snapshot)
{
	write_engine_requests(out, metric, "xdp", &snapshot->xdp);
	write_engine_requests(out, metric, "socket", &snapshot->socket);
	write_engine_requests(out, metric, "dpdk", &snapshot->dpdk);
}

static void write_verdicts(
	struct evbuffer *out, const struct metric *metric, const struct snapshot *snapshot)
{
	for (int i = 0; i < VERDICT_COUNT; i++) {
		const char *name = counts_verdict_name((enum verdict)i);

		evbuffer_add_printf(out, "%s{engine=\"xdp\",verdict=\"%s\"} %llu\n", metric->name,
			name, (unsigned long long)snapshot->xdp.verdict[i]);
		evbuffer_add_printf(out, "%s{engine=\"socket\",verdict=\"%s\"} %llu\n",
			metric->name, name, (unsigned long long)snapshot->socket.verdict[i]);
		evbuffer_add_printf(out, "%s{engine=\"dpdk\",verdict=\"%s\"} %llu\n", metric->name,
			name, (unsigned long long)snapshot->dpdk.verdict[i]);
	}
}

static void write_clock_state(
	struct evbuffer *out, const struct metric *metric, const struct snapshot *snapshot)
{
	static const char *const names[] = {
		[CLOCK_WAITING] = "waiting",
		[CLOCK_SYNCHRONISED] = "synchronised",
		[CLOCK_HOLDOVER] = "holdover",
		[CLOCK_DISAGREEING] = "disagreeing",
		[CLOCK_LOCAL] = "local",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		evbuffer_add_printf(out, "%s{state=\"%s\"} %d\n", metric->name, names[i],
			snapshot->clock.reading.state == (enum clock_state)i);
}

static void write_replies(
	struct evbuffer *out, const struct metric *metric, const struct snapshot *snapshot)
{
	for (int i = 0; i < EXCHANGE_RESULT_COUNT; i++)
		evbuffer_add_printf(out, "%s{result=\"%s\"} %llu\n", metric->name,
			exchange_result_name((enum exchange_result)i),
			(unsigned long long)snapshot->totals->result[i]);
}

static void write_interfaces(
	struct evbuffer *out, const struct metric *metric, const struct snapshot *snapshot)
{
	for (int i = 0; i < CONFIG_INTERFACES; i++) {
		const struct interface *interface = &snapshot->parts.state->interfaces->entry[i];
		char name[CONFIG_NAME_SIZE + 1] = "", label[LABEL_MAX];
		struct attach_inspection found;

		if (!interface->ifindex)
			continue;
		attach_inspect(interface, &found);
		memcpy(name, interface->name, CONFIG_NAME_SIZE);
		evbuffer_add_printf(out, "%s{interface=\"%s\",mode=\"%s\",reply_path=\"%s\"} %d\n",
			metric->name, escape(name, label), attach_mode_name(interface->mode),
			attach_reply_path_name(interface->reply_path), found.attached);
	}
}

static void write_engines(
	struct evbuffer *out, const struct metric *metric, const struct snapshot *snapshot)
{
	metrics_engines_running(out, metric->name, snapshot->parts.state);
}

static void write_engine_frames(
	struct evbuffer *out, const struct metric *metric, const struct snapshot *snapshot)
{
	metrics_engines_frames(out, metric->name, snapshot->parts.state);
}

/* What of a source; NAN: not known. */
static double source_offset(const struct source_report *source)
{
	return source->measured ? source->offset_s : NAN;
}

static double source_delay(const struct source_report *source)
{
	return source->measured ? source->delay_s : NAN;
}

static double source_jitter(const struct source_report *source)
{
	return source->measured ? source->jitter_s : NAN;
}

static double source_stratum(const struct source_report *source)
{
	return source->stratum;
}

static double source_reach(const struct source_report *source)
{
	return __builtin_popcount(source->reach) / 8.0;
}

static double source_selected(const struct source_report *source)
{
	return source->tally == TALLY_SELECTED;
}

static double source_falseticker(const struct source_report *source)
{
	return source->tally == TALLY_FALSETICKER;
}

static void write_sources(struct evbuffer *out, const struct metric *metric,
	const struct snapshot *snapshot, double (*value)(const struct source_report *source))
{
	char name[LABEL_MAX], address[LABEL_MAX];

	for (size_t i = 0; i < snapshot->source_count; i++) {
		const struct source_report *source = &snapshot->sources[i];
		double number = value(source);

		if (!isnan(number))
			evbuffer_add_printf(out, "%s{source=\"%s\",address=\"%s\"} %.15g\n",
				metric->name, escape(source->name, name),
				escape(source->address, address), number);
	}
}

#define SOURCES(X)                                                                                 \
	X(offset, "source_offset_seconds", "Source's time minus served time.")                     \
	X(delay, "source_delay_seconds", "Round trip to the source.")                              \
	X(jitter, "source_jitter_seconds", "What samples differ from what was foretold, RMS.")     \
	X(stratum, "source_stratum", "Stratum of the source; 16: never answered well.")            \
	X(reach, "source_reach_ratio", "Share of the last eight requests that was answered.")      \
	X(selected, "source_selected", "Whether stratum and reference are this source's.")         \
	X(falseticker, "source_falseticker", "Whether the majority contradicts this source.")

#define WRITE(id, name, help)                                                                      \
	static void write_source_##id(struct evbuffer *out, const struct metric *metric,           \
		const struct snapshot *snapshot)                                                   \
	{                                                                                          \
		write_sources(out, metric, snapshot, source_##id);                                 \
	}
SOURCES(WRITE)
#undef WRITE

static const struct metric metrics[] = {
	{"ntpxdp_build_info", "gauge", "Version of the daemon.", "version", NULL, write_build_info},
	{"ntpxdp_requests_total", "counter", "NTP client requests to this host.",
		"engine, family, version", NULL, write_requests},
	{"ntpxdp_verdicts_total", "counter", "What became of frames and datagrams, and why.",
		"engine, verdict", NULL, write_verdicts},
	{"ntpxdp_clock_state", "gauge", "State of the clock: 1 for the one it is in.", "state",
		NULL, write_clock_state},
	{"ntpxdp_source_replies_total", "counter", "What became of replies of sources.", "result",
		NULL, write_replies},
	{"ntpxdp_interface_attached", "gauge", "Whether the program is on the interface.",
		"interface, mode, reply_path", NULL, write_interfaces},
	{"ntpxdp_engine_running", "gauge", "Whether a DPDK engine runs on the port.",
		"engine, port", NULL, write_engines},
	{"ntpxdp_engine_frames_total", "counter",
		"Frames of a DPDK engine beside its verdicts: host, losses.", "engine, port, what",
		NULL, write_engine_frames},
#define ROW(id, name, help)                                                                        \
	{"ntpxdp_" name, "gauge", help, "source, address", NULL, write_source_##id},
	SOURCES(ROW)
#undef ROW
#define ROW(id, type, help, expression) {"ntpxdp_" #id, #type, help, "", value_##id, NULL},
		SCALARS(ROW)
#undef ROW
};

#define METRICS (sizeof(metrics) / sizeof(metrics[0]))

int metrics_write(struct evbuffer *out, const struct snapshot *snapshot)
{
	int written = 0;

	for (size_t i = 0; i < METRICS && written >= 0; i++) {
		const struct metric *metric = &metrics[i];
		double value = metric->value ? metric->value(snapshot) : 0;

		if (isnan(value))
			continue;
		written = evbuffer_add_printf(out, "# HELP %s %s\n# TYPE %s %s\n", metric->name,
			metric->help, metric->name, metric->type);
		if (metric->value)
			evbuffer_add_printf(out, "%s %.15g\n", metric->name, value);
		else
			metric->write(out, metric, snapshot);
	}
	return written < 0 ? -ENOMEM : 0;
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
	for (size_t i = 0; i < METRICS; i++)
		fprintf(out, "| `%s` | %s | %s | %s |\n", metrics[i].name, metrics[i].type,
			metrics[i].labels, metrics[i].help);
}
