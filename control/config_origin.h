/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a setting comes from: a line of one of the files that were read, or nowhere, a default.
 * The one place that turns an origin into words. The names of the files belong to struct config.
 * Used by the readers of lines, by -p, and by whoever names the line that decided something.
 */
#ifndef CONTROL_CONFIG_ORIGIN_H
#define CONTROL_CONFIG_ORIGIN_H

#include "control/config.h"

struct config_place {
	char text[CONFIG_PATH_MAX + 32];
};

/* A remark that -p prints behind the settings. */
struct config_remembered {
	struct config_origin origin;
	char *text;
};

/* Enters a file that is being read: its number, or a negative errno (-E2BIG: too many). */
int config_origin_add_file(struct config *config, const char *name);
/* The file's name; "default" while none has been read. */
const char *config_origin_file(const struct config *config, struct config_origin origin);
/* "line 3" where it stands in the file of `seen_from`, else "line 3 of FILE". */
struct config_place config_origin_place(
	const struct config *config, struct config_origin origin, struct config_origin seen_from);
/* Does a line of the files set it, or is it a default? name: of a row of the table. */
bool config_origin_has_line(const struct config *config, const char *name);
/* Ends a printed line with where it comes from: "# FILE:3" or "# default". */
void config_origin_print(const struct config *config, struct config_origin origin, FILE *out);
/* The origin, in other settings, as one of `config`, which learns the file's name. */
struct config_origin config_origin_adopt(
	struct config *config, const struct config *other, struct config_origin origin);

/* Keeps a text for -p; without memory it is not kept. */
void config_origin_remember(struct config *config, struct config_origin origin, const char *text);
/* Prints what was kept, as comments, and frees it in config_origin_free(). */
void config_origin_print_remembered(const struct config *config, FILE *out);
void config_origin_free(struct config *config);

#endif
