/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Samples in Prometheus' text format 0.0.4; see metrics_private.h. */
#include "control/metrics_private.h"

#include <event2/buffer.h>
#include <math.h>
#include <stdarg.h>

#define EXACT 9007199254740992.0 /* 2^53: up to there a double holds every integer */

const char *metrics_escape(const char *text, char ret_text[METRICS_LABEL_MAX])
{
	size_t used = 0;

	for (; *text && used < METRICS_LABEL_MAX - 3; text++) {
		if (*text == '\\' || *text == '"')
			ret_text[used++] = '\\';
		ret_text[used++] = *text == '\n' ? ' ' : *text;
	}
	ret_text[used] = '\0';
	return ret_text;
}

static void add_value(struct evbuffer *buffer, double value)
{
	if (value == floor(value) && fabs(value) <= EXACT)
		evbuffer_add_printf(buffer, " %.0f\n", value);
	else
		evbuffer_add_printf(buffer, " %.15g\n", value);
}

void metrics_sample(const struct metrics_out *out, double value, const char *format, ...)
{
	va_list list;

	if (isnan(value))
		return;
	evbuffer_add_printf(out->buffer, "%s%s", out->row->name, out->suffix);
	if (format) {
		evbuffer_add(out->buffer, "{", 1);
		va_start(list, format);
		evbuffer_add_vprintf(out->buffer, format, list);
		va_end(list);
		evbuffer_add(out->buffer, "}", 1);
	}
	add_value(out->buffer, value);
}

void metrics_histogram(const struct metrics_out *out, const struct metrics_histogram *histogram)
{
	struct metrics_out part = *out;
	uint64_t count = 0;

	part.suffix = "_bucket";
	for (size_t i = 0; i < histogram->bound_count; i++) {
		count += histogram->buckets[i];
		metrics_sample(&part, (double)count, "le=\"%g\"", histogram->bounds[i]);
	}
	count += histogram->buckets[histogram->bound_count];
	metrics_sample(&part, (double)count, "le=\"+Inf\"");
	part.suffix = "_sum";
	metrics_sample(&part, histogram->sum, NULL);
	part.suffix = "_count";
	metrics_sample(&part, (double)count, NULL);
}
