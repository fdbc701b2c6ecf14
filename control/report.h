/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The answers of the control socket as JSON objects; keys and units are those that
 * control_commands.h lists. Called by the daemon with a snapshot.
 */
#ifndef CONTROL_REPORT_H
#define CONTROL_REPORT_H

#include "control/control_protocol.h"
#include "control/snapshot.h"

/* A new object, which the caller puts; {"error":...} for a command that has no report. */
struct json_object *report_make(
	const struct control_request *request, const struct snapshot *snapshot);

#endif
