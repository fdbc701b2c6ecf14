/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the settings of a file to what the engines obey: the struct in shared memory, the rules by
 * address, the client table. Live: running engines follow at once, but for the features that
 * programs are loaded with, which the caller sees to (live_settings_features()).
 * Called by the daemon, and by `ntpxdp attach` where no daemon runs. Logs nothing.
 */
#ifndef CONTROL_LIVE_SETTINGS_H
#define CONTROL_LIVE_SETTINGS_H

#include "control/config.h"
#include "dataplane/state/state.h"

/* Who reads the state's tables in this process, and can be held up while they change. */
struct live_settings_readers {
	void (*hold)(void *arg);
	void (*release)(void *arg);
	void *arg;
};

/*
 * Writes all of them, and what takes time (a client table, who reads rules in the kernel) before
 * or after readers are held up; NULL: there are none. 0; -E2BIG: more rules than ACCESS_RULES_MAX;
 * -ENOMEM: no memory for the client table or the rules; another negative errno. What failed is not
 * in force, the rest is.
 */
int live_settings_write(struct state *state, const struct config *config,
	const struct live_settings_readers *readers);

/* FEATURE_* that these settings ask of a program, without what follows from its interface. */
uint32_t live_settings_features(const struct config *config);

#endif
