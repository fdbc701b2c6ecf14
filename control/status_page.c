// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The status page; status_page.h is the manual. One function for each place of status_page.html.
 */
#include "control/status_page.h"

#include "control/print.h"
#include "control/status_chart.h"
#include "control/status_tables.h"
#include "control/status_text.h"

#include <control/status_page_text.h>

#include <errno.h>
#include <event2/buffer.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

const char status_page_policy[] = STATUS_PAGE_POLICY;

static void fill_title(struct evbuffer *out, const struct status_view *view)
{
	evbuffer_add_printf(out, "%s &#8211; ntpxdp ", view->state);
	status_text_escape(out, view->host);
}

static void fill_class(struct evbuffer *out, const struct status_view *view)
{
	status_text_add(out, !view->good                                ? "bad"
			     : strcmp(view->state, "synchronised") != 0 ? "warn"
									: "good");
}

/* What rows there are: when /status.json tells of others, the script loads the page anew. */
static void fill_shape(struct evbuffer *out, const struct status_view *view)
{
	const struct score_board *scores = view->snapshot->parts.scores;

	evbuffer_add_printf(out, "%zu,%zu,%d", view->snapshot->source_count, view->interface_count,
		view->limits);
	for (int i = 0; i < SCORE_BOARD_ADDRESSES; i++) {
		const struct score_course *course = &scores->course[i];

		if (course->count > 0)
			evbuffer_add_printf(out, ",%s %lld", course->address,
				(long long)score_board_get(course, course->count - 1)->time_s);
	}
}

static void fill_host(struct evbuffer *out, const struct status_view *view)
{
	if (*view->host)
		status_text_add(out, "on ");
	status_text_escape(out, view->host);
}

static void fill_state(struct evbuffer *out, const struct status_view *view)
{
	status_text_add(out, view->state);
}

static void fill_since(struct evbuffer *out, const struct status_view *view)
{
	char text[PRINT_VALUE_MAX];

	evbuffer_add_printf(out, "%s for %s%s", view->good ? "Good time" : "No good time",
		view->since_start ? "at least " : "", print_duration(text, view->since_s));
}

static void fill_reason(struct evbuffer *out, const struct status_view *view)
{
	status_text_escape(out, view->snapshot->reason);
}

/* A term and its value. */
static void add_fact(
	struct evbuffer *out, const char *term, struct status_value value, const char *text)
{
	evbuffer_add_printf(out, "<div><dt>%s</dt><dd%s>", term,
		strcmp(value.format, "text") == 0 ? " class=\"words\"" : "");
	status_text_value(out, value, text);
	status_text_add(out, "</dd></div>\n");
}

static void add_rate(struct evbuffer *out, const char *term, const struct status_view *view,
	enum history_field field)
{
	char path[40], text[PRINT_VALUE_MAX];

	snprintf(path, sizeof(path), "rates.%s_hz", history_field_name(field));
	add_fact(out, term, (struct status_value){path, "rate"},
		print_rate(text, history_rate(&view->second, field)));
}

static void fill_facts(struct evbuffer *out, const struct status_view *view)
{
	const struct snapshot_page *page = &view->snapshot->page;
	char text[PRINT_VALUE_MAX];

	add_rate(out, "Requests a second", view, HISTORY_requests);
	add_rate(out, "Answered a second", view, HISTORY_answered);
	add_fact(out, "Off UTC by at most",
		(struct status_value){"status.error_bound_s", "seconds"},
		print_seconds(text, view->good ? page->error_bound_s : NAN));
	snprintf(text, sizeof(text), "%u",
		view->good ? page->reading.stratum : CLOCK_STRATUM_UNSYNCHRONISED);
	add_fact(out, "Stratum", (struct status_value){"status.stratum", "count"}, text);
	snprintf(text, sizeof(text), "%zu", view->snapshot->selectable);
	add_fact(out, "Sources that agree",
		(struct status_value){"status.sources.selectable", "count"}, text);
	add_fact(out, "Reference", (struct status_value){"status.sources.selected", "text"},
		view->snapshot->selected ? view->snapshot->selected->name : "");
}

static void fill_chart(struct evbuffer *out, const struct status_view *view)
{
	status_chart_hour(out, view);
}

static void fill_numbers(struct evbuffer *out, const struct status_view *view)
{
	status_chart_numbers(out, view);
}

/* A number in the middle of a sentence. */
static void add_number(struct evbuffer *out, const char *path, size_t number)
{
	char text[PRINT_VALUE_MAX];

	status_text_value(out, (struct status_value){path, "count"}, print_count(text, number));
}

static void fill_sources_line(struct evbuffer *out, const struct status_view *view)
{
	const struct snapshot *snapshot = view->snapshot;

	add_number(out, "status.sources.reachable", snapshot->reachable);
	status_text_add(out, " of ");
	add_number(out, "status.sources.configured", snapshot->source_count);
	status_text_add(out, " answer, ");
	add_number(out, "status.sources.selectable", snapshot->selectable);
	status_text_add(out, " agree, ");
	add_number(out, "status.sources.required", snapshot->clock.required);
	status_text_add(out,
		" must agree. Offset: positive, the source is ahead of us; the thin line is "
		"its jitter.");
}

static void fill_scale(struct evbuffer *out, const struct status_view *view)
{
	double scale = status_tables_scale(view);
	char text[PRINT_VALUE_MAX];

	if (scale > 0)
		evbuffer_add_printf(out, "&#177;%s", print_seconds(text, scale));
}

static void fill_sources(struct evbuffer *out, const struct status_view *view)
{
	status_tables_sources(out, view);
}

static void fill_counted(struct evbuffer *out, const struct status_view *view)
{
	char text[PRINT_VALUE_MAX];

	status_text_add(out, "All engines, counted for ");
	status_text_value(out, (struct status_value){"stats.counted_s", "duration"},
		print_duration(text, view->snapshot->counted_s));
}

static void fill_verdicts(struct evbuffer *out, const struct status_view *view)
{
	status_tables_verdicts(out, view);
}

static void fill_requests(struct evbuffer *out, const struct status_view *view)
{
	status_tables_requests(out, view);
}

static void fill_limit(struct evbuffer *out, const struct status_view *view)
{
	const struct config_ratelimit *limit = &view->snapshot->parts.config->ratelimit;
	char text[PRINT_VALUE_MAX];

	if (!view->limits) {
		status_text_add(out, "<div><dt>The limit</dt><dd>Nobody is limited</dd></div>\n");
		return;
	}
	evbuffer_add_printf(out, "<div><dt>The limit</dt><dd>one in %s, %d at once</dd></div>\n",
		print_seconds(text, ldexp(1, limit->interval)), limit->burst);
	add_rate(out, "Over it, a second", view, HISTORY_limited);
}

/* A count of clients over both families. */
static void add_clients(
	struct evbuffer *out, const char *term, const char *path, const uint64_t *families)
{
	char text[PRINT_VALUE_MAX] = "-";

	if (families)
		print_count(text, families[FRAME_IPV4] + families[FRAME_IPV6]);
	add_fact(out, term, (struct status_value){path, "count"}, text);
}

static void fill_clients(struct evbuffer *out, const struct status_view *view)
{
	const struct census_result *census = view->census;
	char text[PRINT_VALUE_MAX] = "-";

	add_clients(
		out, "Asked in the last minute", "clients.minute", census ? census->minute : NULL);
	add_clients(out, "In the last hour", "clients.hour", census ? census->hour : NULL);
	add_clients(out, "In the table", "clients.known", census ? census->clients : NULL);
	if (census)
		print_count(text, census->capacity);
	add_fact(out, "It has room for", (struct status_value){"clients.capacity", "count"}, text);
}

static void fill_interfaces(struct evbuffer *out, const struct status_view *view)
{
	status_tables_interfaces(out, view);
}

static void add_course(struct evbuffer *out, const struct score_course *course)
{
	const struct score_check *check = score_board_get(course, course->count - 1);
	char text[PRINT_VALUE_MAX];

	evbuffer_add_printf(out,
		"<h3>%s</h3>\n<p>%.1f, after a step of %+.1f (%s) at %s; %zu checks</p>\n",
		course->address, check->score, check->step, check->row,
		print_utc(text, (double)check->time_s), course->count);
	status_chart_scores(out, course);
}

static void fill_scores(struct evbuffer *out, const struct status_view *view)
{
	const struct score_board *scores = view->snapshot->parts.scores;
	int shown = 0;

	for (int i = 0; i < SCORE_BOARD_ADDRESSES; i++) {
		if (scores->course[i].count == 0)
			continue;
		add_course(out, &scores->course[i]);
		shown++;
	}
	if (shown)
		status_text_add(out, "<p class=\"soft\">As its monitor would judge; from 10 on the "
				     "pool gives the address to clients.</p>\n");
	else
		status_text_add(out,
			"<p>Not checked since the daemon started. As root: <code>ntpxdp "
			"poolcheck localhost</code>, or for a public address that "
			"another device translates <code>ntpxdp poolcheck --record "
			"NAME</code></p>\n");
}

static void fill_version(struct evbuffer *out, const struct status_view *view)
{
	(void)view;
	status_text_add(out, NTPXDP_VERSION);
}

static void fill_uptime(struct evbuffer *out, const struct status_view *view)
{
	char text[PRINT_VALUE_MAX];

	status_text_value(out, (struct status_value){"status.uptime_s", "duration"},
		print_duration(text, view->snapshot->uptime_s));
}

static void fill_made(struct evbuffer *out, const struct status_view *view)
{
	char text[PRINT_VALUE_MAX];

	status_text_add(out, print_utc(text, view->time_s));
}

static const struct {
	const char *text; /* before the place */
	void (*fill)(struct evbuffer *out, const struct status_view *view);
} pieces[] = {
#define PIECE(name, text) {text, fill_##name},
	STATUS_PAGE_PIECES(PIECE)
#undef PIECE
};

int status_page_write(struct evbuffer *out, const struct status_view *view)
{
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		status_text_add(out, pieces[i].text);
		pieces[i].fill(out, view);
	}
	return evbuffer_add(out, STATUS_PAGE_REST, strlen(STATUS_PAGE_REST)) ? -ENOMEM : 0;
}
