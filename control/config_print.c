/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the table of settings says besides reading: prints settings as lines that would be
 * read back the same (-p), explains every word (--help), and compares two sets of settings
 * for a running daemon. Declared in config.h; the caller owns all memory and the stream.
 */
#include "control/config_line.h"
#include "control/config_table.h"
#include "control/config_value.h"

#include <string.h>

/* The word at a position of "one|two|three". */
static void print_choice(const char *choices, int position, FILE *out)
{
	while (position-- > 0)
		choices += strcspn(choices, "|") + 1;
	fprintf(out, "%.*s", (int)strcspn(choices, "|"), choices);
}

static void print_value(const struct config *config, const struct config_row *row, FILE *out)
{
	const void *value = (const char *)config + row->offset;
	char text[40];

	switch (row->type) {
	case CONFIG_INTEGER:
		fprintf(out, "%d", *(const int *)value);
		break;
	case CONFIG_NUMBER:
		config_value_print_number(*(const double *)value, text, sizeof(text));
		fputs(text, out);
		break;
	case CONFIG_DURATION:
		config_value_print_duration(*(const double *)value, text, sizeof(text));
		fputs(text, out);
		break;
	case CONFIG_CHOICE:
		print_choice(row->syntax, *(const int *)value, out);
		break;
	case CONFIG_BOOLEAN:
		print_choice(row->syntax, *(const bool *)value, out);
		break;
	default:
		fputs(*(const char *)value ? (const char *)value : "off", out);
	}
}

void config_print(const struct config *config, FILE *out)
{
	for (size_t i = 0; i < config_table_count; i++) {
		const struct config_row *row = &config_table[i];

		if (row->print) {
			row->print(config, row, out);
		} else if (row->size && (row->initial || config->origins[i].line)) {
			fprintf(out, "%s ", row->name);
			print_value(config, row, out);
			config_origin_print(config, config->origins[i], out);
		}
	}
	config_origin_print_remembered(config, out);
}

/* Prints text after an indent, broken at blanks before column 80. */
static void print_wrapped(const char *text, FILE *out)
{
	size_t column = 0;

	while (*text) {
		size_t width = strcspn(text, " ");

		if (column && column + 1 + width > 64) {
			fputc('\n', out);
			column = 0;
		}
		column += (size_t)fprintf(
			out, "%s%.*s", column ? " " : "            ", (int)width, text);
		text += width;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

static void print_names(enum config_type type, const char *title, FILE *out)
{
	char names[4096] = "";
	size_t used = 0;

	for (size_t i = 0; i < config_table_count && used < sizeof(names); i++)
		if (config_table[i].type == type)
			used += (size_t)snprintf(
				names + used, sizeof(names) - used, "%s ", config_table[i].name);
	fprintf(out, "\n    %s\n", title);
	print_wrapped(names, out);
}

void config_help(FILE *out)
{
	for (size_t i = 0; i < config_table_count; i++) {
		const struct config_row *row = &config_table[i];

		if (row->type == CONFIG_IGNORED || row->type == CONFIG_REFUSED)
			continue;
		fprintf(out, "    %s %s\n", row->name, row->syntax);
		print_wrapped(row->help, out);
		if (row->initial)
			fprintf(out, "            default: %s\n", row->initial);
	}
	print_names(
		CONFIG_IGNORED, "accepted without effect, each with one line that says why:", out);
	print_names(CONFIG_REFUSED, "refused with the reason:", out);
}

void config_compare(const struct config *old, const struct config *new,
	void (*differs)(void *arg, const char *name, bool live), void *arg)
{
	for (size_t i = 0; i < config_table_count; i++) {
		const struct config_row *row = &config_table[i];
		bool same = true;

		if (row->same)
			same = row->same(old, new);
		else if (row->size && (!i || row->offset != config_table[i - 1].offset))
			same = !memcmp((const char *)old + row->offset,
				(const char *)new + row->offset, row->size);
		if (!same)
			differs(arg, row->name, row->flags & CONFIG_LIVE);
	}
}

void config_keep_fixed(struct config *config, const struct config *running)
{
	for (size_t i = 0; i < config_table_count; i++) {
		const struct config_row *row = &config_table[i];

		if (!row->size || row->flags & CONFIG_LIVE)
			continue;
		memcpy((char *)config + row->offset, (const char *)running + row->offset,
			row->size);
		config->origins[i] = config_origin_adopt(config, running, running->origins[i]);
	}
	for (size_t i = 0; i < config->hardware.count; i++)
		config->hardware.entry[i].origin =
			config_origin_adopt(config, running, config->hardware.entry[i].origin);
}
