/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rate limit in the settings, beyond reading its lines (config_line.h).
 */
#ifndef CONTROL_CONFIG_LIMIT_H
#define CONTROL_CONFIG_LIMIT_H

#include "control/config_table.h"

void config_limit_defaults(struct config *config);

/* With the whole file read: the size of the client table, and what contradicts it. 0 or -EINVAL,
 * said. */
int config_limit_finish(struct config_line *line);

#endif
