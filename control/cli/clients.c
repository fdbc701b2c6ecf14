// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `ntpxdp clients` and `ntpxdp access ADDR`: who asks how often, and which rule decides about an
 * address. Both only print what the daemon answers.
 */
#include "control/cli/answer.h"
#include "control/cli/commands.h"
#include "control/cli/rows.h"
#include "control/cli/session.h"
#include "control/print.h"

#include "control/json_add.h"

#include <string.h>

#define ACCESS_TEXT 200

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

static int print_clients(struct json_object *answer)
{
	struct json_object *list = answer_list(answer, "clients");
	struct json_object *limit = answer_object(answer, "limit");
	size_t count = list ? json_object_array_length(list) : 0;
	char found[PRINT_VALUE_MAX], capacity[PRINT_VALUE_MAX], interval[PRINT_VALUE_MAX];
	char line[ROWS_CLIENT_MAX];
	uint64_t known = answer_count(answer, "found");

	if (count > 0)
		puts(rows_client_head(line));
	for (size_t i = 0; i < count; i++)
		puts(rows_client(line, answer, i));
	printf("%s%s %s in a table for %s", count > 0 ? "\n" : "",
		known ? print_count(found, known) : "No", known == 1 ? "client" : "clients",
		print_count(capacity, answer_count(answer, "capacity")));
	if (limit)
		printf("; the limit: one in %s, %u at once.\n",
			print_seconds(interval, answer_number(limit, "interval_s")),
			(unsigned)answer_count(limit, "burst"));
	else
		puts("; nobody is limited.");
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

#define ACCESS_LABEL "%-10s"

/* What becomes of requests, in a line. */
static void print_flags(struct json_object *flags, const char *who)
{
	printf(ACCESS_LABEL, who);
	if (!answer_flag(flags, "served")) {
		puts("not answered");
		return;
	}
	printf("answered%s", answer_flag(flags, "version_only") ? ", those of version 4" : "");
	if (answer_flag(flags, "limited"))
		printf(" as often as the rate limit allows%s",
			answer_flag(flags, "kod") ? ", told so beyond it (RATE)" : "");
	putchar('\n');
}

static int print_access(struct json_object *answer)
{
	char rule[ACCESS_TEXT], address[ACCESS_TEXT], file[ACCESS_TEXT];
	struct json_object *ntpport = answer_object(answer, "ntpport");

	print_safe(rule, sizeof(rule), answer_text(answer, "rule"));
	print_safe(address, sizeof(address), answer_text(answer, "address"));
	print_safe(file, sizeof(file), answer_text(answer, "file"));
	printf(ACCESS_LABEL "%s\n", "address", address);
	if (rule[0] == '\0')
		printf(ACCESS_LABEL "none is about it\n", "rule");
	else
		printf(ACCESS_LABEL "%s\n" ACCESS_LABEL "%s:%u\n", "rule", rule, "from", file,
			(unsigned)answer_count(answer, "line"));
	if (answer_flag(answer, "inside")) {
		printf(ACCESS_LABEL "answered: this host itself is, whatever the rules say\n",
			"requests");
		printf(ACCESS_LABEL "%s\n", "queries",
			answer_flag(answer, "query") ? "answered (ntpq on this host)"
						     : "not answered");
		return EXIT_GOOD;
	}
	print_flags(answer, "requests");
	if (ntpport != NULL)
		print_flags(ntpport, "port 123");
	return EXIT_GOOD;
}

int command_access(const struct options *options)
{
	struct control_request request = {
		.command = CONTROL_COMMAND_ACCESS, .arguments = json_object_new_object()};

	json_add_text(request.arguments, "address", options->operand);
	return ask(options, &request, print_access);
}
