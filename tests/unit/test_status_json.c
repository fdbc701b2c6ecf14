// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/status_json.c control/json_add.c control/history.c
// control/control_protocol.c
/*
 * /status.json: its keys, as docs/operating.md has them; series with null where nothing is known;
 * names from outside as JSON strings. The answers of the control socket are the test's own.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <event2/buffer.h>
#include <json-c/json.h>

#include "control/report.h"
#include "control/report_clients.h"
#include "control/status_json.h"

struct json_object *report_make(
	const struct control_request *request, const struct snapshot *snapshot)
{
	(void)snapshot;
	switch (request->command) {
	case CONTROL_COMMAND_STATUS:
		return json_tokener_parse("{\"sources\":{\"configured\":4}}");
	case CONTROL_COMMAND_SOURCES:
		return json_tokener_parse("{\"sources\":[1,2]}");
	case CONTROL_COMMAND_STATS:
		return json_tokener_parse("{\"requests\":7}");
	case CONTROL_COMMAND_SCORES:
		return json_tokener_parse("{\"scores\":[]}");
	default:
		return NULL;
	}
}

uint64_t status_view_card_lost(const struct status_interface *interface)
{
	return interface->link.receive_missed;
}

struct json_object *report_limit(const struct config *config)
{
	(void)config;
	return NULL;
}

static struct status_view *make_view(void)
{
	static struct snapshot snapshot = {.reason = "\"\\<&"};
	static struct status_view view;

	memset(&view, 0, sizeof(view));
	view.snapshot = &snapshot;
	view.state = "unsynchronised";
	strcpy(view.host, "a\"b");
	view.from_s = 1000.5;
	for (int i = 0; i < STATUS_VIEW_POINTS; i++) {
		for (int field = 0; field < HISTORY_FIELD_COUNT; field++)
			view.point[i].rate[field] = i ? i + 0.123456789 : NAN;
		view.point[i].good = i ? 0.99999 : NAN;
	}
	view.interface_count = 1;
	strcpy(view.interface[0].name, "eth0");
	view.interface[0].mode = "native";
	return &view;
}

static struct json_object *write_json(void)
{
	struct evbuffer *out = evbuffer_new();
	struct json_object *object;
	char text[64 << 10];
	int length;

	assert_int_equal(status_json_write(out, make_view()), 0);
	length = evbuffer_remove(out, text, sizeof(text) - 1);
	assert_in_range(length, 100, sizeof(text) - 2);
	text[length] = '\0';
	assert_int_equal(text[length - 1], '\n');
	object = json_tokener_parse(text);
	assert_non_null(object);
	evbuffer_free(out);
	return object;
}

static struct json_object *at(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	if (!json_object_object_get_ex(object, key, &value))
		fail_msg("there is no %s", key);
	return value;
}

static void test_keys(void **state)
{
	static const char *const keys[] = {"time_s", "host", "state", "good", "reason", "since_s",
		"since_start", "rates", "history", "interfaces", "limit", "clients", "status",
		"sources", "stats", "scores"};
	struct json_object *object = write_json();

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		at(object, keys[i]);
	assert_int_equal(json_object_object_length(object), sizeof(keys) / sizeof(keys[0]));
	assert_string_equal(json_object_get_string(at(object, "reason")), "\"\\<&");
	assert_string_equal(json_object_get_string(at(object, "host")), "a\"b");
	/* Lists stand there by themselves; the counts of "status" stay where they are. */
	assert_int_equal(json_object_array_length(at(object, "sources")), 2);
	assert_int_equal(json_object_array_length(at(object, "scores")), 0);
	assert_int_equal(
		json_object_get_int(at(at(at(object, "status"), "sources"), "configured")), 4);
	assert_int_equal(json_object_array_length(at(object, "interfaces")), 1);
	json_object_put(object);
}

static void test_series(void **state)
{
	static const char *const keys[] = {"requests_hz", "answered_hz", "limited_hz", "good"};
	struct json_object *object = write_json(), *history = at(object, "history");

	(void)state;
	assert_int_equal(json_object_get_int(at(history, "step_s")), STATUS_VIEW_STEP_S);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct json_object *list = at(history, keys[i]);

		assert_int_equal(json_object_array_length(list), STATUS_VIEW_POINTS);
		assert_null(json_object_array_get_idx(list, 0));
	}
	assert_string_equal(json_object_to_json_string(
				    json_object_array_get_idx(at(history, "requests_hz"), 359)),
		"359.123");
	/* What was good nearly all the time was not good all the time. */
	assert_true(json_object_get_double(json_object_array_get_idx(at(history, "good"), 5)) < 1);
	json_object_put(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_series),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
