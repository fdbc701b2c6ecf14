// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See report_scores.h. The one command that changes something: root's and the daemon's account's.
 */
#include "control/report_scores.h"

#include "control/json_add.h"

#include <json-c/json.h>
#include <math.h>
#include <string.h>
#include <time.h>

static struct json_object *course_object(const struct score_course *course)
{
	struct json_object *object = json_object_new_object();
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < course->count; i++) {
		const struct score_check *check = score_board_get(course, i);
		struct json_object *entry = json_object_new_object();

		json_add_number(entry, "time_s", (double)check->time_s);
		json_add_number(entry, "score", check->score);
		json_add_number(entry, "step", check->step);
		json_add_text(entry, "row", check->row);
		json_object_array_add(list, entry);
	}
	json_add_text(object, "address", course->address);
	json_object_object_add(object, "checks", list);
	return object;
}

struct json_object *report_scores(const struct score_board *board)
{
	struct json_object *object = json_object_new_object();
	struct json_object *list = json_object_new_array();

	for (int i = 0; i < SCORE_BOARD_ADDRESSES; i++)
		if (board->course[i].count > 0)
			json_object_array_add(list, course_object(&board->course[i]));
	json_object_object_add(object, "scores", list);
	return object;
}

static double number(const struct control_request *request, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(request->arguments, key, &value) ||
		(!json_object_is_type(value, json_type_double) &&
			!json_object_is_type(value, json_type_int)))
		return NAN;
	return json_object_get_double(value);
}

static const char *text(const struct control_request *request, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(request->arguments, key, &value) ||
		!json_object_is_type(value, json_type_string))
		return "";
	return json_object_get_string(value);
}

struct json_object *report_keep_score(
	const struct control_request *request, struct score_board *board)
{
	struct score_check check = {.score = number(request, "score"),
		.step = number(request, "step"),
		.time_s = time(NULL)};

	if (!request->privileged)
		return control_protocol_error("a result of poolcheck is kept for root and the "
					      "daemon's account only: use sudo");
	strncpy(check.row, text(request, "row"), sizeof(check.row) - 1);
	if (score_board_keep(board, text(request, "address"), &check))
		return control_protocol_error("a score needs an address, a score and a step from "
					      "-100 to 20, and a row");
	return json_object_new_object();
}
