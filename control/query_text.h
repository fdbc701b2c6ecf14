/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text of an answer to ntpq: "name=value" with commas between, in lines as ntpd breaks
 * them (RFC 9327 sec. 4 leaves that open). No allocation; what does not fit is noticed, not cut.
 */
#ifndef CONTROL_QUERY_TEXT_H
#define CONTROL_QUERY_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The offset in a datagram has 16 bits. */
#define QUERY_TEXT_MAX   65535
#define QUERY_TEXT_VALUE 300 /* a host's name and its quotes */

struct query_text {
	size_t length;
	size_t line; /* characters in the last line */
	bool full;   /* something did not fit, and the whole is of no use */
	char data[QUERY_TEXT_MAX];
};

void query_text_begin(struct query_text *text);

/* Octets as they are. */
void query_text_append(struct query_text *text, const void *octets, size_t count);

/* One variable; the value is printf()ed, at most QUERY_TEXT_VALUE of it. */
void query_text_put(struct query_text *text, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* One whose value is in quotes; what may not stand there becomes a question mark. */
void query_text_put_quoted(struct query_text *text, const char *name, const char *value);

/* Ends the last line, if there is one. */
void query_text_end(struct query_text *text);

#endif
