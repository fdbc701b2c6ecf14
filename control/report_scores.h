/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "scores" and "keep_score", as control_commands.h has them. Called by report.c and, for what
 * changes something, by daemon_answers.c.
 */
#ifndef CONTROL_REPORT_SCORES_H
#define CONTROL_REPORT_SCORES_H

#include "control/control_protocol.h"
#include "control/score_board.h"

/* New objects; the second may be {"error":...}. */
struct json_object *report_scores(const struct score_board *board);
struct json_object *report_keep_score(
	const struct control_request *request, struct score_board *board);

#endif
