/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands of the control socket and the keys of their answers: the one list. Part of
 * control_protocol.h, which has the framing; filled in by report.c, printed by control/cli.
 */
#ifndef CONTROL_CONTROL_COMMANDS_H
#define CONTROL_CONTROL_COMMANDS_H

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
 *          "off"), detail, workers}, sources: {configured, reachable, selectable, required,
 * selected (name or null)}, stamps: {sources: {hardware, kernel, clock}, cards: [{name, device,
 * related, error_s, receive, transmit, detail}]}, interfaces: [{name, index, attached, mode,
 *          reply_path, shared, program_id, detail, receive_stamps, receive_stamps_detail}],
 *          engines: [{kind ("dpdk"), port, driver, state ("running"|"stopped"|"gone"), pid, queues,
 *          exception (the host's interface, or "none"), receive_stamps ("card"|"clock"), uptime_s
 *          (null: it does not run), seen_s (since its last sign of life), counts: {NAME: count} as
 *          in dataplane/state/engine_table.h}],
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
 *          the sum over all engines, as counted in the shared counters; engines: {"xdp", "socket",
 *          "dpdk": {requests, served}}; counted_s (for how long),
 *          read_s (CLOCK_MONOTONIC, when): the difference of two answers is a rate
 * health   synchronised, reason, stratum, leap, error_bound_s, page_age_s, page_state,
 *          sources_selectable, sources_required, sources_age_s ([seconds since each agreeing source
 *          has answered, the youngest first]). Whether that is good is judged by the asker
 * clients  arguments: top (1..5000, 20), sort ("requests"|"drops"|"rate"). clients: [{address,
 *          family ("ipv4"|"ipv6": the network, see prefix6), version, requests, limited,
 *          average_interval_s (null: one request), last_seen_s}], the first `top` in that order,
 *          found (in the table), capacity (clients), prefix6, tick_s (what times are known to),
 *          limit: {interval_s, burst, leak, kod} or null
 * access   argument: address. address, rule (as a line of the settings, or null: no rule holds for
 *          it), file and line (where it stands), inside (an address of loopback), served, limited,
 *          kod, version_only, query; ntpport: the same for requests from port 123 where they
 *          differ, else null
 * history  arguments: step_s (1: seconds of the last hour, 60: minutes of the last week; 1), back
 *          (so many slots, all), from (number of a slot, to go on). step_s, from (number of the
 *          first slot given), time_s (Unix, when it began), next (where to go on, or null), and
 *          columns, a number for each slot: seen_ms (so much of its time was seen; 0: a gap),
 *          good_ms (and served as good), requests, answered, limited, dropped, passed (counts)
 * scores   scores: [{address, checks: [{time_s (Unix), score, step, row (what decided)}]}], what
 *          `ntpxdp poolcheck` found about this host, the oldest check first
 * keep_score arguments: address, score, step, row. Notes a check for "scores"; root and the
 *          daemon's account only. {}
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
	X(HISTORY, "history")                                                                      \
	X(SCORES, "scores")                                                                        \
	X(KEEP_SCORE, "keep_score")                                                                \
	X(PAGE, "page")

/* The counts of "history": clients' requests to this host, replies with the time, requests over the
 * rate limit that were not answered with it, silence for any other reason, frames that went on to
 * the kernel. What `ntpxdp stats` and `ntpxdp top` call so. */
#define CONTROL_HISTORY_COLUMNS(X) X(requests) X(answered) X(limited) X(dropped) X(passed)

/* From 1 on: 0 is no command, so that what was never filled in is none. */
enum control_command {
	CONTROL_COMMAND_NONE,
#define X(symbol, name) CONTROL_COMMAND_##symbol,
	CONTROL_PROTOCOL_COMMANDS(X)
#undef X
	CONTROL_COMMANDS
};

#endif
