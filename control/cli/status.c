// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `ntpxdp status`: is the time good, what is served, and where. Asks the daemon, or reads the pins
 * where none answers (pins.h), and prints the same either way.
 */
#include "control/cli/answer.h"
#include "control/cli/commands.h"
#include "control/cli/pins.h"
#include "control/print.h"

#include <math.h>
#include <string.h>

#define LABEL "%-12s"
#define TEXT  200

static void status_time(struct json_object *answer)
{
	char value[PRINT_VALUE_MAX], text[TEXT];
	double leap = answer_number(answer, "leap");

	if (!answer_flag(answer, "synchronised")) {
		printf(LABEL "not good: %s\n", "Time",
			print_safe(text, sizeof(text), answer_text(answer, "reason")));
		return;
	}
	printf(LABEL "good, within %s; stratum %llu; leap: %s\n", "Time",
		print_seconds(value, answer_number(answer, "error_bound_s")),
		(unsigned long long)answer_count(answer, "stratum"),
		print_leap(leap >= 0 && leap < 4 ? (unsigned)leap : 3));
}

static void status_daemon(struct json_object *answer)
{
	char value[PRINT_VALUE_MAX], version[TEXT], clock[TEXT];

	if (answer_count(answer, "pid") == 0) {
		printf(LABEL "none answers; this is what the pins say\n", "Daemon");
		return;
	}
	printf(LABEL "ntpxdpd %s, process %llu, up %s; clock %s\n", "Daemon",
		print_safe(version, sizeof(version), answer_text(answer, "version")),
		(unsigned long long)answer_count(answer, "pid"),
		print_duration(value, answer_number(answer, "uptime_s")),
		print_safe(clock, sizeof(clock), answer_text(answer, "clock")));
}

static void status_page(struct json_object *page)
{
	char age[PRINT_VALUE_MAX], left[PRINT_VALUE_MAX], updates[PRINT_VALUE_MAX], state[TEXT];
	double expires_in_s = answer_number(page, "expires_in_s");

	if (page == NULL)
		return;
	printf(LABEL "%s", "Page", print_safe(state, sizeof(state), answer_text(page, "state")));
	if (!isnan(answer_number(page, "age_s")))
		printf(", %s old, %s updates", print_seconds(age, answer_number(page, "age_s")),
			print_count(updates, answer_count(page, "updates")));
	if (expires_in_s > 0)
		printf(", served %s without more", print_duration(left, expires_in_s));
	putchar('\n');
}

static void status_sources(struct json_object *sources)
{
	char name[TEXT];

	if (sources == NULL)
		return;
	if (answer_count(sources, "configured") == 0) {
		printf(LABEL "none in the settings\n", "Sources");
		return;
	}
	printf(LABEL "%llu, of which %llu answer and %llu agree (%llu needed)", "Sources",
		(unsigned long long)answer_count(sources, "configured"),
		(unsigned long long)answer_count(sources, "reachable"),
		(unsigned long long)answer_count(sources, "selectable"),
		(unsigned long long)answer_count(sources, "required"));
	if (answer_text(sources, "selected")[0] != '\0')
		printf("\n" LABEL "%s selected", "",
			print_safe(name, sizeof(name), answer_text(sources, "selected")));
	putchar('\n');
}

/* Whose stamps the exchanges with sources have, and what was asked of cards. */
static void status_stamps(struct json_object *stamps)
{
	static const char *const kinds[] = {"hardware", "kernel", "clock"};
	struct json_object *sources = answer_object(stamps, "sources");
	struct json_object *cards = answer_list(stamps, "cards");
	bool any = false;

	if (stamps == NULL)
		return;
	printf(LABEL, "Stamps");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		uint64_t count = answer_count(sources, kinds[i]);

		if (count != 0)
			printf("%s%s for %llu %s", any ? ", " : "", kinds[i],
				(unsigned long long)count, count == 1 ? "source" : "sources");
		any = any || count != 0;
	}
	puts(any ? "" : "no exchange with a source yet");
	for (size_t i = 0; cards != NULL && i < json_object_array_length(cards); i++) {
		struct json_object *card = json_object_array_get_idx(cards, i);
		char name[TEXT], detail[TEXT], error[PRINT_VALUE_MAX];

		print_safe(name, sizeof(name), answer_text(card, "name"));
		print_safe(detail, sizeof(detail), answer_text(card, "detail"));
		printf(LABEL "hwtimestamp %s: %s", "", name, detail);
		if (answer_flag(card, "related"))
			printf("%sclock known within %s", detail[0] != '\0' ? "; " : "",
				print_seconds(error, answer_number(card, "error_s")));
		else if (detail[0] == '\0')
			printf("clock not known yet");
		putchar('\n');
	}
}

static void status_port(struct json_object *port)
{
	char state[TEXT], detail[TEXT];

	if (port == NULL)
		return;
	print_safe(state, sizeof(state), answer_text(port, "state"));
	print_safe(detail, sizeof(detail), answer_text(port, "detail"));
	printf(LABEL "%llu: %s%s%s", "Port", (unsigned long long)answer_count(port, "number"),
		state, detail[0] != '\0' ? ", " : "", detail);
	if (answer_count(port, "workers") > 0)
		printf(", %llu worker%s", (unsigned long long)answer_count(port, "workers"),
			answer_count(port, "workers") > 1 ? "s" : "");
	putchar('\n');
}

static void status_interface(struct json_object *entry)
{
	char name[TEXT], mode[TEXT], path[TEXT], detail[TEXT], stamps[TEXT], why[TEXT],
		program[PRINT_VALUE_MAX] = "-";
	bool attached = answer_flag(entry, "attached");

	print_safe(name, sizeof(name), answer_text(entry, "name"));
	print_safe(mode, sizeof(mode), answer_text(entry, "mode"));
	print_safe(path, sizeof(path), answer_text(entry, "reply_path"));
	print_safe(detail, sizeof(detail), answer_text(entry, "detail"));
	if (attached)
		snprintf(program, sizeof(program), "%llu",
			(unsigned long long)answer_count(entry, "program_id"));
	else if (detail[0] == '\0')
		snprintf(detail, sizeof(detail), "not attached");
	print_safe(stamps, sizeof(stamps), answer_text(entry, "receive_stamps"));
	print_safe(why, sizeof(why), answer_text(entry, "receive_stamps_detail"));
	printf("%-16s %-8s %-8s %-8s %8s  %s%s%s%s%s%s\n", name, mode, path, stamps, program,
		attached ? "attached" : "",
		answer_flag(entry, "shared") && attached ? ", shared" : "",
		attached && detail[0] != '\0' ? ": " : "", detail,
		why[0] != '\0' ? "; no card stamps: " : "", why);
}

static bool status_engines_any(struct json_object *answer)
{
	struct json_object *list = answer_list(answer, "engines");

	return list != NULL && json_object_array_length(list) > 0;
}

/* What became of an engine, and how long ago. */
static void status_engine_state(struct json_object *entry, char *text, size_t size)
{
	const char *state = answer_text(entry, "state");
	char since[PRINT_VALUE_MAX];

	if (strcmp(state, "running") == 0)
		snprintf(text, size, "running for %s",
			print_duration(since, answer_number(entry, "uptime_s")));
	else
		snprintf(text, size, "%s, %s ago",
			strcmp(state, "gone") == 0 ? "gone without a word" : "stopped",
			print_duration(since, answer_number(entry, "seen_s")));
}

static void status_engines(struct json_object *answer)
{
	struct json_object *list = answer_list(answer, "engines");

	if (!status_engines_any(answer))
		return;
	printf("\n%-16s %-8s %-12s %6s %-10s  %s\n", "port", "engine", "driver", "queues",
		"host by", "state");
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *entry = json_object_array_get_idx(list, i);
		char port[TEXT], driver[TEXT], kind[TEXT], exception[TEXT], state[TEXT];

		status_engine_state(entry, state, sizeof(state));
		printf("%-16s %-8s %-12s %6llu %-10s  %s\n",
			print_safe(port, sizeof(port), answer_text(entry, "port")),
			print_safe(kind, sizeof(kind), answer_text(entry, "kind")),
			print_safe(driver, sizeof(driver), answer_text(entry, "driver")),
			(unsigned long long)answer_count(entry, "queues"),
			print_safe(exception, sizeof(exception), answer_text(entry, "exception")),
			state);
	}
}

static void status_interfaces(struct json_object *answer)
{
	struct json_object *list = answer_list(answer, "interfaces");
	size_t count = list ? json_object_array_length(list) : 0;

	if (count == 0) {
		puts(status_engines_any(answer) ? "\nNo interface has the XDP program."
						: "\nNo interface is attached; \"ntpxdp attach "
						  "IFACE\" attaches one.");
		return;
	}
	printf("\n%-16s %-8s %-8s %-8s %8s  %s\n", "interface", "mode", "replies", "stamps",
		"program", "state");
	for (size_t i = 0; i < count; i++)
		status_interface(json_object_array_get_idx(list, i));
}

static void print_status(struct json_object *answer)
{
	char served[PRINT_VALUE_MAX], requests[PRINT_VALUE_MAX], pindir[TEXT];

	status_time(answer);
	status_daemon(answer);
	status_sources(answer_object(answer, "sources"));
	status_stamps(answer_object(answer, "stamps"));
	status_page(answer_object(answer, "page"));
	status_port(answer_object(answer, "port"));
	if (answer_text(answer, "pindir")[0] != '\0')
		printf(LABEL "%s\n", "Pins",
			print_safe(pindir, sizeof(pindir), answer_text(answer, "pindir")));
	printf(LABEL "%s of %s requests\n", "Answered",
		print_count(served, answer_count(answer, "served")),
		print_count(requests, answer_count(answer, "requests")));
	status_interfaces(answer);
	status_engines(answer);
}

int command_status(const struct options *options)
{
	struct json_object *answer;
	struct session session;
	int status = session_open(&session, options);

	if (status != EXIT_GOOD)
		return status;
	status = pins_ask(&session, CONTROL_COMMAND_STATUS, &answer);
	session_close(&session);
	if (status != EXIT_GOOD || options->json)
		return status != EXIT_GOOD ? status : session_print_json(answer);
	print_status(answer);
	json_object_put(answer);
	return EXIT_GOOD;
}
