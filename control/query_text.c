/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See query_text.h. */
#include "control/query_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LINE_MAX_LENGTH 72 /* as ntpd's */

void query_text_begin(struct query_text *text)
{
	/* The data is no part of it yet, and large. */
	text->length = 0;
	text->line = 0;
	text->full = false;
}

void query_text_append(struct query_text *text, const void *octets, size_t count)
{
	if (text->full || count > QUERY_TEXT_MAX - text->length) {
		text->full = true;
		return;
	}
	memcpy(text->data + text->length, octets, count);
	text->length += count;
	text->line += count;
}

void query_text_put(struct query_text *text, const char *name, const char *format, ...)
{
	char item[64 + QUERY_TEXT_VALUE];
	int length = snprintf(item, 64, "%s=", name);
	va_list values;

	va_start(values, format);
	length += vsnprintf(item + length, QUERY_TEXT_VALUE, format, values);
	va_end(values);
	if (text->length && text->line + (size_t)length + 2 > LINE_MAX_LENGTH) {
		query_text_append(text, ",\r\n", 3);
		text->line = 0;
	} else if (text->length) {
		query_text_append(text, ", ", 2);
	}
	query_text_append(text, item, strlen(item));
}

void query_text_put_quoted(struct query_text *text, const char *name, const char *value)
{
	char clean[QUERY_TEXT_VALUE - 2];
	size_t i;

	for (i = 0; value[i] && i < sizeof(clean) - 1; i++)
		clean[i] = value[i] < ' ' || value[i] > '~' || value[i] == '"' ? '?' : value[i];
	clean[i] = '\0';
	query_text_put(text, name, "\"%s\"", clean);
}

void query_text_end(struct query_text *text)
{
	if (text->length)
		query_text_append(text, "\r\n", 2);
}
