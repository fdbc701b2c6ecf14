/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pieces of HTML that the parts of the status page have in common: text from outside made harmless,
 * and values that the page's script renews. For status_page.c and its parts.
 */
#ifndef CONTROL_STATUS_TEXT_H
#define CONTROL_STATUS_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct evbuffer;

/* Text of any origin as the content of an element or of a quoted attribute. What is not printable
 * ASCII becomes '?'. */
void status_text_escape(struct evbuffer *out, const char *text);

/* A constant of the program's own, as it is. */
void status_text_add(struct evbuffer *out, const char *html);

/*
 * A value in a <span> that says where it stands in /status.json (a path with dots) and how the
 * script writes it: seconds, signed, duration, span, rate, count, reach, text. The text is escaped.
 */
struct status_value {
	const char *path, *format;
};
void status_text_value(struct evbuffer *out, struct status_value value, const char *text);

/* A row of a table of shares: number, share, bar. `path`: in "stats". A quiet one is not shown
 * while its number is 0. */
struct status_share {
	const char *label, *detail; /* detail: NULL for none */
	const char *group, *key;    /* of the path */
	uint64_t number, total;
	int quiet;
};
void status_text_share(struct evbuffer *out, const struct status_share *share);

#endif
