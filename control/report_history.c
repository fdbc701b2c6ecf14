// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See report_history.h. A week of minutes is more than the daemon should turn into JSON in one
 * turn of its loop, so that an answer has a bounded number of slots and says where to go on.
 */
#include "control/report_history.h"

#include "control/history.h"
#include "control/json_add.h"

#include <json-c/json.h>

#define SLOTS_MAX 1440 /* in one answer */

static int64_t argument(const struct control_request *request, const char *key, int64_t fallback)
{
	struct json_object *value;

	if (!json_object_object_get_ex(request->arguments, key, &value))
		return fallback;
	return json_object_is_type(value, json_type_int) ? json_object_get_int64(value) : -1;
}

/* Which slots are meant: [*ret_from, *ret_end). NULL, or what is wrong. */
static const char *choose(const struct control_request *request, const struct history *history,
	uint64_t *ret_from, uint64_t *ret_end)
{
	int64_t step_s = argument(request, "step_s", 1), from = argument(request, "from", 0);
	enum history_step step = step_s == 60 ? HISTORY_MINUTE : HISTORY_SECOND;
	int64_t back = argument(request, "back", (int64_t)history_slots(step));
	uint64_t first, end;

	if (step_s != 1 && step_s != 60)
		return "step_s must be 1 or 60";
	if (back < 0 || from < 0)
		return "back and from must be numbers of slots";
	if (!history_range(history, step, &first, &end))
		first = end = 0;
	if ((uint64_t)back < end - first)
		first = end - (uint64_t)back;
	if ((uint64_t)from > first)
		first = (uint64_t)from < end ? (uint64_t)from : end;
	*ret_from = first;
	*ret_end = end;
	return NULL;
}

static struct json_object *column(void)
{
	return json_object_new_array_ext(SLOTS_MAX);
}

static void add_slots(struct json_object *object, const struct snapshot *snapshot,
	const uint64_t range[2], enum history_step step)
{
	struct json_object *seen = column(), *good = column(), *fields[HISTORY_FIELD_COUNT];

	for (int i = 0; i < HISTORY_FIELD_COUNT; i++)
		fields[i] = column();
	for (uint64_t number = range[0]; number < range[1]; number++) {
		struct history_slot slot = history_get(snapshot->parts.history, step, number);

		json_object_array_add(seen, json_object_new_int(slot.seen_ms));
		json_object_array_add(good, json_object_new_int(slot.good_ms));
		for (int i = 0; i < HISTORY_FIELD_COUNT; i++)
			json_object_array_add(fields[i], json_object_new_int64(slot.count[i]));
	}
	json_object_object_add(object, "seen_ms", seen);
	json_object_object_add(object, "good_ms", good);
	for (int i = 0; i < HISTORY_FIELD_COUNT; i++)
		json_object_object_add(
			object, history_field_name((enum history_field)i), fields[i]);
}

struct json_object *report_history(
	const struct control_request *request, const struct snapshot *snapshot)
{
	enum history_step step =
		argument(request, "step_s", 1) == 60 ? HISTORY_MINUTE : HISTORY_SECOND;
	const char *refusal;
	struct json_object *object;
	uint64_t range[2], end;

	refusal = choose(request, snapshot->parts.history, &range[0], &end);
	if (refusal)
		return control_protocol_error("%s", refusal);
	range[1] = end - range[0] > SLOTS_MAX ? range[0] + SLOTS_MAX : end;
	object = json_object_new_object();
	json_add_count(object, "step_s", history_step_s(step));
	json_add_count(object, "from", range[0]);
	json_add_number(object, "time_s", snapshot_history_time_s(snapshot, step, range[0]));
	if (range[1] < end)
		json_add_count(object, "next", range[1]);
	else
		json_add_text(object, "next", NULL);
	add_slots(object, snapshot, range, step);
	return object;
}
