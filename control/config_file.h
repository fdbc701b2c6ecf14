/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading the text of settings files, one in another where they are included: which file a line
 * stands in, and who includes it. What a line says is config.c's (config_line_read()), which files
 * an including line means is config_include.c's. The caller owns all structs.
 */
#ifndef CONTROL_CONFIG_FILE_H
#define CONTROL_CONFIG_FILE_H

#include "control/config_line.h"

#include <sys/types.h>

#define CONFIG_INCLUDES_MAX 10 /* files in one another: as chrony */

/* One file being read; valid while it is. */
struct config_file {
	const char *name;
	dev_t device; /* with the inode: the file itself, whatever it is called; 0: memory */
	ino_t inode;
	const struct config_file *includer; /* NULL: config_load()'s own */
	int depth;                          /* 0: config_load()'s own */
	bool sources_only;                  /* a file of `sourcedir` */
	bool alone;                         /* it may include nothing */
};

/* Reads another file at the place of a line. 0; -EINVAL, said at that line or within the file. */
int config_file_include(struct config_line *line, const char *path, bool sources_only);

/* Does the line stand in a file of a `sourcedir`? */
bool config_file_of_sources(const struct config_line *line);

/* Reads one line of text, which is changed: config.c. */
int config_line_read(struct config_line *line, char *text);

/* config_include.c: the folder of the file that a line stands in goes before a relative path.
 * False: too long. */
bool config_include_path(
	const struct config_line *line, const char *path, char *ret_path, size_t size);

#endif
