/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads settings files by the table of config_table.h, and prints, explains and compares
 * settings by the same rows. Compound lines are read by config_line.c, config_source.c,
 * config_clock.c and config_access.c; config_check.c looks at the whole. All remarks go to the
 * caller's sink; the caller owns the settings.
 */
#include "control/config.h"

#include "control/config_access.h"
#include "control/config_limit.h"
#include "control/config_line.h"
#include "control/config_table.h"
#include "control/config_value.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* Far more than any settings file; a wrong path (a device, a log) is found out early. */
#define FILE_MAX (1024 * 1024)

static void say(
	const struct config_line *line, enum config_level level, const char *format, va_list list)
{
	char text[512];
	size_t used = 0;

	if (!line->sink || !line->sink->say)
		return;
	if (line->row)
		used = (size_t)snprintf(text, sizeof(text), "%s: ", line->row->name);
	vsnprintf(text + used, sizeof(text) - used, format, list);
	line->sink->say(
		line->sink->arg, &(struct config_remark){level, line->file, line->number, text});
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

/* Reads one line of the file: finds its row, minds repetition. */
static int read_line(struct config_line *line, char *text)
{
	int err, *seen, count = split(line, text);

	if (count <= 0)
		return count;
	line->row = config_table_find(line->words[0]);
	if (!line->row)
		return config_line_error(line, "%s: unknown setting", line->words[0]);
	memmove(line->words, line->words + 1, (size_t)--line->count * sizeof(line->words[0]));
	seen = &line->config->lines[line->row - config_table];
	if (*seen && !(line->row->flags & CONFIG_REPEATS))
		return config_line_error(line, "repeated, first on line %d", *seen);
	err = apply(line);
	if (!*seen)
		*seen = line->number;
	return err;
}

/* What follows from the whole file, and whether it fits together. */
static int finish(struct config_line *line)
{
	int err;

	config_access_finish(line->config);
	err = config_limit_finish(line);
	return err ? err : config_line_check(line);
}

int config_parse(
	struct config *config, const struct config_text *text, const struct config_sink *sink)
{
	struct config_line line = {.config = config, .sink = sink, .file = text->name};
	char *copy = malloc(text->length + 1), *rest = copy, *one;
	int result = 0;

	if (!copy)
		return -ENOMEM;
	if (text->length)
		memcpy(copy, text->text, text->length);
	copy[text->length] = '\0';
	snprintf(config->file, sizeof(config->file), "%s", text->name);
	if (strlen(copy) != text->length) {
		line.number = 1;
		for (size_t i = 0; copy[i]; i++)
			line.number += copy[i] == '\n';
		free(copy);
		return config_line_error(&line, "holds a zero byte: not a text file");
	}
	while ((one = strsep(&rest, "\n"))) {
		line.number++;
		line.row = NULL;
		if (read_line(&line, one))
			result = -EINVAL;
	}
	free(copy);
	return result ? result : finish(&line);
}

/* Reads a whole file into fresh memory; the caller frees it. */
static int read_file(const char *path, char **ret_text, size_t *ret_length)
{
	int err = 0, fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *text = NULL;
	size_t length = 0;
	ssize_t got = 1;
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st))
		err = -errno;
	else if (S_ISDIR(st.st_mode))
		err = -EISDIR;
	else if (!(text = malloc(FILE_MAX)))
		err = -ENOMEM;
	while (!err && got > 0) {
		got = read(fd, text + length, FILE_MAX - length);
		if (got < 0)
			err = -errno;
		else if ((length += (size_t)got) == FILE_MAX)
			err = -EFBIG;
	}
	close(fd);
	if (err) {
		free(text);
		return err;
	}
	*ret_text = text;
	*ret_length = length;
	return 0;
}

int config_load(struct config *config, const char *path, const struct config_sink *sink)
{
	struct config_text text = {.name = path};
	char *memory = NULL;
	int err = read_file(path, &memory, &text.length);

	if (err)
		return err;
	text.text = memory;
	err = config_parse(config, &text, sink);
	free(memory);
	return err;
}

struct config *config_new(void)
{
	struct config *config = calloc(1, sizeof(*config));
	struct config_line line = {.config = config, .file = "default"};
	char word[CONFIG_PATH_MAX], *rest;

	if (!config)
		return NULL;
	config_limit_defaults(config);
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
	free(config);
}
