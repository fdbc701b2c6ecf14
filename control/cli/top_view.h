/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * top_view: what `ntpxdp top` shows, as lines of text with a style each: the daemon's answers laid
 * out for a screen of so many rows and columns. Pure: top.c asks the daemon and owns the answers,
 * top_screen.c puts the lines on a terminal.
 */
#ifndef CONTROL_CLI_TOP_VIEW_H
#define CONTROL_CLI_TOP_VIEW_H

#include "control/cli/rates.h"

struct json_object;

#define TOP_VIEW_ROWS    200
#define TOP_VIEW_COLUMNS 400
#define TOP_VIEW_TEXT    (3 * TOP_VIEW_COLUMNS + 1) /* in UTF-8 */

enum top_style {
	TOP_PLAIN,
	TOP_HEAD, /* of a table */
	TOP_GOOD,
	TOP_BAD,
	TOP_GRAPH,
	TOP_STYLES
};

struct top_line {
	enum top_style style;
	char text[TOP_VIEW_TEXT];
};

/* What is to be shown; texts and objects are the caller's. An object that was never had is NULL. */
struct top_data {
	struct json_object *status, *stats, *sources, *clients;
	const char *trouble;    /* why the daemon does not answer; "" while it does */
	const char *no_clients; /* why there are no clients to see; "" where there are */
	const char *sort;       /* order of the clients */
	struct rates now;
	struct rates_series history; /* of requests a second, interval_s apart */
	double interval_s;
	bool paused, help, utf8;
};

struct top_view {
	int rows, columns; /* of the screen; within the bounds above */
	struct top_line line[TOP_VIEW_ROWS];
};

/* Fills all rows of the view. */
void top_view_draw(struct top_view *view, const struct top_data *data);

#endif
