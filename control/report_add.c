/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Putting values into the daemon's answers; see report_add.h. */
#include "control/report_add.h"

#include <json-c/json.h>
#include <math.h>
#include <stdio.h>

void report_add_number(struct json_object *object, const char *key, double value)
{
	char text[40];

	if (!isfinite(value))
		return;
	snprintf(text, sizeof(text), "%.15g", value);
	json_object_object_add(object, key, json_object_new_double_s(value, text));
}

void report_add_count(struct json_object *object, const char *key, uint64_t value)
{
	json_object_object_add(object, key, json_object_new_uint64(value));
}

void report_add_flag(struct json_object *object, const char *key, bool value)
{
	json_object_object_add(object, key, json_object_new_boolean(value));
}

void report_add_text(struct json_object *object, const char *key, const char *value)
{
	json_object_object_add(object, key, value ? json_object_new_string(value) : NULL);
}
