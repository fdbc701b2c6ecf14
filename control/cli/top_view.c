// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The lines of `ntpxdp top`; top_view.h is the manual. From above: state, rates, the course of the
 * requests, verdicts, sources, clients, keys.
 */
#include "control/cli/top_view.h"

#include "control/cli/answer.h"
#include "control/cli/rows.h"

#include "dataplane/core/counters.h"

#include <json-c/json.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT 200

/* Rows that are there whatever the screen: state, rates, graph, verdicts, a blank; keys. */
#define ROWS_ABOVE 5
#define ROWS_BELOW 1

/* Columns before the graph. */
#define GRAPH_INDENT 22

/* Where the next line goes. */
struct pen {
	struct top_view *view;
	int row, end; /* end: the first row that is not for this */
};

__attribute__((format(printf, 3, 4))) static void put(
	struct pen *pen, enum top_style style, const char *format, ...)
{
	struct top_line *line = &pen->view->line[pen->row];
	va_list arguments;

	if (pen->row >= pen->end)
		return;
	pen->row++;
	line->style = style;
	va_start(arguments, format);
	vsnprintf(line->text, sizeof(line->text), format, arguments);
	va_end(arguments);
}

static void put_state(struct pen *pen, const struct top_data *data)
{
	char text[TEXT], bound[PRINT_VALUE_MAX], up[PRINT_VALUE_MAX];
	struct json_object *status = data->status;

	if (data->trouble[0] != '\0')
		put(pen, TOP_BAD, "%s; trying again", data->trouble);
	else if (status == NULL)
		put(pen, TOP_PLAIN, "asking the daemon");
	else if (!answer_flag(status, "synchronised"))
		put(pen, TOP_BAD, "time is not good: %s",
			print_safe(text, sizeof(text), answer_text(status, "reason")));
	else
		put(pen, TOP_GOOD, "time is good, within %s; stratum %u; ntpxdpd %s up %s",
			print_seconds(bound, answer_number(status, "error_bound_s")),
			(unsigned)answer_count(status, "stratum"),
			print_safe(text, sizeof(text), answer_text(status, "version")),
			print_duration(up, answer_number(status, "uptime_s")));
}

static void put_rates(struct pen *pen, const struct top_data *data)
{
	char line[TEXT] = "", rate[PRINT_VALUE_MAX];
	size_t used = 0;

#define X(name, text)                                                                              \
	used += (size_t)snprintf(line + used, sizeof(line) - used, "%s%s %s/s", used ? "  " : "",  \
		text, print_rate(rate, data->now.name##_hz));
	RATES(X)
#undef X
	put(pen, TOP_PLAIN, "%s", line);
}

static void put_graph(struct pen *pen, const struct top_data *data)
{
	char graph[TOP_VIEW_TEXT], peak[PRINT_VALUE_MAX], label[64], span[PRINT_VALUE_MAX];
	int width = pen->view->columns - GRAPH_INDENT;
	double highest;

	if (width < 1)
		width = 1;
	highest = rates_sparkline(graph, (size_t)width, data->utf8, &data->history);
	snprintf(label, sizeof(label), "%s, max %s/s", print_span(span, data->interval_s * width),
		print_rate(peak, highest));
	put(pen, TOP_GRAPH, "%-*.*s%s", GRAPH_INDENT, GRAPH_INDENT - 1, label, graph);
}

struct verdict_count {
	const char *name;
	uint64_t frames;
};

static int most_first(const void *a, const void *b)
{
	const struct verdict_count *x = a, *y = b;

	if (x->frames != y->frames)
		return x->frames > y->frames ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* The verdicts that occurred, most first; their number and the sum over all. */
static size_t sort_verdicts(struct json_object *verdicts,
	struct verdict_count sorted[COUNTERS_VERDICTS], uint64_t *ret_total)
{
	size_t count = 0;

	*ret_total = 0;
	if (verdicts == NULL)
		return 0;
	json_object_object_foreach(verdicts, name, value)
	{
		uint64_t frames = json_object_get_uint64(value);

		*ret_total += frames;
		if (frames > 0 && count < COUNTERS_VERDICTS)
			sorted[count++] = (struct verdict_count){name, frames};
	}
	qsort(sorted, count, sizeof(sorted[0]), most_first);
	return count;
}

/* The largest verdicts, as many as fit. */
static void put_verdicts(struct pen *pen, const struct top_data *data)
{
	struct verdict_count sorted[COUNTERS_VERDICTS];
	char line[TEXT] = "frames:", share[PRINT_VALUE_MAX], name[64], piece[128];
	size_t room = (size_t)pen->view->columns < TEXT ? (size_t)pen->view->columns : TEXT - 1;
	uint64_t total;
	size_t count = sort_verdicts(answer_object(data->stats, "verdicts"), sorted, &total);

	for (size_t i = 0; i < count; i++) {
		snprintf(piece, sizeof(piece), "%s %s %s", i > 0 ? "," : "",
			print_safe(name, sizeof(name), sorted[i].name),
			print_share(share, sorted[i].frames, total));
		if (strlen(line) + strlen(piece) > room)
			break;
		strcat(line, piece);
	}
	put(pen, TOP_PLAIN, "%s%s", line, count > 0 ? "" : " none yet");
}

static size_t length_of(struct json_object *list)
{
	return list != NULL ? json_object_array_length(list) : 0;
}

/* The rows of a list that fit, and how many do not. */
static void put_rest(struct pen *pen, size_t shown, size_t count)
{
	if (shown < count)
		put(pen, TOP_PLAIN, "... and %zu more", count - shown);
}

static void put_sources(struct pen *pen, const struct top_data *data)
{
	struct json_object *list = answer_list(data->sources, "sources");
	const struct rows_layout layout = {.slack = rows_slack(pen->view->columns)};
	size_t count = length_of(list), room, i;
	char line[PRINT_SOURCE_MAX];

	put(pen, TOP_HEAD, "%s", print_source_head(line, layout.slack));
	if (list != NULL && count == 0)
		put(pen, TOP_PLAIN, "no sources in the settings");
	room = pen->end > pen->row ? (size_t)(pen->end - pen->row) : 0;
	if (count > room && room > 0)
		room--;
	for (i = 0; i < count && i < room; i++) {
		const char *row = rows_source(line, list, i, &layout);

		put(pen, row[0] == '*' ? TOP_GOOD : row[0] == 'x' ? TOP_BAD : TOP_PLAIN, "%s", row);
	}
	put_rest(pen, i, count);
}

static void put_clients(struct pen *pen, const struct top_data *data)
{
	struct json_object *list = answer_list(data->clients, "clients");
	size_t count = length_of(list);
	char line[ROWS_CLIENT_MAX];

	if (data->no_clients[0] != '\0') {
		put(pen, TOP_PLAIN, "%s", data->no_clients);
		return;
	}
	put(pen, TOP_HEAD, "%s", rows_client_head(line));
	if (list != NULL && count == 0)
		put(pen, TOP_PLAIN, "no client yet");
	for (size_t i = 0; i < count; i++)
		put(pen, TOP_PLAIN, "%s", rows_client(line, data->clients, i));
}

static void put_help(struct pen *pen)
{
	static const char *const lines[] = {
		"q        quit",
		"space    pause, and go on",
		"s        clients by requests, by drops (over the rate limit), by rate",
		"h        this text, and back",
		"",
		"requests  clients' requests to this host, a second",
		"answered  replies with the time",
		"limited   requests over the rate limit that were not answered with the time",
		"passed    frames that went on to the kernel, NTP or not",
		"frames    by verdict, since the counters began (ntpxdp stats explains each)",
		"sources   as ntpq -p: * selected, + combined, # spare, - outlier, x falseticker",
		"clients   IPv6 as networks; \"every\" is the average time between two requests",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		put(pen, TOP_PLAIN, "%s", lines[i]);
}

/* Sources have what they need, while a third of the rows is left for the clients. */
static int source_rows(int room, const struct top_data *data)
{
	int wanted = 1 + (int)length_of(answer_list(data->sources, "sources"));
	int most = data->no_clients[0] != '\0' ? room - 2 : room - room / 3;

	return wanted < 2 ? 2 : wanted < most ? wanted : most;
}

void top_view_draw(struct top_view *view, const struct top_data *data)
{
	struct pen pen = {.view = view, .row = 0, .end = view->rows - ROWS_BELOW};
	int room = pen.end - ROWS_ABOVE;

	for (int row = 0; row < view->rows; row++) {
		view->line[row].style = TOP_PLAIN;
		view->line[row].text[0] = '\0';
	}
	put_state(&pen, data);
	put_rates(&pen, data);
	put_graph(&pen, data);
	put_verdicts(&pen, data);
	put(&pen, TOP_PLAIN, "%s", "");
	if (data->help) {
		put_help(&pen);
	} else {
		pen.end = pen.row + source_rows(room, data);
		if (pen.end > view->rows - ROWS_BELOW)
			pen.end = view->rows - ROWS_BELOW;
		put_sources(&pen, data);
		pen.end = view->rows - ROWS_BELOW;
		put(&pen, TOP_PLAIN, "%s", "");
		put_clients(&pen, data);
	}
	pen.row = view->rows - ROWS_BELOW;
	pen.end = view->rows;
	put(&pen, TOP_HEAD, "q quit  space pause  s order: %s  h help%s", data->sort,
		data->paused ? "      PAUSED" : "");
}
