// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `ntpxdp stats`: what became of the requests: numbers, shares and rates by outcome, version,
 * family and verdict. Asks the daemon, or reads the pins where none answers (pins.h), and prints
 * the same either way.
 */
#include "control/cli/answer.h"
#include "control/cli/commands.h"
#include "control/cli/pins.h"
#include "control/cli/rates.h"
#include "control/print.h"

#include "dataplane/core/verdict.h"

#include <math.h>
#include <string.h>

#define TEXT 200

/* Columns of the verdict table before its last one, which is wrapped. */
#define VERDICT_INDENT 47

/* Two answers, or one twice; and the time that the columns of rates are about. */
struct readings {
	struct json_object *first, *last;
	double counted_s;  /* since the counters began; NAN: not known */
	double interval_s; /* between the answers; NAN: there is one */
};

/* What a verdict means; "" for one that this version does not know. */
static const char *verdict_text(const char *name)
{
	static const struct {
		const char *name, *text;
	} verdicts[] = {
#define ROW(action, reason, name, text) {name, text},
		VERDICT_LIST(ROW)
#undef ROW
	};

	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
		if (strcmp(verdicts[i].name, name) == 0)
			return verdicts[i].text;
	}
	return "";
}

/* A part of an answer, or of its engines. */
static struct json_object *find_part(struct json_object *answer, const char *part)
{
	struct json_object *found = answer_object(answer, part);

	return found != NULL ? found : answer_object(answer_object(answer, "engines"), part);
}

/* A row of the upper table: the number under a key of a part of the answers (NULL: of the whole).
 */
static void print_row(
	const struct readings *readings, const char *label, const char *part, const char *key)
{
	struct json_object *first = readings->first, *last = readings->last;
	char number[PRINT_VALUE_MAX], share[PRINT_VALUE_MAX], rate[PRINT_VALUE_MAX];
	uint64_t total = answer_count(last, "requests"), from, to;

	if (part != NULL) {
		first = find_part(first, part);
		last = find_part(last, part);
	}
	from = answer_count(first, key);
	to = answer_count(last, key);
	printf("%-20s %14s %9s", label, print_count(number, to), print_share(share, to, total));
	printf(" %14s", print_rate(rate, (double)to / readings->counted_s));
	if (!isnan(readings->interval_s))
		printf(" %14s",
			print_rate(rate,
				to < from ? NAN : (double)(to - from) / readings->interval_s));
	putchar('\n');
}

/* Whom they came to. */
static void print_engines(const struct readings *readings)
{
	static const struct {
		const char *name, *label;
	} engines[] = {{"xdp", "to XDP"}, {"socket", "to the socket"}, {"dpdk", "to DPDK"}};
	for (size_t i = 0; i < sizeof(engines) / sizeof(engines[0]); i++)
		if (answer_count(find_part(readings->last, engines[i].name), "requests") != 0)
			print_row(readings, engines[i].label, engines[i].name, "requests");
}

static void print_requests(const struct readings *readings)
{
	char average[PRINT_VALUE_MAX], last[PRINT_VALUE_MAX];

	printf("%-20s %14s %9s %14s", "requests", "number", "share", "average/s");
	if (!isnan(readings->interval_s))
		printf(" %14s", "now/s");
	putchar('\n');
	print_row(readings, "answered", NULL, "served");
	print_row(readings, "told to slow down", NULL, "kisses");
	print_row(readings, "over the limit", "verdicts", "drop_limited");
	print_row(readings, "refused by a rule", "verdicts", "drop_denied");
	for (char version[] = "1"; version[0] <= '4'; version[0]++) {
		char label[] = "version 1";

		label[sizeof(label) - 2] = version[0];
		print_row(readings, label, "versions", version);
	}
	print_row(readings, "over IPv4", "families", "ipv4");
	print_row(readings, "over IPv6", "families", "ipv6");
	print_engines(readings);
	print_row(readings, "all", NULL, "requests");
	if (!isnan(readings->counted_s))
		printf("\nCounted for %s", print_duration(average, readings->counted_s));
	if (!isnan(readings->interval_s))
		printf("%s %s", isnan(readings->counted_s) ? "\nNow:" : "; now:",
			print_seconds(last, readings->interval_s));
	puts(isnan(readings->counted_s) && isnan(readings->interval_s) ? "" : ".\n");
}

static void print_verdicts(struct json_object *verdicts, bool all)
{
	char number[PRINT_VALUE_MAX], share[PRINT_VALUE_MAX];
	uint64_t total = 0;

	json_object_object_foreach(verdicts, name, value)
	{
		(void)name;
		total += json_object_get_uint64(value);
	}
	printf("%-20s %14s %9s  %s\n", "verdict", "frames", "share", "meaning");
	json_object_object_foreach(verdicts, key, count)
	{
		uint64_t frames = json_object_get_uint64(count);
		char safe[TEXT];

		if (frames == 0 && !all && strcmp(key, "served") != 0)
			continue;
		printf("%-20s %14s %9s", print_safe(safe, sizeof(safe), key),
			print_count(number, frames), print_share(share, frames, total));
		if (verdict_text(key)[0] != '\0')
			fputs("  ", stdout);
		print_wrapped(stdout, verdict_text(key), VERDICT_INDENT, session_columns());
	}
}

/* --json: the last answer and its rates. */
static int print_json(const struct readings *readings)
{
	struct rates_reading first = rates_read(readings->first), last = rates_read(readings->last);
	struct json_object *object = json_object_get(readings->last);
	struct rates rates = rates_average(&last, readings->counted_s);

	rates_add(object, "average", &rates);
	if (!isnan(readings->interval_s)) {
		rates = rates_between(&first, &last);
		rates_add(object, "now", &rates);
	}
	return session_print_json(object);
}

static int read_twice(const struct session *session, struct readings *readings)
{
	const struct options *options = session->options;
	int status = pins_ask(session, CONTROL_COMMAND_STATS, &readings->first);

	if (status != EXIT_GOOD)
		return status;
	if (isnan(options->rate_interval_s)) {
		readings->last = json_object_get(readings->first);
	} else {
		session_pause(options->rate_interval_s);
		status = pins_ask(session, CONTROL_COMMAND_STATS, &readings->last);
	}
	if (status != EXIT_GOOD) {
		json_object_put(readings->first);
		return status;
	}
	readings->counted_s = answer_number(readings->last, "counted_s");
	readings->interval_s = NAN;
	if (!isnan(options->rate_interval_s))
		readings->interval_s = answer_number(readings->last, "read_s") -
				       answer_number(readings->first, "read_s");
	return EXIT_GOOD;
}

int command_stats(const struct options *options)
{
	struct readings readings;
	struct session session;
	int status = session_open(&session, options);

	if (status != EXIT_GOOD)
		return status;
	status = read_twice(&session, &readings);
	session_close(&session);
	if (status != EXIT_GOOD)
		return status;
	if (options->json) {
		status = print_json(&readings);
	} else {
		print_requests(&readings);
		if (answer_object(readings.last, "verdicts") != NULL)
			print_verdicts(answer_object(readings.last, "verdicts"), options->all);
	}
	json_object_put(readings.first);
	json_object_put(readings.last);
	return status;
}
