// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The pictures of the status page; status_chart.h is the manual. A picture is 100 high, a point is
 * 1 wide, and it is stretched to its place.
 */
#include "control/status_chart.h"

#include "control/print.h"
#include "control/status_text.h"

#include <event2/buffer.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

/* Points of a row of the table: five minutes. */
#define NUMBERS_POINTS 30

/* The scale of the scores. The lowest of all is -100; below -10 it makes no difference. */
#define SCORE_TOP    20.0
#define SCORE_BOTTOM (-10.0)

double status_chart_nice(double highest)
{
	static const double steps[] = {1, 2, 5};
	double top = 1;

	for (int i = 0; top < highest; i++) {
		int zeros = i / 3;

		top = steps[i % 3] * pow(10, zeros);
	}
	return top;
}

/* Steps from point to point; a gap where nothing is known. Closed: down to the base, for an area.
 */
static void add_steps(
	struct evbuffer *out, const struct status_view *view, enum history_field field, double top)
{
	bool closed = field == HISTORY_requests, open = false;

	for (int i = 0; i < STATUS_VIEW_POINTS; i++) {
		double value = view->point[i].rate[field], y = 100 - value / top * 100;

		if (isnan(value)) {
			status_text_add(out, open && closed ? "V100Z" : "");
			open = false;
			continue;
		}
		if (open)
			evbuffer_add_printf(out, "V%.1fH%d", y, i + 1);
		else if (closed)
			evbuffer_add_printf(out, "M%d,100V%.1fH%d", i, y, i + 1);
		else
			evbuffer_add_printf(out, "M%d,%.1fH%d", i, y, i + 1);
		open = true;
	}
	status_text_add(out, open && closed ? "V100Z" : "");
}

static void add_path(
	struct evbuffer *out, const struct status_view *view, enum history_field field, double top)
{
	static const char *const ids[HISTORY_FIELD_COUNT] = {
		[HISTORY_requests] = "area",
		[HISTORY_answered] = "answered",
		[HISTORY_limited] = "limited",
	};

	evbuffer_add_printf(out, "<path id=\"%s\" class=\"%s\" d=\"", ids[field], ids[field]);
	add_steps(out, view, field, top);
	status_text_add(out, "\"/>\n");
}

static void add_poor(struct evbuffer *out, const struct status_view *view)
{
	status_text_add(out, "<path id=\"poor\" class=\"poor\" d=\"");
	for (int i = 0; i < STATUS_VIEW_POINTS; i++)
		if (view->point[i].good < 1)
			evbuffer_add_printf(out, "M%d,0h1v100h-1Z", i);
	status_text_add(out, "\"/>\n");
}

/* Of the scale: 50000 as 50k. */
static void add_label(struct evbuffer *out, const char *id, double value)
{
	double unit = value >= 1e6 ? 1e6 : value >= 1e3 ? 1e3 : 1;

	evbuffer_add_printf(out, "<span class=\"%s\" id=\"%s\">%g%s</span>\n", id, id, value / unit,
		unit > 1e3 ? "M"
		: unit > 1 ? "k"
			   : "");
}

void status_chart_hour(struct evbuffer *out, const struct status_view *view)
{
	char now[PRINT_VALUE_MAX], most[PRINT_VALUE_MAX];
	double highest = 0, top;

	for (int i = 0; i < STATUS_VIEW_POINTS; i++)
		highest = fmax(highest, view->point[i].rate[HISTORY_requests]);
	top = status_chart_nice(highest);
	evbuffer_add_printf(out,
		"<svg viewBox=\"0 0 %d 100\" preserveAspectRatio=\"none\" role=\"img\" "
		"aria-labelledby=\"chart-title\"><title id=\"chart-title\">Requests a second: now "
		"%s, at most %s</title>\n<defs><pattern id=\"hatch\" width=\"3\" height=\"6\" "
		"patternUnits=\"userSpaceOnUse\"><path d=\"M0 6L3 0\"/></pattern></defs>\n"
		"<line x1=\"0\" x2=\"%d\" y1=\"0\" y2=\"0\"/>"
		"<line x1=\"0\" x2=\"%d\" y1=\"50\" y2=\"50\"/>\n",
		STATUS_VIEW_POINTS, print_rate(now, history_rate(&view->second, HISTORY_requests)),
		print_rate(most, highest), STATUS_VIEW_POINTS, STATUS_VIEW_POINTS);
	add_path(out, view, HISTORY_requests, top);
	add_poor(out, view);
	add_path(out, view, HISTORY_answered, top);
	add_path(out, view, HISTORY_limited, top);
	status_text_add(out, "<path id=\"cursor\" class=\"cursor\" d=\"\"/></svg>\n");
	add_label(out, "top", top);
	add_label(out, "middle", top / 2);
}

/* What is known of some points, on average. */
static double average(const struct status_point *points, enum history_field field)
{
	double sum = 0;
	int count = 0;

	for (int i = 0; i < NUMBERS_POINTS; i++) {
		if (isnan(points[i].rate[field]))
			continue;
		sum += points[i].rate[field];
		count++;
	}
	return count ? sum / count : NAN;
}

static void add_clock(struct evbuffer *out, double time_s)
{
	time_t moment = (time_t)floor(time_s);
	struct tm utc;
	char text[16];

	gmtime_r(&moment, &utc);
	strftime(text, sizeof(text), "%H:%M:%S", &utc);
	status_text_add(out, text);
}

void status_chart_numbers(struct evbuffer *out, const struct status_view *view)
{
	char text[PRINT_VALUE_MAX];

	for (int i = 0; i < STATUS_VIEW_POINTS; i += NUMBERS_POINTS) {
		status_text_add(out, "<tr><th scope=\"row\">");
		add_clock(out, view->from_s + i * STATUS_VIEW_STEP_S);
		status_text_add(out, "</th>");
		for (int field = HISTORY_requests; field <= HISTORY_limited; field++)
			evbuffer_add_printf(out, "<td class=\"number\">%s</td>",
				print_rate(
					text, average(&view->point[i], (enum history_field)field)));
		status_text_add(out, "</tr>\n");
	}
}

static double score_y(double score)
{
	return (SCORE_TOP - fmax(score, SCORE_BOTTOM)) / (SCORE_TOP - SCORE_BOTTOM) * 100;
}

void status_chart_scores(struct evbuffer *out, const struct score_course *course)
{
	evbuffer_add_printf(out,
		"<div class=\"trend\"><svg viewBox=\"0 0 %d 100\" preserveAspectRatio=\"none\" "
		"aria-hidden=\"true\"><line x1=\"0\" x2=\"%d\" y1=\"%.2f\" y2=\"%.2f\"/>"
		"<path class=\"course\" d=\"",
		SCORE_BOARD_CHECKS, SCORE_BOARD_CHECKS, score_y(10), score_y(10));
	/* The newest one at the right. */
	evbuffer_add_printf(out, "M%zu,%.1f", SCORE_BOARD_CHECKS - course->count,
		score_y(score_board_get(course, 0)->score));
	for (size_t i = 0; i < course->count; i++)
		evbuffer_add_printf(out, "V%.1fh1", score_y(score_board_get(course, i)->score));
	status_text_add(out, "\"/></svg><span class=\"top\">20</span><span "
			     "class=\"middle\">10</span><span "
			     "class=\"bottom\">-10</span></div>\n");
}
