// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Values into JSON objects; json_add.h is the manual.
 */
#include "control/json_add.h"

#include <json-c/json.h>
#include <math.h>
#include <stdio.h>

void json_add_number(struct json_object *object, const char *key, double value)
{
	char text[40];

	if (!isfinite(value))
		return;
	snprintf(text, sizeof(text), "%.15g", value);
	json_object_object_add(object, key, json_object_new_double_s(value, text));
}

void json_add_count(struct json_object *object, const char *key, uint64_t value)
{
	json_object_object_add(object, key, json_object_new_uint64(value));
}

void json_add_flag(struct json_object *object, const char *key, bool value)
{
	json_object_object_add(object, key, json_object_new_boolean(value));
}

void json_add_text(struct json_object *object, const char *key, const char *value)
{
	json_object_object_add(object, key, value ? json_object_new_string(value) : NULL);
}
