/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rows: sources and clients of the daemon's answers as rows of tables, for the listings and for
 * `ntpxdp top`, so that both show the same. Pure.
 */
#ifndef CONTROL_CLI_ROWS_H
#define CONTROL_CLI_ROWS_H

#include "control/print.h"

#include <stdbool.h>

struct json_object;

/* The most columns of a row of clients, whatever the clients are. */
#define ROWS_CLIENT_WIDTH 79
#define ROWS_CLIENT_MAX   200

/* How a row of sources is to look. */
struct rows_layout {
	int slack;    /* columns beyond 80 that names get (print.h) */
	bool numeric; /* addresses instead of names */
	bool wide;    /* long names on a line of their own */
};

/* For a terminal of so many columns. */
int rows_slack(int columns);

/* Row `index` of "sources", as `ntpq -p` has it. Of sources with one name addresses are shown. */
const char *rows_source(char out[PRINT_SOURCE_MAX], struct json_object *list, size_t index,
	const struct rows_layout *layout);

/* Head and row `index` of the answer to "clients". */
const char *rows_client_head(char out[ROWS_CLIENT_MAX]);
const char *rows_client(char out[ROWS_CLIENT_MAX], struct json_object *answer, size_t index);

#endif
