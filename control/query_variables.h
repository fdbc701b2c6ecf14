/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The variables that ntpq reads, and the status words (RFC 9327 sec. 3 and 4), out of a snapshot:
 * names, units and forms are those of ntpd (ntpq(1)), so that ntpq's tables come out right.
 * Milliseconds and ppm with six digits, timestamps in hexadecimal. Where ntpd means something that
 * there is none of here, the variable is left out, or what comes nearest is said at its row.
 */
#ifndef CONTROL_QUERY_VARIABLES_H
#define CONTROL_QUERY_VARIABLES_H

#include "control/query_text.h"
#include "control/snapshot.h"

struct query_environment {
	const struct snapshot *snapshot;
	/* The address that this host sends from to another; false: none. NULL: `dstadr` is left
	 * out. */
	bool (*own_address)(const struct sockaddr_storage *to, struct sockaddr_storage *ret_own);
};

/* Whose variables. */
struct query_subject {
	const struct query_environment *environment;
	const struct source_report *source; /* NULL: the system's */
};

/* One row of a table of variables; sorted as ntpd lists them. */
struct query_variable {
	const char *name;
	bool when_named; /* not among those that a question without names gets */
	void (*write)(
		const struct query_subject *subject, const char *name, struct query_text *text);
};

/*
 * The variables named, separated by commas; without names the usual ones. 0; -ENOENT for a name
 * that is no variable. One that has no value now is left out.
 */
int query_variables_write(const struct query_subject *subject, const char *names, size_t length,
	struct query_text *text);

unsigned query_variables_system_status(const struct snapshot *snapshot);
unsigned query_variables_source_status(const struct source_report *source);

/* What clients are told; 3 while there is no time. */
uint8_t query_variables_leap(const struct snapshot *snapshot);

/* The tables, for query_variables.c: the rows end with one without a name. */
extern const struct query_variable query_system_variables[];
extern const struct query_variable query_source_variables[];

/* 32.32 s since 1900 in hexadecimal, of a Unix time; 0 is zeros. */
void query_text_put_time(struct query_text *text, const char *name, int64_t unix_ns);

/* Seconds as milliseconds. */
void query_text_put_ms(struct query_text *text, const char *name, double seconds);

/* A reference id as in the table of sources, ".GPS." or "192.0.2.1", without the dots. */
void query_text_put_refid(struct query_text *text, const char *name, const char *refid);

#endif
