/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * commands: what main.c has rows for, one file per family. Each takes the options of the command
 * line, prints to standard output, complains to standard error and returns the exit status.
 */
#ifndef CONTROL_CLI_COMMANDS_H
#define CONTROL_CLI_COMMANDS_H

#include "control/cli/options.h"

int command_attach(const struct options *options);
int command_detach(const struct options *options);
int command_doctor(const struct options *options);
int command_status(const struct options *options);
int command_sources(const struct options *options);
int command_tracking(const struct options *options);
int command_stats(const struct options *options);
int command_top(const struct options *options);
int command_history(const struct options *options);
int command_clients(const struct options *options);
int command_access(const struct options *options);
int command_query(const struct options *options);
int command_health(const struct options *options);
int command_poolcheck(const struct options *options);
int command_plan(const struct options *options);
int command_bench(const struct options *options);

#endif
