// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `ntpxdp clients` and `ntpxdp access ADDR`: who asks how often, and which rule decides about an
 * address. Both only print what the daemon answers.
 */
#include "control/cli/answer.h"
#include "control/cli/commands.h"
#include "control/cli/print.h"
#include "control/cli/session.h"

#include "control/json_add.h"

#include <math.h>
#include <string.h>

static const char *const orders[] = {"requests", "drops", "rate"};

/* Asks with arguments, prints JSON where that is wanted, else calls print. */
static int ask(const struct options *options, struct control_request *request,
	int (*print)(struct json_object *answer))
{
	struct json_object *answer = NULL;
	struct session session;
	int status = session_open(&session, options);

	if (status == EXIT_GOOD) {
		status = session_ask(&session, request, &answer);
		session_close(&session);
	}
	json_object_put(request->arguments);
	if (status != EXIT_GOOD)
		return status;
	if (options->json)
		return session_print_json(answer);
	status = print(answer);
	json_object_put(answer);
	return status;
}

static void print_client(struct json_object *entry, uint64_t prefix6)
{
	char name[80], average[PRINT_VALUE_MAX], seen[PRINT_VALUE_MAX];
	char requests[PRINT_VALUE_MAX], limited[PRINT_VALUE_MAX];
	double average_s = answer_number(entry, "average_interval_s");

	if (strcmp(answer_text(entry, "family"), "ipv6") == 0)
		snprintf(name, sizeof(name), "%s/%u", answer_text(entry, "address"),
			(unsigned)prefix6);
	else
		snprintf(name, sizeof(name), "%s", answer_text(entry, "address"));
	if (isnan(average_s))
		snprintf(average, sizeof(average), "-");
	else
		print_duration(average, average_s);
	printf("%-28s %1u %14s %12s %10s %9s\n", name, (unsigned)answer_count(entry, "version"),
		print_count(requests, answer_count(entry, "requests")),
		print_count(limited, answer_count(entry, "limited")), average,
		print_duration(seen, answer_number(entry, "last_seen_s")));
}

static int print_clients(struct json_object *answer)
{
	struct json_object *list = answer_list(answer, "clients");
	struct json_object *limit = answer_object(answer, "limit");
	size_t count = list ? json_object_array_length(list) : 0;
	char found[PRINT_VALUE_MAX], capacity[PRINT_VALUE_MAX], interval[PRINT_VALUE_MAX];

	printf("%-28s %1s %14s %12s %10s %9s\n", "client", "v", "requests", "limited", "every",
		"last seen");
	for (size_t i = 0; i < count; i++)
		print_client(json_object_array_get_idx(list, i), answer_count(answer, "prefix6"));
	printf("\n%s clients in a table for %s", print_count(found, answer_count(answer, "found")),
		print_count(capacity, answer_count(answer, "capacity")));
	if (limit)
		printf("; limit: one in %s, %u at once\n",
			print_seconds(interval, answer_number(limit, "interval_s")),
			(unsigned)answer_count(limit, "burst"));
	else
		printf("; nobody is limited\n");
	return EXIT_GOOD;
}

int command_clients(const struct options *options)
{
	struct control_request request = {
		.command = CONTROL_COMMAND_CLIENTS, .arguments = json_object_new_object()};

	json_add_count(request.arguments, "top", (uint64_t)options->top);
	json_add_text(request.arguments, "sort", orders[options->sort]);
	return ask(options, &request, print_clients);
}

/* What the flags mean, in a line. */
static void print_flags(struct json_object *flags, const char *who)
{
	printf("%-10s", who);
	if (!answer_flag(flags, "served")) {
		printf("silence\n");
		return;
	}
	printf("answered%s", answer_flag(flags, "version_only") ? ", version 4 alone" : "");
	if (answer_flag(flags, "limited"))
		printf(", as often as the rate limit says%s",
			answer_flag(flags, "kod") ? ", kisses over it" : "");
	printf("\n");
}

static int print_access(struct json_object *answer)
{
	const char *rule = answer_text(answer, "rule");

	if (rule[0] != '\0')
		printf("%-10s%s\n%-10s%s:%u\n", "rule", rule, "from", answer_text(answer, "file"),
			(unsigned)answer_count(answer, "line"));
	else
		printf("%-10sno line speaks of %s\n", "rule", answer_text(answer, "address"));
	print_flags(answer, "requests");
	if (answer_object(answer, "ntpport"))
		print_flags(answer_object(answer, "ntpport"), "port 123");
	printf("%-10s%s\n", "queries",
		answer_flag(answer, "query") ? "this host itself may ask with ntpq" : "no");
	return EXIT_GOOD;
}

int command_access(const struct options *options)
{
	struct control_request request = {
		.command = CONTROL_COMMAND_ACCESS, .arguments = json_object_new_object()};

	json_add_text(request.arguments, "address", options->operand);
	return ask(options, &request, print_access);
}
