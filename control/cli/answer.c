// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Values out of the daemon's JSON; answer.h is the manual.
 */
#include "control/cli/answer.h"

#include <json-c/json.h>
#include <math.h>

static struct json_object *get(struct json_object *object, const char *key, enum json_type type)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, key, &value) || !json_object_is_type(value, type))
		return NULL;
	return value;
}

double answer_number(struct json_object *object, const char *key)
{
	struct json_object *value = get(object, key, json_type_double);

	if (value == NULL)
		value = get(object, key, json_type_int);
	return value == NULL ? NAN : json_object_get_double(value);
}

uint64_t answer_count(struct json_object *object, const char *key)
{
	struct json_object *value = get(object, key, json_type_int);

	return value == NULL ? 0 : json_object_get_uint64(value);
}

bool answer_flag(struct json_object *object, const char *key)
{
	struct json_object *value = get(object, key, json_type_boolean);

	return value != NULL && json_object_get_boolean(value);
}

const char *answer_text(struct json_object *object, const char *key)
{
	struct json_object *value = get(object, key, json_type_string);

	return value == NULL ? "" : json_object_get_string(value);
}

struct json_object *answer_object(struct json_object *object, const char *key)
{
	return get(object, key, json_type_object);
}

struct json_object *answer_list(struct json_object *object, const char *key)
{
	return get(object, key, json_type_array);
}
