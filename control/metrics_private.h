/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What metrics.c (the table) and the files that write its rows with labels share: metrics_engine.c
 * (requests and what became of them), metrics_engines.c, metrics_interface.c, metrics_clients.c,
 * metrics_source.c and metrics_write.c, which has the format.
 */
#ifndef CONTROL_METRICS_PRIVATE_H
#define CONTROL_METRICS_PRIVATE_H

#include "control/metrics.h"

#define METRICS_LABEL_MAX 600 /* a host name with every character escaped */

struct metrics_row;

/* A row that is being written. */
struct metrics_out {
	struct evbuffer *buffer;
	const struct metrics_row *row;
	const struct metrics_input *input;
	const bool *repeated; /* of the snapshot's sources: told of already */
	const char *suffix;   /* of the name: "", "_bucket", "_sum", "_count" */
};

struct metrics_row {
	const char *name, *type, *help;
	const char *labels; /* for the documentation */
	double (*value)(const struct snapshot *s, const struct metrics_input *input);
	void (*write)(const struct metrics_out *out); /* where value is NULL */
};

/* One sample; the format is of the labels, as in "engine=\"%s\"", NULL: none. What is not known
 * (NAN) has no sample, as Prometheus wants it. */
void metrics_sample(const struct metrics_out *out, double value, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A label's value with what the format wants escaped. */
const char *metrics_escape(const char *text, char ret_text[METRICS_LABEL_MAX]);

/* A histogram: `buckets` has one for each of the bounds, and one for what lies above. */
struct metrics_histogram {
	const double *bounds;
	size_t bound_count;
	const uint64_t *buckets;
	double sum;
};
void metrics_histogram(const struct metrics_out *out, const struct metrics_histogram *histogram);

/* Rows. */
void metrics_write_requests(const struct metrics_out *out);
void metrics_write_replies(const struct metrics_out *out);
void metrics_write_reply_bytes(const struct metrics_out *out);
void metrics_write_verdicts(const struct metrics_out *out);
void metrics_write_limited(const struct metrics_out *out);
void metrics_write_page_retries(const struct metrics_out *out);

void metrics_write_engine_running(const struct metrics_out *out);
void metrics_write_engine_frames(const struct metrics_out *out);

void metrics_write_clients(const struct metrics_out *out);
void metrics_write_active_clients(const struct metrics_out *out);
void metrics_write_poll_intervals(const struct metrics_out *out);
void metrics_write_client_requests(const struct metrics_out *out);

/* X(id, name, type, help, value from i, an interface_report) */
#define METRICS_INTERFACE_ROWS(X)                                                                  \
	X(receive_bytes, "receive_bytes_total", "counter", "Bytes received, of all protocols.",    \
		i->counted ? (double)i->link.receive_bytes : NAN)                                  \
	X(transmit_bytes, "transmit_bytes_total", "counter", "Bytes sent, of all protocols.",      \
		i->counted ? (double)i->link.transmit_bytes : NAN)                                 \
	X(receive_packets, "receive_packets_total", "counter",                                     \
		"Packets received, of all protocols.",                                             \
		i->counted ? (double)i->link.receive_packets : NAN)                                \
	X(transmit_packets, "transmit_packets_total", "counter",                                   \
		"Packets sent, of all protocols.",                                                 \
		i->counted ? (double)i->link.transmit_packets : NAN)                               \
	X(receive_missed, "receive_missed_total", "counter",                                       \
		"Packets that the card lost for want of buffers: requests nobody saw.",            \
		i->counted ? (double)i->link.receive_missed : NAN)                                 \
	X(receive_overruns, "receive_overruns_total", "counter",                                   \
		"Packets lost because a ring or fifo of the card was full.",                       \
		i->counted ? (double)i->link.receive_overruns : NAN)                               \
	X(receive_dropped, "receive_dropped_total", "counter",                                     \
		"Packets that the kernel or driver dropped on receipt.",                           \
		i->counted ? (double)i->link.receive_dropped : NAN)                                \
	X(receive_errors, "receive_errors_total", "counter",                                       \
		"Packets that came in damaged, as the driver counts it.",                          \
		i->counted ? (double)i->link.receive_errors : NAN)                                 \
	X(transmit_dropped, "transmit_dropped_total", "counter",                                   \
		"Packets that were not sent for want of room.",                                    \
		i->counted ? (double)i->link.transmit_dropped : NAN)                               \
	X(transmit_errors, "transmit_errors_total", "counter",                                     \
		"Packets that could not be sent, as the driver counts it.",                        \
		i->counted ? (double)i->link.transmit_errors : NAN)                                \
	X(xdp_transmit_errors, "xdp_transmit_errors_total", "counter",                             \
		"Replies of XDP that the driver could not send, where it counts them.",            \
		i->xdp_counted ? (double)i->xdp_lost : NAN)                                        \
	X(program_run_seconds, "program_run_seconds_total", "counter",                             \
		"Time spent in the program, while kernel.bpf_stats_enabled was on.",               \
		i->measured ? (double)i->runtime.run_ns * 1e-9 : NAN)                              \
	X(program_runs, "program_runs_total", "counter",                                           \
		"Frames that time was spent on: the quotient is the time per packet.",             \
		i->measured ? (double)i->runtime.runs : NAN)

#define METRICS_DECLARE(id, ...) void metrics_write_interface_##id(const struct metrics_out *out);
METRICS_INTERFACE_ROWS(METRICS_DECLARE)
#undef METRICS_DECLARE
void metrics_write_attached(const struct metrics_out *out);

/* X(id, name, type, help, value from r, a source_report) */
#define METRICS_SOURCE_ROWS(X)                                                                     \
	X(offset, "source_offset_seconds", "gauge", "Source's time minus served time.",            \
		r->measured ? r->offset_s : NAN)                                                   \
	X(delay, "source_delay_seconds", "gauge", "Round trip to the source.",                     \
		r->measured ? r->delay_s : NAN)                                                    \
	X(jitter, "source_jitter_seconds", "gauge",                                                \
		"What samples differ from what was foretold, RMS.",                                \
		r->measured ? r->jitter_s : NAN)                                                   \
	X(root_distance, "source_root_distance_seconds", "gauge",                                  \
		"How far the source's time may be from UTC.",                                      \
		r->measured ? r->root_distance_s : NAN)                                            \
	X(stratum, "source_stratum", "gauge", "Stratum of the source; 16: never answered well.",   \
		r->stratum)                                                                        \
	X(reach, "source_reach_ratio", "gauge",                                                    \
		"Share of the last eight requests that was answered.",                             \
		__builtin_popcount(r->reach) / 8.0)                                                \
	X(poll, "source_poll_interval_seconds", "gauge", "Time between requests to the source.",   \
		r->poll_s)                                                                         \
	X(sent, "source_requests_sent_total", "counter",                                           \
		"Requests sent to the source since it was added.", (double)r->counters.sent)       \
	X(accepted, "source_samples_total", "counter", "Good samples that it gave.",               \
		(double)r->counters.result[EXCHANGE_ACCEPTED])                                     \
	X(selected, "source_selected", "gauge",                                                    \
		"Whether stratum and reference are this source's.", r->tally == TALLY_SELECTED)    \
	X(falseticker, "source_falseticker", "gauge",                                              \
		"Whether the majority contradicts this source.", r->tally == TALLY_FALSETICKER)

#define METRICS_DECLARE(id, ...) void metrics_write_source_##id(const struct metrics_out *out);
METRICS_SOURCE_ROWS(METRICS_DECLARE)
#undef METRICS_DECLARE
/* Name and address are one source's, but for names without an address and for servers at several
 * ports of one: the first stands for all. ret_repeated: one for each source, all false. */
void metrics_mark_repeated(const struct snapshot *s, bool *ret_repeated);
void metrics_write_source_state(const struct metrics_out *out);
void metrics_write_source_kisses(const struct metrics_out *out);
void metrics_write_exchanges(const struct metrics_out *out);

#endif
