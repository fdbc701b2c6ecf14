/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the daemon's settings file and says in the log what is wrong with it, or what of it
 * has no effect. Called at start, for -p, and at SIGHUP. And puts them in force.
 */
#ifndef CONTROL_SETTINGS_H
#define CONTROL_SETTINGS_H

#include "control/config.h"

/* The settings, which the caller frees; NULL when they cannot be used. */
struct config *settings_load(const char *file);

struct live_settings_readers;
struct state;

/* Writes what the engines obey (live_settings_write()), and says what of it could not be put in
 * force. */
void settings_put_in_force(struct state *state, const struct config *config,
	const struct live_settings_readers *readers);

#endif
