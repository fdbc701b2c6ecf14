// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rows of the status page; status_tables.h is the manual.
 */
#include "control/status_tables.h"

#include "control/counts.h"
#include "control/print.h"
#include "control/status_text.h"

#include <event2/buffer.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Half of a bar's width. */
#define BAR 50.0

/* What a tally says in colour too; the character and the words say it all. */
static const char *row_class(char tally)
{
	return tally == '*' ? "selected" : tally == 'x' ? "falseticker" : "";
}

double status_tables_scale(const struct status_view *view)
{
	const struct snapshot *snapshot = view->snapshot;
	double scale = 0;

	for (size_t i = 0; i < snapshot->source_count; i++) {
		const struct source_report *source = &snapshot->sources[i];

		if (source->measured)
			scale = fmax(fmax(scale, 1e-9), fabs(source->offset_s) + source->jitter_s);
	}
	return scale;
}

static void add_bar(struct evbuffer *out, const struct source_report *source, double scale)
{
	double x = source->measured && scale > 0 ? source->offset_s / scale * BAR : 0;
	double jitter = source->measured && scale > 0 ? source->jitter_s / scale * BAR : 0;

	evbuffer_add_printf(out,
		"<td class=\"offset\"><svg viewBox=\"0 0 100 12\" preserveAspectRatio=\"none\" "
		"aria-hidden=\"true\"><rect x=\"%.2f\" y=\"3\" width=\"%.2f\" height=\"6\"/>"
		"<path class=\"jitter\" d=\"",
		BAR + fmin(0, x), fabs(x));
	if (jitter > 0)
		evbuffer_add_printf(out, "M%.2f,6H%.2f", BAR + x - jitter, BAR + x + jitter);
	status_text_add(out, "\"/><path class=\"axis\" d=\"M50,0V12\"/></svg></td>");
}

/* A cell with a value of the source's. */
static void add_cell(struct evbuffer *out, size_t index, const char *keys[3], const char *text)
{
	char path[64];

	snprintf(path, sizeof(path), "sources.%zu.%s", index, keys[0]);
	evbuffer_add_printf(out, "<td class=\"%s\">", keys[2]);
	status_text_value(out, (struct status_value){path, keys[1]}, text);
	status_text_add(out, "</td>");
}

/* On a narrow screen the state stands under the name. */
static void add_small_state(struct evbuffer *out, size_t index, const char *state)
{
	char path[64];

	snprintf(path, sizeof(path), "sources.%zu.state", index);
	status_text_add(out, "<small class=\"narrow words\">");
	status_text_value(out, (struct status_value){path, "text"}, state);
	status_text_add(out, "</small>");
}

static const char *signed_seconds(char out[PRINT_VALUE_MAX + 1], double seconds)
{
	char text[PRINT_VALUE_MAX];

	if (isnan(seconds))
		return "-";
	snprintf(out, PRINT_VALUE_MAX + 1, "%s%s", seconds > 0 ? "+" : "",
		print_seconds(text, seconds));
	return out;
}

static void add_source(
	struct evbuffer *out, size_t index, const struct source_report *source, double scale)
{
	char text[PRINT_VALUE_MAX + 1], tally[] = {source->tally, '\0'};
	bool measured = source->measured;

	evbuffer_add_printf(out, "<tr class=\"%s\" data-source>", row_class(source->tally));
	add_cell(out, index, (const char *[]){"tally", "text", "tally"}, tally);
	status_text_add(out, "<th scope=\"row\">");
	status_text_escape(out, source->name);
	if (*source->address && strcmp(source->address, source->name) != 0) {
		status_text_add(out, "<small>");
		status_text_escape(out, source->address);
		status_text_add(out, "</small>");
	}
	add_small_state(out, index, source->state);
	status_text_add(out, "</th>");
	add_cell(out, index, (const char *[]){"state", "text", "words wide"}, source->state);
	snprintf(text, sizeof(text), "%u", source->stratum);
	add_cell(out, index, (const char *[]){"stratum", "count", "number wide"}, text);
	snprintf(text, sizeof(text), "%d of 8", __builtin_popcount(source->reach));
	add_cell(out, index, (const char *[]){"reach", "reach", "number wide"}, text);
	add_cell(out, index, (const char *[]){"when_s", "span", "number wide"},
		print_span(text, source->answered ? source->when_s : NAN));
	add_cell(out, index, (const char *[]){"offset_s", "signed", "number"},
		signed_seconds(text, measured ? source->offset_s : NAN));
	add_bar(out, source, scale);
	add_cell(out, index, (const char *[]){"jitter_s", "span", "number wide"},
		print_span(text, measured ? source->jitter_s : NAN));
	add_cell(out, index, (const char *[]){"delay_s", "span", "number wide"},
		print_span(text, measured ? source->delay_s : NAN));
	status_text_add(out, "</tr>\n");
}

void status_tables_sources(struct evbuffer *out, const struct status_view *view)
{
	const struct snapshot *snapshot = view->snapshot;
	double scale = status_tables_scale(view);

	for (size_t i = 0; i < snapshot->source_count; i++)
		add_source(out, i, &snapshot->sources[i], scale);
	if (snapshot->source_count == 0)
		status_text_add(out, "<tr><td></td><td colspan=\"9\">There are none in the "
				     "settings.</td></tr>\n");
}

/* Where there are as many, by name: so does the page's script. */
static int most_first(const void *a, const void *b)
{
	const struct status_share *x = a, *y = b;

	if (x->number == y->number)
		return strcmp(x->key, y->key);
	return x->number > y->number ? -1 : 1;
}

void status_tables_verdicts(struct evbuffer *out, const struct status_view *view)
{
	const struct counters_block *sum = &view->snapshot->sum;
	struct status_share rows[] = {
#define ROW(action, reason, name, text) {.label = text, .detail = name},
		VERDICT_LIST(ROW)
#undef ROW
	};
	uint64_t total = 0;

	for (int i = 0; i < VERDICT_COUNT; i++)
		total += sum->verdict[i];
	for (int i = 0; i < VERDICT_COUNT; i++) {
		rows[i].group = "verdicts";
		rows[i].key = rows[i].detail;
		rows[i].number = sum->verdict[i];
		rows[i].total = total;
		rows[i].quiet = i != VERDICT_SERVED;
	}
	qsort(rows, VERDICT_COUNT, sizeof(rows[0]), most_first);
	for (int i = 0; i < VERDICT_COUNT; i++)
		status_text_share(out, &rows[i]);
}

void status_tables_requests(struct evbuffer *out, const struct status_view *view)
{
	static const char *const families[][2] = {{"ipv4", "over IPv4"}, {"ipv6", "over IPv6"}};
	const struct counters_block *sum = &view->snapshot->sum;
	uint64_t total = counters_requests(sum, FRAME_IPV4) + counters_requests(sum, FRAME_IPV6);

	for (int version = NTP_VERSION_MAX; version >= NTP_VERSION_MIN; version--) {
		char key[] = {(char)('0' + version), '\0'}, label[] = "version 4";

		label[sizeof(label) - 2] = key[0];
		status_text_share(out, &(struct status_share){.label = label,
					       .group = "versions",
					       .key = key,
					       .number = counts_requests(sum, FRAME_IPV4, version) +
							 counts_requests(sum, FRAME_IPV6, version),
					       .total = total});
	}
	for (int family = FRAME_IPV4; family <= FRAME_IPV6; family++)
		status_text_share(
			out, &(struct status_share){.label = families[family][1],
				     .group = "families",
				     .key = families[family][0],
				     .number = counters_requests(sum, (enum frame_family)family),
				     .total = total});
}

/* A cell with a count of an interface's; not known: "-". */
static void add_count(struct evbuffer *out, const char *path, bool known, uint64_t count)
{
	char number[PRINT_VALUE_MAX];

	status_text_add(out, "<td class=\"number\">");
	status_text_value(out, (struct status_value){path, "count"},
		known ? print_count(number, count) : "-");
	status_text_add(out, "</td>");
}

static void add_interface(
	struct evbuffer *out, size_t index, const struct status_interface *interface)
{
	char path[64];

	status_text_add(out, "<tr><th scope=\"row\">");
	status_text_escape(out, interface->name);
	status_text_add(out, "<small>");
	if (interface->found.attached)
		evbuffer_add_printf(out, "attached, %s mode", interface->mode);
	else
		status_text_add(out, "<strong>not attached</strong>: ");
	if (!interface->found.attached)
		status_text_escape(out, interface->found.detail);
	status_text_add(out, "</small></th>");
	snprintf(path, sizeof(path), "interfaces.%zu.requests", index);
	add_count(out, path, true, interface->requests);
	snprintf(path, sizeof(path), "interfaces.%zu.card_lost", index);
	add_count(out, path, interface->counted, status_view_card_lost(interface));
	snprintf(path, sizeof(path), "interfaces.%zu.dropped", index);
	add_count(out, path, interface->counted, interface->link.receive_dropped);
	snprintf(path, sizeof(path), "interfaces.%zu.replies_lost", index);
	add_count(out, path, interface->xdp_counted, interface->xdp_lost);
	status_text_add(out, "</tr>\n");
}

void status_tables_interfaces(struct evbuffer *out, const struct status_view *view)
{
	if (view->interface_count == 0) {
		status_text_add(out, "<p>XDP answers on none; the socket does.</p>\n");
		return;
	}
	status_text_add(out,
		"<table><thead><tr><th scope=\"col\">interface</th><th scope=\"col\" "
		"class=\"number\">requests</th><th scope=\"col\" class=\"number\">lost by<br>the "
		"card</th><th scope=\"col\" class=\"number\">dropped</th><th scope=\"col\" "
		"class=\"number\">replies<br>lost</th></tr></thead><tbody>\n");
	for (size_t i = 0; i < view->interface_count; i++)
		add_interface(out, i, &view->interface[i]);
	status_text_add(out, "</tbody></table>\n");
}
