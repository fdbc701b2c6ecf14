/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers about clients: the client table as a list ("clients"), and what the rules say of one
 * address ("access"). Keys and units are those of control_commands.h. For report.c.
 */
#ifndef CONTROL_REPORT_CLIENTS_H
#define CONTROL_REPORT_CLIENTS_H

#include "control/control_protocol.h"
#include "control/snapshot.h"

/* New objects, which the caller puts. */
struct json_object *report_clients(
	const struct control_request *request, const struct snapshot *snapshot);
/* Is there anybody whom the rate limit of the settings is for? */
bool report_limits_anybody(const struct config *config);

/* The rate limit of the settings; NULL: nobody is limited. */
struct json_object *report_limit(const struct config *config);
struct json_object *report_access(
	const struct control_request *request, const struct snapshot *snapshot);

#endif
