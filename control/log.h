/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line for each thing that happens, to standard error. Where standard error is the journal
 * (JOURNAL_STREAM names its device and inode) lines carry the journal's <N> priority,
 * elsewhere the program's name and, from warning on, a word for it. A change of state is an
 * event (log_events.h): to the journal it goes as an entry with fields of its own, over the
 * journal's socket, elsewhere it is a line like the others.
 * Modules that hand errors up do not call this; whoever decides about an error logs it
 * once: what failed, on which object, why, what happens next. Not for the packet path.
 */
#ifndef CONTROL_LOG_H
#define CONTROL_LOG_H

#include "control/log_events.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <syslog.h> /* LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO, LOG_DEBUG */

/* Lines a limited call may write in one period, and the period. */
#define LOG_LIMIT_BURST     5
#define LOG_LIMIT_PERIOD_NS UINT64_C(60000000000)

/* The same for one event: a host has that many sources and interfaces, which may change at once. */
#define LOG_EVENT_BURST 40

/*
 * State of one rate-limited call, zero at first. The caller owns it, usually static.
 */
struct log_limit {
	uint64_t period_ends_ns;
	unsigned int written, suppressed;
	unsigned int burst; /* 0: LOG_LIMIT_BURST */
};

/* Begins: the program's name (kept), and whether standard error is the journal. */
void log_open(const char *program);

/* Lines above this priority are dropped; LOG_INFO at first. */
void log_set_level(int priority);

/* Sends lines to another stream (NULL: standard error again), with or without <N>. */
void log_redirect(FILE *stream, bool journal);

/* Writes one line; control characters in it are shown as '?'. */
void log_line(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Tells a change of state, with its fields (LOG_WITH(...), or LOG_WITHOUT) and in words. Sources
 * and traffic can make states change: LOG_EVENT_BURST of one event in LOG_LIMIT_PERIOD_NS, then
 * as log_limited().
 */
void log_event(enum log_event event, const struct log_value *values, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * The same for what traffic can trigger: LOG_LIMIT_BURST lines in LOG_LIMIT_PERIOD_NS,
 * then silence, and a count of what was left out with the next line written.
 */
void log_limited(struct log_limit *limit, int priority, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Whether a line may be written at `now_ns` (any clock that does not go back).
 * ret_suppressed: lines left out since the last one written.
 */
bool log_limit_take(struct log_limit *limit, uint64_t now_ns, unsigned int *ret_suppressed);

/*
 * A message of a library, at the library's own priority, written one level down: its
 * errors are warnings here, since the caller that decides logs the error itself.
 * Trailing newlines are cut.
 */
void log_library(const char *library, int priority, const char *format, va_list list)
	__attribute__((format(printf, 3, 0)));

#endif
