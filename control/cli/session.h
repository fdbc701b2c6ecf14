/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * session: what every command of `ntpxdp` needs once: where the daemon's socket and the pins are
 * (the command line, else the settings file, else the defaults), asking the daemon, and one form
 * for errors. Unlike the modules below it, it speaks: to standard error, one line an error.
 */
#ifndef CONTROL_CLI_SESSION_H
#define CONTROL_CLI_SESSION_H

#include "control/cli/options.h"
#include "control/control_protocol.h"

#include <json-c/json.h>

struct addrinfo;
struct config;

/* Exit statuses. */
enum {
	EXIT_GOOD = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2
};

struct session {
	const struct options *options;
	struct config *config; /* the settings file, or the defaults */
	int config_error;      /* why the default file was not read: 0 or a negative errno */
	const char *socket;    /* NULL: switched off in the settings file */
	const char *pindir;
};

/*
 * Read the settings. A file named on the command line must be good; of the default file the
 * commands that only look need nothing but the paths, so that a mistake in it does not stop them.
 * Exit status; after EXIT_GOOD the caller closes the session.
 */
int session_open(struct session *session, const struct options *options);
void session_close(struct session *session);

/* For commands that need what the settings say: complain where the default file exists, but could
 * not be used. Exit status. */
int session_check_settings(const struct session *session);

/* "ntpxdp: ..." to standard error. Returns EXIT_FAILED, for the caller to return. */
int session_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Ask the daemon: control_protocol_call(). Silent, for commands that can do without one. */
int session_try(const struct session *session, const struct control_request *request,
	struct json_object **ret_answer);

/* Say why session_try() failed, and what to do next. Returns EXIT_FAILED. */
int session_explain(const struct session *session, int error);

/* Ask the daemon, and complain where it does not answer or answers an error. Exit status. */
int session_ask(const struct session *session, const struct control_request *request,
	struct json_object **ret_answer);

/* --json: print the object, and put it. */
int session_print_json(struct json_object *object);

/* The addresses of options->operand for options->port, in the resolver's order, of one family alone
 * where the options say so; the caller's (freeaddrinfo). Complains; an exit status. */
int session_resolve(const struct options *options, struct addrinfo **ret_list);

/* Wait, whatever signals come. */
void session_pause(double seconds);

/* Columns of the terminal; 80 where standard output is none. */
int session_columns(void);

#endif
