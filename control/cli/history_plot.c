// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A picture of the history; history_plot.h is the manual. gnuplot reads its script, the numbers in
 * it, from a pipe: no file is left anywhere but the picture.
 */
#include "control/cli/history_plot.h"

#include "control/cli/session.h"
#include "control/print.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static bool ends_in(const char *path, const char *end)
{
	size_t length = strlen(path);

	return length > strlen(end) && strcmp(path + length - strlen(end), end) == 0;
}

const char *history_plot_refuse(const char *path)
{
	for (const char *byte = path; *byte; byte++)
		if ((unsigned char)*byte < ' ')
			return "a control character in the name";
	return ends_in(path, ".png") || ends_in(path, ".svg") ? NULL
							      : "it must end in .png or .svg";
}

/* In gnuplot's single quotes nothing is special but they themselves. */
static void print_quoted(const char *text, FILE *out)
{
	fputc('\'', out);
	for (; *text; text++)
		fprintf(out, *text == '\'' ? "''" : "%c", *text);
	fputc('\'', out);
}

void history_plot_script(const struct history_table *table, const char *path, FILE *out)
{
	static const char *const colours[HISTORY_COLUMNS] = {
		[HISTORY_COLUMN_answered] = "#2166ac",
		[HISTORY_COLUMN_limited] = "#d95f02",
		[HISTORY_COLUMN_dropped] = "#762a83",
	};
	char whole[PRINT_VALUE_MAX];
	double span_s = (double)table->count * table->step_s;

	fprintf(out, "set terminal %s size 1200,600\nset output ",
		ends_in(path, ".svg") ? "svg" : "png");
	print_quoted(path, out);
	fprintf(out,
		"\nset title 'NTP requests a second, the last %s'\n"
		"set xdata time\nset timefmt '%%s'\nset format x '%s'\nset xlabel 'UTC'\n"
		"set yrange [0:*]\nset format y '%%.0s %%c'\nset grid\nset key outside top right "
		"horizontal\nset datafile missing 'NaN'\n$rates << END\n",
		print_duration(whole, span_s),
		span_s > 172800 ? "%m-%d"
		: span_s > 600  ? "%H:%M"
				: "%H:%M:%S");
	for (size_t i = 0; i < table->count; i++) {
		fprintf(out, "%.0f", table->row[i].time_s);
		for (int column = 0; column < HISTORY_COLUMNS; column++) {
			double rate =
				history_rows_rate(&table->row[i], (enum history_column)column);

			if (isnan(rate))
				fputs(" NaN", out);
			else
				fprintf(out, " %.10g", rate);
		}
		fputc('\n', out);
	}
	fputs("END\nplot $rates using 1:2 with filledcurves y1=0 lc rgb '#c6dbef' title "
	      "'requests'",
		out);
	for (int column = HISTORY_COLUMN_answered; column < HISTORY_COLUMN_passed; column++)
		fprintf(out, ", $rates using 1:%d with lines lw 1.5 lc rgb '%s' title '%s'",
			column + 2, colours[column],
			history_rows_name((enum history_column)column));
	fputc('\n', out);
}

/* gnuplot with its standard input from a pipe. 0 or an errno. */
static int start(pid_t *ret_pid, FILE **ret_input)
{
	char *const argv[] = {(char[]){"gnuplot"}, NULL};
	posix_spawn_file_actions_t actions;
	int ends[2], err;

	if (pipe(ends) < 0)
		return errno;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO);
	posix_spawn_file_actions_addclose(&actions, ends[0]);
	posix_spawn_file_actions_addclose(&actions, ends[1]);
	err = posix_spawnp(ret_pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[0]);
	*ret_input = err ? NULL : fdopen(ends[1], "w");
	if (!*ret_input)
		close(ends[1]);
	return err;
}

int history_plot(const struct history_table *table, const char *path)
{
	FILE *file = fopen(path, "ab"), *input = NULL;
	int err, status = -1;
	pid_t pid = -1;

	if (!file)
		return session_error("cannot write %s: %s", path, strerror(errno));
	fclose(file);
	signal(SIGPIPE, SIG_IGN);
	err = start(&pid, &input);
	if (err == ENOENT)
		return session_error("--plot: there is no gnuplot; install the package "
				     "gnuplot-nox, or use --csv");
	if (err)
		return session_error("--plot: cannot start gnuplot: %s", strerror(err));
	if (input) {
		history_plot_script(table, path, input);
		fclose(input);
	}
	waitpid(pid, &status, 0);
	if (status != 0)
		return session_error("--plot: gnuplot could not draw %s; it says why above", path);
	return EXIT_GOOD;
}
