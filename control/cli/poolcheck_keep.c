// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Leaves what a check has found with this host's daemon, whose status page shows the course of the
 * score. The score goes on from the last one that the daemon has, so that a check now and then by a
 * timer is as good as a long run.
 */
#include "control/cli/poolcheck.h"

#include "control/cli/answer.h"
#include "control/cli/session.h"

#include "control/json_add.h"

#include <string.h>

/* The score that the daemon has kept last for an address. 0, or why it could not be asked. */
static int last_score(const struct session *session, const char *address, double *ret_score)
{
	struct json_object *answer, *list;
	int error = session_try(
		session, &(struct control_request){.command = CONTROL_COMMAND_SCORES}, &answer);

	if (error)
		return error;
	list = answer_list(answer, "scores");
	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		struct json_object *course = json_object_array_get_idx(list, i);
		struct json_object *checks = answer_list(course, "checks");
		size_t count = checks ? json_object_array_length(checks) : 0;

		if (count > 0 && strcmp(answer_text(course, "address"), address) == 0)
			*ret_score = answer_number(
				json_object_array_get_idx(checks, count - 1), "score");
	}
	json_object_put(answer);
	return 0;
}

/* NULL, or why it was not kept. */
static const char *keep(const struct session *session, const struct poolcheck_family *family)
{
	struct control_request request = {.command = CONTROL_COMMAND_KEEP_SCORE};
	struct pool_score_course course = {.score = POOL_SCORE_START};
	struct json_object *answer = NULL;
	static char why[POOLCHECK_REASON_MAX];
	int error = last_score(session, family->text, &course.score);

	if (error == 0) {
		pool_score_take(&course, &family->check);
		request.arguments = json_object_new_object();
		json_add_text(request.arguments, "address", family->text);
		json_add_number(request.arguments, "score", course.score);
		json_add_number(request.arguments, "step", family->check.step);
		json_add_text(request.arguments, "row", pool_score_row_name(family->check.row));
		error = session_try(session, &request, &answer);
		json_object_put(request.arguments);
	}
	if (error != 0) {
		snprintf(why, sizeof(why), "no daemon answers: %s", strerror(-error));
		return why;
	}
	if (control_protocol_failure(answer))
		snprintf(why, sizeof(why), "%s", control_protocol_failure(answer));
	else
		why[0] = '\0';
	json_object_put(answer);
	return why[0] ? why : NULL;
}

void poolcheck_keep(const struct poolcheck *poolcheck, const struct poolcheck_family *family)
{
	bool asked_for = poolcheck->options->record;
	const char *why;

	if (!asked_for && !own_address_is_own(family->own))
		return;
	why = keep(poolcheck->session, family);
	if (why && asked_for)
		session_error("--record %s: %s", family->text, why);
}
