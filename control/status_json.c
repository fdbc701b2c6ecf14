// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The status as JSON; status_json.h is the manual.
 */
#include "control/status_json.h"

#include "control/json_add.h"
#include "control/report.h"
#include "control/report_clients.h"

#include <errno.h>
#include <event2/buffer.h>
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

const enum history_field status_json_series[STATUS_JSON_SERIES] = {
	HISTORY_requests, HISTORY_answered, HISTORY_limited};

/* Six digits are enough for a picture, and short. */
static struct json_object *brief(double value)
{
	char text[40];

	if (isnan(value))
		return NULL;
	snprintf(text, sizeof(text), "%.6g", value);
	return json_object_new_double_s(value, text);
}

static struct json_object *history_object(const struct status_view *view)
{
	struct json_object *object = json_object_new_object(), *list;
	char key[32];

	json_add_count(object, "step_s", STATUS_VIEW_STEP_S);
	json_add_number(object, "from_s", view->from_s);
	for (int series = 0; series < STATUS_JSON_SERIES; series++) {
		enum history_field field = status_json_series[series];

		list = json_object_new_array_ext(STATUS_VIEW_POINTS);
		for (int i = 0; i < STATUS_VIEW_POINTS; i++)
			json_object_array_add(list, brief(view->point[i].rate[field]));
		snprintf(key, sizeof(key), "%s_hz", history_field_name(field));
		json_object_object_add(object, key, list);
	}
	list = json_object_new_array_ext(STATUS_VIEW_POINTS);
	for (int i = 0; i < STATUS_VIEW_POINTS; i++)
		json_object_array_add(list, brief(floor(view->point[i].good * 1000) / 1000));
	json_object_object_add(object, "good", list);
	return object;
}

static struct json_object *rates_object(const struct history_sum *second)
{
	struct json_object *object = json_object_new_object();
	char key[32];

	for (int i = 0; i < HISTORY_FIELD_COUNT; i++) {
		snprintf(key, sizeof(key), "%s_hz", history_field_name((enum history_field)i));
		json_add_number(object, key, history_rate(second, (enum history_field)i));
	}
	return object;
}

static struct json_object *interfaces_list(const struct status_view *view)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < view->interface_count; i++) {
		const struct status_interface *interface = &view->interface[i];
		struct json_object *object = json_object_new_object();

		json_add_text(object, "name", interface->name);
		json_add_flag(object, "attached", interface->found.attached);
		json_add_text(object, "mode", interface->mode);
		json_add_text(object, "reply_path", interface->reply_path);
		json_add_text(object, "detail", interface->found.detail);
		json_add_count(object, "requests", interface->requests);
		if (interface->counted) {
			json_add_count(object, "card_lost", status_view_card_lost(interface));
			json_add_count(object, "dropped", interface->link.receive_dropped);
		}
		if (interface->xdp_counted)
			json_add_count(object, "replies_lost", interface->xdp_lost);
		json_object_array_add(list, object);
	}
	return list;
}

static uint64_t both(const uint64_t families[FRAME_FAMILIES])
{
	return families[FRAME_IPV4] + families[FRAME_IPV6];
}

static struct json_object *clients_object(const struct census_result *census)
{
	struct json_object *object;

	if (!census)
		return NULL;
	object = json_object_new_object();
	json_add_count(object, "known", both(census->clients));
	json_add_count(object, "capacity", census->capacity);
	json_add_count(object, "minute", both(census->minute));
	json_add_count(object, "hour", both(census->hour));
	json_add_count(object, "limited", census->limited);
	return object;
}

/* The answer to a command of the control socket, or what stands in it under a key of its name. */
static void add_answer(
	struct json_object *object, const struct snapshot *snapshot, enum control_command command)
{
	const struct control_request request = {.command = command};
	const char *name = control_protocol_name(command);
	struct json_object *answer = report_make(&request, snapshot), *part;

	if (json_object_object_get_ex(answer, name, &part) && command != CONTROL_COMMAND_STATUS) {
		json_object_object_add(object, name, json_object_get(part));
		json_object_put(answer);
	} else {
		json_object_object_add(object, name, answer);
	}
}

int status_json_write(struct evbuffer *out, const struct status_view *view)
{
	struct json_object *object = json_object_new_object();
	const char *text;
	int err = -ENOMEM;

	json_add_number(object, "time_s", view->time_s);
	json_add_text(object, "host", view->host);
	json_add_text(object, "state", view->state);
	json_add_flag(object, "good", view->good);
	json_add_text(object, "reason", view->snapshot->reason);
	json_add_number(object, "since_s", view->since_s);
	json_add_flag(object, "since_start", view->since_start);
	json_object_object_add(object, "rates", rates_object(&view->second));
	json_object_object_add(object, "history", history_object(view));
	json_object_object_add(object, "interfaces", interfaces_list(view));
	json_object_object_add(object, "limit", report_limit(view->snapshot->parts.config));
	json_object_object_add(object, "clients", clients_object(view->census));
	add_answer(object, view->snapshot, CONTROL_COMMAND_STATUS);
	add_answer(object, view->snapshot, CONTROL_COMMAND_SOURCES);
	add_answer(object, view->snapshot, CONTROL_COMMAND_STATS);
	add_answer(object, view->snapshot, CONTROL_COMMAND_SCORES);
	text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN);
	if (text && !evbuffer_add(out, text, strlen(text)) && !evbuffer_add(out, "\n", 1))
		err = 0;
	json_object_put(object);
	return err;
}
