// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `ntpxdp sources` (as `ntpq -p`) and `ntpxdp tracking` (as `chronyc tracking`): where the
 * daemon's time comes from. Both only print what the daemon answers.
 */
#include "control/cli/answer.h"
#include "control/cli/commands.h"
#include "control/cli/print.h"
#include "control/cli/session.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

/* Does another row have the same name? Then it is a pool's, and only addresses tell them apart. */
static bool name_is_shared(struct json_object *list, size_t index, const char *name)
{
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		if (i != index &&
			strcmp(answer_text(json_object_array_get_idx(list, i), "name"), name) == 0)
			return true;
	}
	return false;
}

static void print_one_source(struct json_object *list, size_t index, const struct options *options)
{
	struct json_object *entry = json_object_array_get_idx(list, index);
	const char *name = answer_text(entry, "name"), *address = answer_text(entry, "address");
	const char *type = answer_text(entry, "type"), *tally = answer_text(entry, "tally");
	int slack = session_columns() - 80;
	char line[PRINT_SOURCE_MAX];
	struct print_source source = {
		.tally = isprint((unsigned char)tally[0]) ? tally[0] : ' ',
		.type = isprint((unsigned char)type[0]) ? type[0] : 'u',
		.name = name,
		.refid = answer_text(entry, "refid"),
		.stratum = (long)answer_count(entry, "stratum"),
		.when_s = answer_number(entry, "when_s"),
		.poll_s = answer_number(entry, "poll_s"),
		.reach = (unsigned)answer_count(entry, "reach"),
		.delay_s = answer_number(entry, "delay_s"),
		.offset_s = answer_number(entry, "offset_s"),
		.jitter_s = answer_number(entry, "jitter_s"),
	};

	/* ntpq has a type of its own only for a pool that has no address yet. */
	if (source.type == 'p' && address[0] != '\0')
		source.type = 'u';
	if (address[0] != '\0' &&
		(options->numeric || name[0] == '\0' || name_is_shared(list, index, name)))
		source.name = address;
	puts(print_source_row(
		line, &source, slack < PRINT_SLACK_MAX ? slack : PRINT_SLACK_MAX, options->wide));
}

static int print_sources(struct json_object *answer, const struct options *options)
{
	struct json_object *list = answer_list(answer, "sources");
	size_t count = list ? json_object_array_length(list) : 0;
	char line[PRINT_SOURCE_MAX];
	int slack = session_columns() - 80;

	if (list == NULL)
		return session_error("the daemon's answer has no list of sources; is it of another "
				     "version?");
	if (count == 0) {
		puts("No sources: the settings file has no server, pool or mirror line.");
		return EXIT_GOOD;
	}
	if (slack > PRINT_SLACK_MAX)
		slack = PRINT_SLACK_MAX;
	puts(print_source_head(line, slack));
	puts(print_source_rule(line, slack));
	for (size_t i = 0; i < count; i++)
		print_one_source(list, i, options);
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
