/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pins: what the pins tell without a daemon, as the objects that the daemon would answer
 * (control_protocol.h), as far as they know: the program goes on serving while no daemon runs.
 * Opens read-only and changes nothing.
 */
#ifndef CONTROL_CLI_PINS_H
#define CONTROL_CLI_PINS_H

#include "control/cli/session.h"

#include "dataplane/state/state.h"

/* Why there is nothing to tell. */
struct pins_failure {
	int daemon_error; /* 0: the daemon was not to be asked */
	int pins_error;   /* 0: the pins were not to be read */
	struct state_failure state;
};

/*
 * The object for "status", "stats" or "health": the daemon's answer, or the pins' where no daemon
 * answers, or where a folder was named with --pindir and no socket with --socket. The other way
 * round, the pins are not read: they need not be that daemon's. The object is the caller's, and
 * may be the daemon's {"error":...}. Says nothing. 0, or a negative errno and ret_failure.
 */
int pins_try(const struct session *session, enum control_command command,
	struct json_object **ret_object, struct pins_failure *ret_failure);

/* Say why pins_try() failed. Returns EXIT_FAILED. */
int pins_explain(const struct session *session, const struct pins_failure *failure);

/* The same in one: ask, and complain where that fails or is refused. Exit status. */
int pins_ask(const struct session *session, enum control_command command,
	struct json_object **ret_object);

#endif
