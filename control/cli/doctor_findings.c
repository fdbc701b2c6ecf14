// SPDX-License-Identifier: GPL-2.0-or-later
/* The list of findings, for people and as JSON; doctor_findings.h is the manual. */
#include "control/cli/doctor_findings.h"

#include "control/json_add.h"
#include "control/print.h"

#include <json-c/json.h>
#include <stdarg.h>
#include <string.h>

/* "WARN  queues      ": where the text begins. */
#define TEXT_INDENT    18
#define COMMAND_INDENT 6

void doctor_add(struct doctor_findings *findings, enum doctor_level level, const char *format, ...)
{
	struct doctor_finding *finding;
	va_list arguments;

	/* There is room for more than the judges ever say. The last one is written over. */
	if (findings->count == DOCTOR_FINDINGS_MAX)
		findings->count--;
	finding = &findings->entry[findings->count++];
	*finding = (struct doctor_finding){
		.level = level, .check = findings->check, .object = findings->object};
	va_start(arguments, format);
	vsnprintf(finding->text, sizeof(finding->text), format, arguments);
	va_end(arguments);
}

void doctor_why(struct doctor_findings *findings, const char *format, ...)
{
	struct doctor_finding *finding = &findings->entry[findings->count - 1];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(finding->why, sizeof(finding->why), format, arguments);
	va_end(arguments);
}

void doctor_command(struct doctor_findings *findings, const char *format, ...)
{
	struct doctor_finding *finding = &findings->entry[findings->count - 1];
	size_t length = strlen(finding->command), size = sizeof(finding->command);
	va_list arguments;

	if (length > 0 && length + 1 < size)
		finding->command[length++] = '\n';
	va_start(arguments, format);
	vsnprintf(finding->command + length, size - length, format, arguments);
	va_end(arguments);
}

const char *doctor_level_name(enum doctor_level level)
{
	static const char *const names[] = {"ok", "note", "warn", "fail"};

	return names[level];
}

enum doctor_level doctor_worst(const struct doctor_findings *findings)
{
	enum doctor_level worst = DOCTOR_OK;

	for (size_t i = 0; i < findings->count; i++)
		if (findings->entry[i].level > worst)
			worst = findings->entry[i].level;
	return worst;
}

static void print_commands(const char *commands, FILE *out)
{
	while (commands[0] != '\0') {
		int length = (int)strcspn(commands, "\n");

		fprintf(out, "%*s# %.*s\n", COMMAND_INDENT, "", length, commands);
		commands += length + (commands[length] == '\n');
	}
}

static void print_finding(const struct doctor_finding *finding, FILE *out, int columns)
{
	static const char *const marks[] = {"OK", "NOTE", "WARN", "FAIL"};
	char line[2 * DOCTOR_TEXT_MAX + 20], safe[sizeof(line)];

	fprintf(out, "%-4s  %-11s ", marks[finding->level], finding->check);
	snprintf(line, sizeof(line), "%s: %s", finding->object, finding->text);
	print_wrapped(out, print_safe(safe, sizeof(safe), line), TEXT_INDENT, columns);
	if (finding->why[0] != '\0') {
		fprintf(out, "%*s", TEXT_INDENT, "");
		print_wrapped(
			out, print_safe(safe, sizeof(safe), finding->why), TEXT_INDENT, columns);
	}
	print_commands(finding->command, out);
}

void doctor_print(const struct doctor_findings *findings, FILE *out, int columns)
{
	size_t counts[DOCTOR_FAIL + 1] = {0};

	for (size_t i = 0; i < findings->count; i++) {
		print_finding(&findings->entry[i], out, columns);
		counts[findings->entry[i].level]++;
	}
	fprintf(out, "\n%zu OK, %zu NOTE, %zu WARN, %zu FAIL; nothing was changed\n",
		counts[DOCTOR_OK], counts[DOCTOR_NOTE], counts[DOCTOR_WARN], counts[DOCTOR_FAIL]);
}

struct json_object *doctor_json(const struct doctor_findings *findings)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < findings->count; i++) {
		const struct doctor_finding *finding = &findings->entry[i];
		struct json_object *entry = json_object_new_object();

		json_add_text(entry, "check", finding->check);
		json_add_text(entry, "level", doctor_level_name(finding->level));
		json_add_text(entry, "object", finding->object);
		json_add_text(entry, "text", finding->text);
		json_add_text(entry, "why", finding->why);
		json_add_text(entry, "command", finding->command);
		json_object_array_add(list, entry);
	}
	return list;
}
