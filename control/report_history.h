/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The answer to "history", as control_commands.h has it, in pieces that cost a turn of the loop
 * little. Called by report.c.
 */
#ifndef CONTROL_REPORT_HISTORY_H
#define CONTROL_REPORT_HISTORY_H

#include "control/control_protocol.h"
#include "control/snapshot.h"

/* A new object, or {"error":...}. */
struct json_object *report_history(
	const struct control_request *request, const struct snapshot *snapshot);

#endif
