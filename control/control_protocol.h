/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * control_protocol: what `ntpxdp` and `ntpxdpd` say to each other over the control socket.
 *
 * A UNIX stream socket; the client sends one line of JSON, {"command":"sources"}, the daemon
 * sends one line of JSON, an object, and closes. Lines end in '\n' and are bounded. All commands
 * only read, so everybody on the host may connect; who the clients are is told to root and to the
 * daemon's own account alone. The answer to "page" carries one read-only
 * descriptor of the time page (SCM_RIGHTS, with the first byte). A command that fails is answered
 * {"error":"what failed, on what, why, what to do next"}.
 *
 * This module has the framing and the client's side of a call. Accepting
 * connections is left to the daemon (control_server.c), filling the answers to report.c,
 * printing them to control/cli. It does not log.
 */
#ifndef CONTROL_CONTROL_PROTOCOL_H
#define CONTROL_CONTROL_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>

#include "dataplane/core/verdict.h"

struct json_object;

/* Mode of the socket: whoever may log in may read what the wire tells everybody anyway. */
#define CONTROL_PROTOCOL_MODE 0666

/* Bytes of a request line and of an answer line (4,000 sources), '\n' included. */
#define CONTROL_PROTOCOL_REQUEST_MAX 4096u
#define CONTROL_PROTOCOL_ANSWER_MAX  (1024u << 10)

/* For a whole call; also how long the daemon keeps a slow client. */
#define CONTROL_PROTOCOL_TIMEOUT_MS 2000

// clang-format off: a table
/*
 * Commands and the keys of their answers. Units are in the names; times are seconds, as JSON
 * numbers with all digits; a value that is not known is null or left out; readers ignore keys that
 * they do not know. *_s offsets: positive = the other clock (source, NTP time) is ahead of ours,
 * as in `ntpq -p`; system_offset_s: positive = time served is ahead of the estimate of UTC.
 *
 * info     version, pid, pindir (null with -n), layout (of the time page), settings (file),
 *          interfaces: [{name, mode, reply_path}] as the settings file has them
 * status   version, pid, uptime_s, pindir, clock ("page"|"system"|"mirror"), mirror (address of
 *          the mirrored server, or null), synchronised, reason (why not, else ""), stratum (16:
 *          unsynchronised), leap (0..3), error_bound_s, steps, page: {state ("valid", or why it is
 *          not served), age_s, expires_in_s, updates}, port: {number, state ("bound"|"taken"|
 *          "off"), detail}, sources: {configured, reachable, selectable, required, selected (name
 *          or null)}, stamps: {sources: {hardware, kernel, clock}, cards: [{name, device, related,
 *          error_s, receive, transmit, detail}]}, interfaces: [{name, index, attached, mode,
 *          reply_path, shared, program_id, detail, receive_stamps, receive_stamps_detail}],
 *          served, requests (both totals since the counters began)
 * sources  sources: [{name, address, refid (as printed: ".GPS.", "192.0.2.1"), stratum, type
 *          ("u" server, "p" pool entry, "m" mirrored, "l" local), mode ("basic"|"interleaved"),
 *          when_s (null: never), poll_s, reach (0..255), delay_s, offset_s, jitter_s,
 *          root_distance_s, tally (one character: " x.-+#*o"), state (in words), sent, accepted,
 *          rejected: {REASON: count}}]
 * tracking synchronised, reason, reference_id ("C0000201"), reference_name, mirror, stratum,
 *          reference_time_s (Unix), system_offset_s, last_offset_s, rms_offset_s, frequency_ppm
 *          (positive: the counter gains), residual_frequency_ppm, skew_ppm, root_delay_s,
 *          root_dispersion_s, error_bound_s, update_interval_s, leap, leap_status, steps
 * stats    verdicts: {NAME: count}, versions: {"1".."4": count}, families: {"ipv4", "ipv6"},
 *          requests (all), served (replies with the time, those over the rate limit too), kisses;
 *          the sum over all engines, as counted in the shared counters; counted_s (for how long),
 *          read_s (CLOCK_MONOTONIC, when): the difference of two answers is a rate
 * health   synchronised, reason, stratum, leap, error_bound_s, page_age_s, page_state,
 *          sources_selectable, sources_required. Whether that is good is judged by the asker
 * clients  arguments: top (1..5000, 20), sort ("requests"|"drops"|"rate"). clients: [{address,
 *          family ("ipv4"|"ipv6": the network, see prefix6), version, requests, limited,
 *          average_interval_s (null: one request), last_seen_s}], the first `top` in that order,
 *          found (in the table), capacity (clients), prefix6, tick_s (what times are known to),
 *          limit: {interval_s, burst, leak, kod} or null
 * access   argument: address. address, rule (as a line of the settings, or null: no rule holds for
 *          it), file and line (where it stands), inside (an address of loopback), served, limited,
 *          kod, version_only, query; ntpport: the same for requests from port 123 where they
 *          differ, else null
 * page     layout, size (bytes to map, PROT_READ, MAP_SHARED, offset 0), and the descriptor
 */
// clang-format on
#define CONTROL_PROTOCOL_COMMANDS(X)                                                               \
	X(INFO, "info")                                                                            \
	X(STATUS, "status")                                                                        \
	X(SOURCES, "sources")                                                                      \
	X(TRACKING, "tracking")                                                                    \
	X(STATS, "stats")                                                                          \
	X(HEALTH, "health")                                                                        \
	X(CLIENTS, "clients")                                                                      \
	X(ACCESS, "access")                                                                        \
	X(PAGE, "page")

/* From 1 on: 0 is no command, so that what was never filled in is none. */
enum control_command {
	CONTROL_COMMAND_NONE,
#define X(symbol, name) CONTROL_COMMAND_##symbol,
	CONTROL_PROTOCOL_COMMANDS(X)
#undef X
	CONTROL_COMMANDS
};

/* What is asked for. */
struct control_request {
	enum control_command command;
	struct json_object *arguments; /* an object with keys beside "command", or NULL; borrowed */
	bool privileged; /* the daemon's side: root asks, or the daemon's own account */
};

/* The word of a command, for requests and messages. */
const char *control_protocol_name(enum control_command command);

/*
 * Parse one request line of length bytes, with or without its '\n'. 0 and the command; the whole
 * object, for arguments, goes to ret_request where that is not NULL (the caller puts it).
 * -EMSGSIZE: too long; -EBADMSG: not one JSON object with a "command"; -EOPNOTSUPP: a command
 * that this version does not know.
 */
int control_protocol_parse(const char *line, size_t length, enum control_command *ret_command,
	struct json_object **ret_request);

/* A new {"error":...} object for a request that failed; NULL without memory. */
struct json_object *control_protocol_error(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/*
 * The line to send for an object, '\n' included, in memory the caller frees. limit is one of the
 * two maxima above. -EMSGSIZE: would be longer; -ENOMEM.
 */
int control_protocol_format(
	struct json_object *object, size_t limit, char **ret_line, size_t *ret_length);

/*
 * Send as much of data as the socket takes, with a descriptor beside the first byte where
 * pass_fd >= 0 (pass it with the first piece only). Number of bytes sent, or a negative errno
 * (-EAGAIN on a full non-blocking socket). Never raises SIGPIPE.
 */
long control_protocol_send(int fd, const char *data, size_t length, int pass_fd);

/*
 * One call: connect to path, ask, read the answer. 0 and the object (the caller puts it), even
 * where that is {"error":...}: see control_protocol_failure(). A descriptor that came along goes
 * to ret_fd (-1: none came), or is closed where ret_fd is NULL.
 * -ENOENT, -ECONNREFUSED: no daemon there; -EACCES; -ETIMEDOUT: no whole answer within
 * CONTROL_PROTOCOL_TIMEOUT_MS; -ECONNRESET: closed without one; -EMSGSIZE: too long;
 * -EBADMSG: not a JSON object; -EOPNOTSUPP: no command was given; -ENAMETOOLONG: path does not fit
 * a socket address.
 */
int control_protocol_call(const char *path, const struct control_request *request,
	struct json_object **ret_answer, int *ret_fd);

/* The text of an {"error":...} answer, owned by it, or NULL when the answer is no error. */
const char *control_protocol_failure(struct json_object *answer);

/* The word for what timepage_read() says of the page: "valid", or why it is not served. */
const char *control_protocol_page_state(enum verdict verdict);

#endif
