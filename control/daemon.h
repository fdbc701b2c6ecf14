/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon: makes its parts in order, gives up root, runs the loop, stops clean. What each
 * part does is its own module's; what is said about a part that fails is said there too.
 * Called by main.c once.
 */
#ifndef CONTROL_DAEMON_H
#define CONTROL_DAEMON_H

#include "control/config.h"

struct daemon_options {
	const char *file;        /* settings, read again at SIGHUP */
	bool leave_system_clock; /* -x */
	bool bare;               /* -n */
};

/*
 * Runs until SIGTERM or SIGINT. Takes the settings over and frees them. Returns the exit
 * status: 0 after a clean stop, 1 when it could not start.
 */
int daemon_run(const struct daemon_options *options, struct config *config);

#endif
