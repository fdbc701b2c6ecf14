// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rows of tables; rows.h is the manual.
 */
#include "control/cli/rows.h"

#include "control/cli/answer.h"

#include <ctype.h>
#include <json-c/json.h>
#include <math.h>
#include <string.h>

int rows_slack(int columns)
{
	int slack = columns - 80;

	return slack < 0 ? 0 : slack < PRINT_SLACK_MAX ? slack : PRINT_SLACK_MAX;
}

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

const char *rows_source(char out[PRINT_SOURCE_MAX], struct json_object *list, size_t index,
	const struct rows_layout *layout)
{
	struct json_object *entry = json_object_array_get_idx(list, index);
	const char *name = answer_text(entry, "name"), *address = answer_text(entry, "address");
	const char *type = answer_text(entry, "type"), *tally = answer_text(entry, "tally");
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
		(layout->numeric || name[0] == '\0' || name_is_shared(list, index, name)))
		source.name = address;
	return print_source_row(out, &source, layout->slack, layout->wide);
}

/* 24 columns hold the longest network, ffff:ffff:ffff:ffff::/64, and 14 every number below 10^10:
 * a client that asks a thousand times a second comes there after four months. */
const char *rows_client_head(char out[ROWS_CLIENT_MAX])
{
	snprintf(out, ROWS_CLIENT_MAX, "%-24s %s %14s %14s %11s %10s", "client", "v", "requests",
		"limited", "every", "last seen");
	return out;
}

/* A time that is known to a tick alone. */
static const char *print_ticks(char out[PRINT_VALUE_MAX], double seconds, double tick_s)
{
	char value[PRINT_VALUE_MAX];

	if (isnan(seconds) || isnan(tick_s) || seconds >= tick_s)
		return print_span(out, seconds);
	snprintf(out, PRINT_VALUE_MAX, "<%s", print_span(value, tick_s));
	return out;
}

const char *rows_client(char out[ROWS_CLIENT_MAX], struct json_object *answer, size_t index)
{
	struct json_object *list = answer_list(answer, "clients");
	struct json_object *entry = list ? json_object_array_get_idx(list, index) : NULL;
	double tick_s = answer_number(answer, "tick_s");
	char address[64], name[80], every[PRINT_VALUE_MAX], seen[PRINT_VALUE_MAX];
	char requests[PRINT_VALUE_MAX], limited[PRINT_VALUE_MAX];

	print_safe(address, sizeof(address), answer_text(entry, "address"));
	if (strcmp(answer_text(entry, "family"), "ipv6") == 0)
		snprintf(name, sizeof(name), "%s/%u", address,
			(unsigned)answer_count(answer, "prefix6"));
	else
		snprintf(name, sizeof(name), "%s", address);
	snprintf(out, ROWS_CLIENT_MAX, "%-24s %u %14s %14s %11s %10s", name,
		(unsigned)answer_count(entry, "version") % 10,
		print_count(requests, answer_count(entry, "requests")),
		print_count(limited, answer_count(entry, "limited")),
		print_ticks(every, answer_number(entry, "average_interval_s"), tick_s),
		print_ticks(seen, answer_number(entry, "last_seen_s"), tick_s));
	return out;
}
