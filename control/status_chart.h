/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pictures of the status page, as SVG that stands in it: the last hour of the requests, and the
 * course of the score in the pool. Shapes only; their labels are HTML, which does not stretch with
 * them. The page's script draws the first one anew in the same way. Pure.
 */
#ifndef CONTROL_STATUS_CHART_H
#define CONTROL_STATUS_CHART_H

#include "control/status_view.h"

struct evbuffer;

/* The hour, with the labels of its scale. */
void status_chart_hour(struct evbuffer *out, const struct status_view *view);

/* Rows of a table that says the same in numbers. */
void status_chart_numbers(struct evbuffer *out, const struct status_view *view);

/* One address' scores. */
void status_chart_scores(struct evbuffer *out, const struct score_course *course);

/* The end of a scale from 0 for values up to this: 1, 2 or 5 and zeros. */
double status_chart_nice(double highest);

#endif
