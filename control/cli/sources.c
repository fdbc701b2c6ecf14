// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `ntpxdp sources` (as `ntpq -p`) and `ntpxdp tracking` (as `chronyc tracking`): where the
 * daemon's time comes from. Both only print what the daemon answers.
 */
#include "control/cli/answer.h"
#include "control/cli/commands.h"
#include "control/cli/rows.h"
#include "control/cli/session.h"
#include "control/print.h"

#include <math.h>
#include <string.h>

static int print_sources(struct json_object *answer, const struct options *options)
{
	struct json_object *list = answer_list(answer, "sources");
	size_t count = list ? json_object_array_length(list) : 0;
	char line[PRINT_SOURCE_MAX];
	const struct rows_layout layout = {.slack = rows_slack(session_columns()),
		.numeric = options->numeric,
		.wide = options->wide};

	if (list == NULL)
		return session_error("the daemon's answer has no list of sources; is it of another "
				     "version?");
	if (count == 0) {
		puts("No sources: the settings file has no server, pool or mirror line.");
		return EXIT_GOOD;
	}
	puts(print_source_head(line, layout.slack));
	puts(print_source_rule(line, layout.slack));
	for (size_t i = 0; i < count; i++)
		puts(rows_source(line, list, i, &layout));
	return EXIT_GOOD;
}

/* chronyc's "Leap status". */
static const char *leap_status(struct json_object *answer)
{
	static const char *const texts[] = {
		"Normal", "Insert second", "Delete second", "Not synchronised"};
	double leap = answer_number(answer, "leap");

	if (!answer_flag(answer, "synchronised") || !(leap >= 0 && leap < 3))
		return texts[3];
	return texts[(int)leap];
}

/* The lines of chronyc that are one number with its unit. */
static const struct tracking_row {
	const char *label;
	const char *key;
	int digits;
	bool sign; /* always with a sign; else it is a size, or fast and slow tell */
	const char *unit;
	const char *slow, *fast; /* for values below zero and others, or NULL */
} tracking_rows[] = {
	{"System time", "system_offset_s", 9, false, "seconds", " slow of NTP time",
		" fast of NTP time"},
	{"Last offset", "last_offset_s", 9, true, "seconds", NULL, NULL},
	{"RMS offset", "rms_offset_s", 9, false, "seconds", NULL, NULL},
	{"Frequency", "frequency_ppm", 3, false, "ppm", " slow", " fast"},
	{"Residual freq", "residual_frequency_ppm", 3, true, "ppm", NULL, NULL},
	{"Skew", "skew_ppm", 3, false, "ppm", NULL, NULL},
	{"Root delay", "root_delay_s", 9, false, "seconds", NULL, NULL},
	{"Root dispersion", "root_dispersion_s", 9, false, "seconds", NULL, NULL},
	{"Update interval", "update_interval_s", 1, false, "seconds", NULL, NULL},
};

static void print_tracking_row(const struct tracking_row *row, double value)
{
	const char *after = "";

	printf("%-16s: ", row->label);
	if (isnan(value)) {
		puts("-");
		return;
	}
	if (row->slow != NULL) {
		after = value < 0 ? row->slow : row->fast;
		value = fabs(value);
	}
	if (row->sign)
		printf("%+.*f %s%s\n", row->digits, value, row->unit, after);
	else
		printf("%.*f %s%s\n", row->digits, value, row->unit, after);
}

static int print_tracking(struct json_object *answer, const struct options *options)
{
	char value[PRINT_VALUE_MAX], text[200];

	(void)options;
	printf("%-16s: %s (%s)\n", "Reference ID",
		print_safe(value, sizeof(value), answer_text(answer, "reference_id")),
		print_safe(text, sizeof(text), answer_text(answer, "reference_name")));
	printf("%-16s: %llu\n", "Stratum", (unsigned long long)answer_count(answer, "stratum"));
	printf("%-16s: %s\n", "Ref time (UTC)",
		print_asctime(value, answer_number(answer, "reference_time_s")));
	for (size_t i = 0; i < sizeof(tracking_rows) / sizeof(tracking_rows[0]); i++)
		print_tracking_row(&tracking_rows[i], answer_number(answer, tracking_rows[i].key));
	printf("%-16s: %s\n", "Leap status", leap_status(answer));
	/* Not in chronyc: why there is no time. */
	if (!answer_flag(answer, "synchronised"))
		printf("%-16s: %s\n", "Reason",
			print_safe(text, sizeof(text), answer_text(answer, "reason")));
	return EXIT_GOOD;
}

static int ask_and_print(const struct options *options, enum control_command command,
	int (*print)(struct json_object *answer, const struct options *options))
{
	struct json_object *answer;
	struct session session;
	int status = session_open(&session, options);

	if (status != EXIT_GOOD)
		return status;
	status = session_ask(&session, &(struct control_request){.command = command}, &answer);
	session_close(&session);
	if (status != EXIT_GOOD)
		return status;
	if (options->json)
		return session_print_json(answer);
	status = print(answer, options);
	json_object_put(answer);
	return status;
}

int command_sources(const struct options *options)
{
	return ask_and_print(options, CONTROL_COMMAND_SOURCES, print_sources);
}

int command_tracking(const struct options *options)
{
	return ask_and_print(options, CONTROL_COMMAND_TRACKING, print_tracking);
}
