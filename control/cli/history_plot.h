/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * history_plot: rows of the history as a picture, drawn by gnuplot, which need not be installed.
 * For `ntpxdp history --plot`; complains to standard error.
 */
#ifndef CONTROL_CLI_HISTORY_PLOT_H
#define CONTROL_CLI_HISTORY_PLOT_H

#include "control/cli/history_rows.h"

/* NULL, or why a picture cannot have this name: what it ends in says what it is. */
const char *history_plot_refuse(const char *path);

/* Writes the file. Exit status. */
int history_plot(const struct history_table *table, const char *path);

/* What gnuplot is told, for the file at path. */
void history_plot_script(const struct history_table *table, const char *path, FILE *out);

#endif
