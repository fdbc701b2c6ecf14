/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules by address in the settings, beyond reading their lines (config_line.h): what the whole
 * file says about them, and how a rule is written.
 */
#ifndef CONTROL_CONFIG_ACCESS_H
#define CONTROL_CONFIG_ACCESS_H

#include "control/config_table.h"

/* With the whole file read: `ratelimit` holds for all clients but those that a `restrict` line
 * speaks of, and where parts are allowed and nothing is said of all, the others are refused, which
 * is said. */
void config_access_finish(const struct config_line *line);

/* The rule as a line of a file, without its end. */
void config_access_print_rule(const struct config_rule *rule, FILE *out);

#endif
