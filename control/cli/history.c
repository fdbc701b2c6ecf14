// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `ntpxdp history`: the rates of the last hour or week, as the daemon has kept them: a table, CSV,
 * JSON, or a picture. The daemon answers a bounded number of slots at once and is asked again.
 */
#include "control/cli/answer.h"
#include "control/cli/commands.h"
#include "control/cli/history_plot.h"
#include "control/cli/session.h"

#include "control/json_add.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Seconds are kept for an hour, minutes for longer. */
#define SECONDS_MAX_S 3600.0

/* One answer: its rows, and where to go on (*from; 0: that was all). Exit status. */
static int ask_once(const struct session *session, struct json_object *arguments,
	struct history_table *table, uint64_t *ret_next)
{
	const struct control_request request = {
		.command = CONTROL_COMMAND_HISTORY, .arguments = arguments};
	struct json_object *answer;
	int status = session_ask(session, &request, &answer), err;

	if (status != EXIT_GOOD)
		return status;
	err = history_rows_take(table, answer);
	*ret_next = answer_count(answer, "next");
	json_object_put(answer);
	if (err)
		return session_error("cannot read the daemon's history: %s",
			err == -EBADMSG ? "its answer is that of another version" : strerror(-err));
	return EXIT_GOOD;
}

static int ask_all(const struct session *session, uint64_t step_s, struct history_table *table)
{
	double since_s = session->options->since_s;
	uint64_t next = 0;
	int status;

	table->count = 0;
	do {
		struct json_object *arguments = json_object_new_object();

		json_add_count(arguments, "step_s", step_s);
		if (next)
			json_add_count(arguments, "from", next);
		else
			json_add_count(arguments, "back", (uint64_t)ceil(since_s / (double)step_s));
		status = ask_once(session, arguments, table, &next);
		json_object_put(arguments);
	} while (status == EXIT_GOOD && next);
	return status;
}

/* Minutes where seconds do not reach; seconds as long as they are all there is. */
static int ask_best(const struct session *session, struct history_table *table)
{
	int status = EXIT_GOOD;

	if (session->options->since_s > SECONDS_MAX_S)
		status = ask_all(session, 60, table);
	if (status == EXIT_GOOD && (double)table->count * 60 < SECONDS_MAX_S)
		status = ask_all(session, 1, table);
	return status;
}

static int show(const struct options *options, const struct history_table *table)
{
	if (options->json)
		return session_print_json(history_rows_object(table));
	if (options->csv) {
		history_rows_csv(table, stdout);
		return EXIT_GOOD;
	}
	if (options->plot && table->count == 0)
		return session_error("--plot: there is no history yet, the daemon has just "
				     "started; try again in a second");
	if (options->plot)
		return history_plot(table, options->plot);
	if (table->count == 0) {
		puts("No history yet: the daemon has just started.");
		return EXIT_GOOD;
	}
	setlocale(LC_CTYPE, "");
	history_rows_print(table, strcmp(nl_langinfo(CODESET), "UTF-8") == 0, stdout);
	return EXIT_GOOD;
}

/* Usage that one row of a table cannot judge. */
static int check(const struct options *options)
{
	const char *refusal = options->plot ? history_plot_refuse(options->plot) : NULL;

	if (options->csv + options->json + (options->plot != NULL) > 1)
		session_error("history: one of --csv, --json and --plot at a time");
	else if (refusal)
		session_error("history: --plot %s: %s", options->plot, refusal);
	else
		return EXIT_GOOD;
	return EXIT_USAGE;
}

int command_history(const struct options *options)
{
	struct history_table table = {.count = 0};
	struct session session;
	int status = check(options);

	if (status == EXIT_GOOD)
		status = session_open(&session, options);
	if (status != EXIT_GOOD)
		return status;
	status = ask_best(&session, &table);
	session_close(&session);
	if (status == EXIT_GOOD)
		status = show(options, &table);
	free(table.row);
	return status;
}
