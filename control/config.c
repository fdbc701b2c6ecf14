/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the lines of settings files by the table of config_table.h: words, values, defaults, and
 * what is said about them. config_file.c has the files, config_line.h the readers of compound
 * lines. All remarks go to the caller's sink; the caller owns the settings.
 */
#include "control/config.h"

#include "control/config_file.h"
#include "control/config_limit.h"
#include "control/config_line.h"
#include "control/config_table.h"
#include "control/config_value.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void say(
	const struct config_line *line, enum config_level level, const char *format, va_list list)
{
	char text[512];
	size_t used = 0;

	if (line->row)
		used = (size_t)snprintf(text, sizeof(text), "%s: ", line->row->name);
	vsnprintf(text + used, sizeof(text) - used, format, list);
	if (line->origin.line && level != CONFIG_ERROR)
		config_origin_remember(line->config, line->origin, text);
	if (line->sink && line->sink->say)
		line->sink->say(
			line->sink->arg, &(struct config_remark){level,
						 config_origin_file(line->config, line->origin),
						 line->origin.line, text});
}

int config_line_error(const struct config_line *line, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	say(line, CONFIG_ERROR, format, list);
	va_end(list);
	return -EINVAL;
}

void config_line_warn(const struct config_line *line, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	say(line, CONFIG_WARNING, format, list);
	va_end(list);
}

void config_line_note(const struct config_line *line, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	say(line, CONFIG_NOTE, format, list);
	va_end(list);
}

void config_line_remember(const struct config_line *line, const char *format, ...)
{
	struct config_line silent = *line;
	va_list list;

	silent.sink = NULL;
	va_start(list, format);
	say(&silent, CONFIG_NOTE, format, list);
	va_end(list);
}

static int store_number(const struct config_line *line, void *destination)
{
	const struct config_row *row = line->row;
	const char *text = line->words[0];
	double value;
	long integer;

	if (row->type == CONFIG_INTEGER) {
		if (config_value_integer(text, &integer))
			return config_line_error(line, "%s: not a whole number", text);
		value = (double)integer;
	} else if (row->type == CONFIG_NUMBER) {
		if (config_value_number(text, &value))
			return config_line_error(line, "%s: not a number", text);
	} else if (config_value_duration(text, &value)) {
		return config_line_error(line, "%s: not a time such as 90, 30min or 10ms", text);
	}
	if (value < row->min || value > row->max)
		return config_line_error(
			line, "%s: must be %.10g to %.10g", text, row->min, row->max);
	if (row->type == CONFIG_INTEGER)
		*(int *)destination = (int)value;
	else
		*(double *)destination = value;
	return 0;
}

static int store_text(const struct config_line *line, char *destination)
{
	const struct config_row *row = line->row;
	const char *text = line->words[0];

	if (row->flags & CONFIG_CAN_BE_OFF && !strcasecmp(text, "off"))
		text = "";
	else if (row->type == CONFIG_PATH && text[0] != '/')
		return config_line_error(line, "%s: must be an absolute path", text);
	if (strlen(text) >= row->size)
		return config_line_error(line, "longer than %zu characters", row->size - 1);
	memset(destination, 0, row->size);
	strcpy(destination, text);
	return 0;
}

static int store_choice(const struct config_line *line, void *destination)
{
	int value = config_value_choice(line->words[0], line->row->syntax);

	if (value < 0)
		return config_line_error(
			line, "%s: must be one of %s", line->words[0], line->row->syntax);
	if (line->row->type == CONFIG_BOOLEAN)
		*(bool *)destination = value;
	else
		*(int *)destination = value;
	return 0;
}

/* Reads one line by its row. */
static int apply(struct config_line *line)
{
	const struct config_row *row = line->row;
	void *destination = (char *)line->config + row->offset;

	switch (row->type) {
	case CONFIG_LINE:
		return row->parse(line);
	case CONFIG_REFUSED:
		return config_line_error(line, "%s", row->help);
	case CONFIG_IGNORED:
		config_line_note(line, "accepted without effect: %s", row->help);
		return 0;
	default:
		break;
	}
	if (line->count != 1)
		return config_line_error(line, "needs one value (%s)", row->syntax);
	switch (row->type) {
	case CONFIG_CHOICE:
	case CONFIG_BOOLEAN:
		return store_choice(line, destination);
	case CONFIG_TEXT:
	case CONFIG_PATH:
		return store_text(line, destination);
	default:
		return store_number(line, destination);
	}
}

/*
 * Cuts a line into words in place. Comments as in chrony.conf (the line begins with one of
 * ! ; # %) and as in ntp.conf (a # after white space ends the line). Returns the count.
 */
static int split(struct config_line *line, char *text)
{
	const char *space = " \t\r\f\v";
	char *word, *rest = text;

	line->count = 0;
	text += strspn(text, space);
	if (strchr("!;#%", *text))
		return 0;
	while ((word = strtok_r(rest, space, &rest)) && *word != '#') {
		if (line->count == CONFIG_WORDS_MAX)
			return config_line_error(line, "more than %d words", CONFIG_WORDS_MAX);
		line->words[line->count++] = word;
	}
	return line->count;
}

/* Finds the row of a line's words and reads them, minding repetition. */
int config_line_read(struct config_line *line, char *text)
{
	int err, count = split(line, text);
	struct config_origin *seen;

	if (count <= 0)
		return count;
	line->row = config_table_find(line->words[0]);
	if (!line->row)
		return config_line_error(line, "%s: unknown setting", line->words[0]);
	memmove(line->words, line->words + 1, (size_t)--line->count * sizeof(line->words[0]));
	if (config_file_of_sources(line) && !(line->row->flags & CONFIG_IS_SOURCE))
		return config_line_error(
			line, "a file of a `sourcedir` has lines of `server` and `pool` only");
	seen = &line->config->origins[config_table_at(line->row)];
	if (seen->line && !(line->row->flags & CONFIG_REPEATS))
		return config_line_error(line, "repeated, first on %s",
			config_origin_place(line->config, *seen, line->origin).text);
	err = apply(line);
	if (!seen->line)
		*seen = line->origin;
	return err;
}

struct config *config_new(void)
{
	struct config *config = calloc(1, sizeof(*config));
	struct config_line line = {
		.config = config,
	};
	char word[CONFIG_PATH_MAX], *rest;

	if (!config)
		return NULL;
	config_limit_defaults(config);
	config_line_local_defaults(config);
	for (size_t i = 0; i < config_table_count; i++) {
		if (!config_table[i].initial)
			continue;
		line.row = &config_table[i];
		line.count = 0;
		snprintf(word, sizeof(word), "%s", config_table[i].initial);
		rest = word;
		while ((line.words[line.count] = strtok_r(rest, " ", &rest)))
			line.count++;
		if (apply(&line)) {
			config_free(config);
			errno = EINVAL;
			return NULL;
		}
	}
	return config;
}

void config_free(struct config *config)
{
	if (!config)
		return;
	free(config->sources);
	free(config->interfaces);
	free(config->serve);
	free(config->rules);
	config_origin_free(config);
	free(config);
}
