/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See config_origin.h. */
#include "control/config_origin.h"

#include "control/config_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A file may say the same of thousands of lines. */
#define REMEMBERED_MAX 4096

int config_origin_add_file(struct config *config, const char *name)
{
	char **list;

	if (config->file_count >= CONFIG_FILES_MAX)
		return -E2BIG;
	list = realloc(config->files, ((size_t)config->file_count + 1) * sizeof(*list));
	if (!list)
		return -ENOMEM;
	config->files = list;
	list[config->file_count] = strdup(name);
	return list[config->file_count] ? config->file_count++ : -ENOMEM;
}

const char *config_file_name(const struct config *config)
{
	return config->file_count ? config->files[0] : "";
}

const char *config_origin_file(const struct config *config, struct config_origin origin)
{
	return origin.file < config->file_count ? config->files[origin.file] : "default";
}

struct config_place config_origin_place(
	const struct config *config, struct config_origin origin, struct config_origin seen_from)
{
	struct config_place place;

	if (origin.file == seen_from.file)
		snprintf(place.text, sizeof(place.text), "line %d", origin.line);
	else
		snprintf(place.text, sizeof(place.text), "line %d of %s", origin.line,
			config_origin_file(config, origin));
	return place;
}

void config_origin_print(const struct config *config, struct config_origin origin, FILE *out)
{
	if (origin.line)
		fprintf(out, "\t# %s:%d\n", config_origin_file(config, origin), origin.line);
	else
		fputs("\t# default\n", out);
}

struct config_origin config_origin_adopt(
	struct config *config, const struct config *other, struct config_origin origin)
{
	const char *name = config_origin_file(other, origin);
	int file = 0;

	if (!origin.line)
		return origin;
	while (file < config->file_count && strcmp(config->files[file], name) != 0)
		file++;
	if (file == config->file_count)
		file = config_origin_add_file(config, name);
	/* Without room for the name the origin is lost, not wrong. */
	return file < 0 ? (struct config_origin){0, 0} : (struct config_origin){origin.line, file};
}

void config_origin_remember(struct config *config, struct config_origin origin, const char *text)
{
	struct config_remembered *list = config->remembered;
	size_t count = config->remembered_count;

	if (count >= REMEMBERED_MAX)
		return;
	list = realloc(list, (count + 1) * sizeof(*list));
	if (!list)
		return;
	config->remembered = list;
	list[count] = (struct config_remembered){origin, strdup(text)};
	config->remembered_count += list[count].text != NULL;
}

void config_origin_print_remembered(const struct config *config, FILE *out)
{
	for (size_t i = 0; i < config->remembered_count; i++) {
		fprintf(out, "# %s", config->remembered[i].text);
		config_origin_print(config, config->remembered[i].origin, out);
	}
}

void config_origin_free(struct config *config)
{
	for (int i = 0; i < config->file_count; i++)
		free(config->files[i]);
	for (size_t i = 0; i < config->remembered_count; i++)
		free(config->remembered[i].text);
	free(config->files);
	free(config->remembered);
}

bool config_origin_has_line(const struct config *config, const char *name)
{
	return config->origins[config_table_at(config_table_find(name))].line != 0;
}
