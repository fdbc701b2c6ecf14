// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The command line: one pass over argv with the rows of options.h.
 */
#include "control/cli/options.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define AT(member) offsetof(struct options, member)

const struct option_row options_global[] = {
	{"socket", 0, OPTION_TEXT, AT(socket), "PATH", "control socket of the daemon", 0, 0},
	{"pindir", 0, OPTION_TEXT, AT(pindir), "DIR", "folder of the pins in bpffs", 0, 0},
	{"file", 'f', OPTION_TEXT, AT(file), "FILE", "settings file", 0, 0},
	{"json", 0, OPTION_FLAG, AT(json), NULL, "print JSON", 0, 0},
	{"help", 'h', OPTION_FLAG, AT(help), NULL, "print this text", 0, 0},
	{"version", 'V', OPTION_FLAG, AT(version), NULL, "print the version", 0, 0},
	{0},
};

/* Words that a command line is searched through, one after the other. */
struct cursor {
	const struct command_line *line;
	int next;
	bool only_operands; /* after "--" */
	struct options *options;
	const struct command_row *command;
	char *mistake;
};

#define MISTAKE(cursor, ...)                                                                       \
	(snprintf((cursor)->mistake, OPTIONS_MISTAKE_MAX, __VA_ARGS__), -EINVAL)

bool options_seconds(const char *text, double *ret_seconds)
{
	static const struct {
		const char *unit;
		double seconds;
	} units[] = {{"", 1}, {"s", 1}, {"ms", 1e-3}, {"us", 1e-6}, {"ns", 1e-9}, {"min", 60},
		{"h", 3600}, {"d", 86400}};
	char *end;
	double number = strtod(text, &end);

	if (end == text || !isfinite(number))
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(end, units[i].unit) == 0) {
			*ret_seconds = number * units[i].seconds;
			return true;
		}
	}
	return false;
}

int options_choice(const char *words, const char *text)
{
	size_t length = strlen(text);

	for (int index = 0;; index++) {
		size_t word = strcspn(words, "|");

		if (word == length && strncmp(words, text, length) == 0)
			return index;
		if (words[word] == '\0')
			return -1;
		words += word + 1;
	}
}

static int store_number(struct cursor *cursor, const struct option_row *row, const char *text)
{
	void *destination = (char *)cursor->options + row->offset;
	double number;

	if (row->type == OPTION_SECONDS) {
		if (!options_seconds(text, &number))
			return MISTAKE(cursor,
				"--%s: \"%s\" is no time; write for example 10ms, 2s or 1min",
				row->name, text);
	} else {
		char *end;

		number = (double)strtol(text, &end, 10);
		if (end == text || *end != '\0')
			return MISTAKE(cursor, "--%s: \"%s\" is no number", row->name, text);
	}
	if (number < row->minimum || number > row->maximum)
		return MISTAKE(cursor, "--%s: %s is not in the range %g to %g%s", row->name, text,
			row->minimum, row->maximum, row->type == OPTION_SECONDS ? " s" : "");
	if (row->type == OPTION_SECONDS)
		*(double *)destination = number;
	else
		*(long *)destination = (long)number;
	return 0;
}

static int store(struct cursor *cursor, const struct option_row *row, const char *text)
{
	void *destination = (char *)cursor->options + row->offset;
	int index;

	switch (row->type) {
	case OPTION_FLAG:
		*(bool *)destination = true;
		return 0;
	case OPTION_TEXT:
		if (text[0] == '\0')
			return MISTAKE(cursor, "--%s: %s is empty", row->name, row->value);
		*(const char **)destination = text;
		return 0;
	case OPTION_CHOICE:
		index = options_choice(row->value, text);
		if (index < 0)
			return MISTAKE(cursor, "--%s: \"%s\" is not one of %s", row->name, text,
				row->value);
		*(int *)destination = index;
		return 0;
	case OPTION_COUNT:
	case OPTION_SECONDS:
		return store_number(cursor, row, text);
	}
	return -EINVAL;
}

/* The row of "name" (length bytes) or, where length is 0, of a letter. */
static const struct option_row *find_row(
	const struct option_row *rows, const char *name, size_t length, char letter)
{
	for (; rows != NULL && rows->name != NULL; rows++) {
		if (length == 0 ? rows->letter == letter
				: strlen(rows->name) == length &&
					  strncmp(rows->name, name, length) == 0)
			return rows;
	}
	return NULL;
}

static int unknown_option(struct cursor *cursor, const char *word)
{
	if (cursor->command == NULL)
		return MISTAKE(cursor,
			"unknown option %s; options of a command stand after it; see ntpxdp --help",
			word);
	return MISTAKE(cursor, "%s: unknown option %s; see ntpxdp %s --help", cursor->command->name,
		word, cursor->command->name);
}

/* One option: "--name", "--name=value", "--name value", "-x value", "-xvalue". */
static int take_option(struct cursor *cursor, const char *word)
{
	const struct option_row *own = cursor->command ? cursor->command->options : NULL;
	const struct option_row *row;
	const char *value = NULL;
	size_t length = 0;
	char letter = word[1];

	if (letter == '-') {
		length = strcspn(word + 2, "=");
		value = word[2 + length] == '=' ? word + 3 + length : NULL;
	} else if (word[2] != '\0') {
		value = word + 2;
	}
	row = find_row(options_global, word + 2, length, letter);
	if (row == NULL)
		row = find_row(own, word + 2, length, letter);
	if (row == NULL)
		return unknown_option(cursor, word);
	if (row->type == OPTION_FLAG && value != NULL)
		return MISTAKE(cursor, "%s: --%s takes no value", word, row->name);
	if (row->type != OPTION_FLAG && value == NULL) {
		if (cursor->next >= cursor->line->argc)
			return MISTAKE(cursor, "--%s needs a value: %s", row->name, row->value);
		value = cursor->line->argv[cursor->next++];
	}
	return store(cursor, row, value);
}

static int take_operand(struct cursor *cursor, const char *word)
{
	if (cursor->command == NULL) {
		for (const struct command_row *row = cursor->line->commands; row->name != NULL;
			row++) {
			if (strcmp(row->name, word) == 0)
				cursor->command = row;
		}
		if (cursor->command == NULL)
			return MISTAKE(cursor, "unknown command \"%s\"; see ntpxdp --help", word);
		return 0;
	}
	if (cursor->command->operand == NULL)
		return MISTAKE(cursor, "%s takes no argument, but got \"%s\"",
			cursor->command->name, word);
	if (cursor->options->operand != NULL)
		return MISTAKE(cursor, "%s takes one %s, but got \"%s\" and \"%s\"",
			cursor->command->name, cursor->command->operand, cursor->options->operand,
			word);
	if (word[0] == '\0')
		return MISTAKE(
			cursor, "%s: %s is empty", cursor->command->name, cursor->command->operand);
	cursor->options->operand = word;
	return 0;
}

int options_parse(const struct command_line *line, struct options *options,
	const struct command_row **ret_command, char mistake[OPTIONS_MISTAKE_MAX])
{
	struct cursor cursor = {.line = line, .next = 1, .options = options, .mistake = mistake};
	int error = 0;

	while (error == 0 && cursor.next < line->argc) {
		const char *word = line->argv[cursor.next++];

		if (!cursor.only_operands && strcmp(word, "--") == 0)
			cursor.only_operands = true;
		else if (!cursor.only_operands && word[0] == '-' && word[1] != '\0')
			error = take_option(&cursor, word);
		else
			error = take_operand(&cursor, word);
	}
	if (error != 0)
		return error;
	if (!options->help && !options->version) {
		if (cursor.command == NULL)
			return MISTAKE(&cursor, "no command given; see ntpxdp --help");
		if (cursor.command->operand != NULL && options->operand == NULL)
			return MISTAKE(&cursor, "%s needs an argument: ntpxdp %s %s",
				cursor.command->name, cursor.command->name,
				cursor.command->operand);
	}
	*ret_command = cursor.command;
	return 0;
}

static void help_rows(const struct option_row *rows, FILE *out)
{
	for (; rows != NULL && rows->name != NULL; rows++) {
		char left[64];

		snprintf(left, sizeof(left), "%c%c%c --%s%s%s", rows->letter ? '-' : ' ',
			rows->letter ? rows->letter : ' ', rows->letter ? ',' : ' ', rows->name,
			rows->value ? " " : "", rows->value ? rows->value : "");
		/* A long choice gets its own line, so that the help text keeps its column. */
		if (strlen(left) > 24)
			fprintf(out, "  %s\n  %-24s  %s\n", left, "", rows->help);
		else
			fprintf(out, "  %-24s  %s\n", left, rows->help);
	}
}

void options_help(const struct command_row *commands, FILE *out)
{
	fprintf(out, "usage: ntpxdp [OPTIONS] COMMAND [OPTIONS]\n\ncommands:\n");
	for (; commands->name != NULL; commands++) {
		char left[32];

		snprintf(left, sizeof(left), "%s %s", commands->name,
			commands->operand ? commands->operand : "");
		fprintf(out, "  %-15s %s\n", left, commands->help);
	}
	fprintf(out, "\noptions:\n");
	help_rows(options_global, out);
	fprintf(out, "\nntpxdp COMMAND --help tells more.\n");
}

void options_command_help(const struct command_row *command, FILE *out)
{
	fprintf(out, "usage: ntpxdp %s%s%s [OPTIONS]\n\n%s\n", command->name,
		command->operand ? " " : "", command->operand ? command->operand : "",
		command->help);
	if (command->more != NULL)
		fprintf(out, "%s\n", command->more);
	if (command->options != NULL) {
		fprintf(out, "\noptions:\n");
		help_rows(command->options, out);
	}
	fprintf(out, "\noptions of every command:\n");
	help_rows(options_global, out);
}
