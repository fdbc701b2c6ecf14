/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of settings: one row per word, with its type, place, default, limits and
 * help. The parser, -p, --help and the check of the manual page use the same row.
 * A new setting is a new row; a word borrowed from ntp.conf or chrony.conf that has no
 * meaning here is a row too, with the sentence that is said about it.
 * Used by config.c, config_line.c and the tests. Everything here is constant.
 */
#ifndef CONTROL_CONFIG_TABLE_H
#define CONTROL_CONFIG_TABLE_H

#include "control/config.h"

#define CONFIG_WORDS_MAX 64 /* words of one line; more is an error */

enum config_type {
	CONFIG_INTEGER,  /* int, min..max */
	CONFIG_NUMBER,   /* double, a borrowed word's own unit, min..max */
	CONFIG_DURATION, /* double, seconds, takes units, min..max */
	CONFIG_CHOICE,   /* int, position in `syntax` */
	CONFIG_BOOLEAN,  /* bool, position in the two words of `syntax` */
	CONFIG_TEXT,     /* char array */
	CONFIG_PATH,     /* char array, absolute */
	CONFIG_LINE,     /* read by `parse`, which owns all words */
	CONFIG_IGNORED,  /* has no meaning here; `help` says why, and is said once a word */
	CONFIG_REFUSED,  /* would change what the service means; `help` says why */
};

/* Flags of a row. */
#define CONFIG_REPEATS    1u /* may stand on several lines */
#define CONFIG_LIVE       2u /* a running daemon takes a new value */
#define CONFIG_CAN_BE_OFF 4u /* CONFIG_PATH: `off` makes it empty */
#define CONFIG_IS_SOURCE  8u /* may stand in a file of a `sourcedir` */

struct config_row;
struct config_file; /* config_file.h */

/* One line being read: its words, where it stands, and where to complain. */
struct config_line {
	struct config *config;
	const struct config_row *row;
	const struct config_sink *sink;
	const struct config_file *in; /* being read, with those that include it; NULL: none */
	struct config_origin origin;
	int count; /* words after the name */
	char *words[CONFIG_WORDS_MAX];
};

struct config_row {
	const char *name;
	enum config_type type;
	unsigned int flags;
	size_t offset, size; /* destination in struct config */
	double min, max;
	const char *initial; /* the default, as it would stand in a file; NULL: unset */
	const char *syntax;  /* what follows the name; for choices the words, by '|' */
	int (*parse)(struct config_line *line);
	void (*print)(const struct config *config, const struct config_row *row, FILE *out);
	bool (*same)(const struct config *a, const struct config *b);
	const char *help;
};

extern const struct config_row config_table[];
extern const size_t config_table_count;

/* The row of a word, ignoring case; NULL when the table does not have it. */
const struct config_row *config_table_find(const char *name);

/* Position of a row, as in struct config's `origins`. */
static inline size_t config_table_at(const struct config_row *row)
{
	return (size_t)(row - config_table);
}

/* Says something about a line, prefixed with the row's name. error returns -EINVAL. */
int config_line_error(const struct config_line *line, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void config_line_warn(const struct config_line *line, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void config_line_note(const struct config_line *line, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Not said, only printed by -p: what came of a line that is no setting. */
void config_line_remember(const struct config_line *line, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
