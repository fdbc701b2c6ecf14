/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How reports put values into JSON, and the parts of them that have a file of their own. For
 * report.c and report_hardware.c alone.
 */
#ifndef CONTROL_REPORT_JSON_H
#define CONTROL_REPORT_JSON_H

#include <json-c/json.h>
#include <math.h>
#include <stdio.h>

#include "control/snapshot.h"

/* Fifteen digits, as doubles have; NAN is left out. */
static inline void add_number(struct json_object *object, const char *key, double value)
{
	char text[40];

	if (!isfinite(value))
		return;
	snprintf(text, sizeof(text), "%.15g", value);
	json_object_object_add(object, key, json_object_new_double_s(value, text));
}

static inline void add_count(struct json_object *object, const char *key, uint64_t value)
{
	json_object_object_add(object, key, json_object_new_uint64(value));
}

static inline void add_flag(struct json_object *object, const char *key, bool value)
{
	json_object_object_add(object, key, json_object_new_boolean(value));
}

/* NULL becomes null. */
static inline void add_text(struct json_object *object, const char *key, const char *value)
{
	json_object_object_add(object, key, value ? json_object_new_string(value) : NULL);
}

/* report_hardware.c: what XDP takes as receive time on an interface, added to its object. */
void report_receive_stamps(struct json_object *object, const struct snapshot *snapshot,
	const struct interface *interface);

/* report_hardware.c: whose stamps the daemon's own exchanges have, and the cards of `hwtimestamp`.
 */
struct json_object *report_stamps(const struct snapshot *snapshot);

#endif
