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

/*
 * Writes all of them. 0; -E2BIG: more rules than ACCESS_RULES_MAX; -ENOMEM: no memory for the
 * client table or the rules; another negative errno. What failed is not in force, the rest is.
 */
int live_settings_write(struct state *state, const struct config *config);

/* FEATURE_* that these settings ask of a program, without what follows from its interface. */
uint32_t live_settings_features(const struct config *config);

#endif
