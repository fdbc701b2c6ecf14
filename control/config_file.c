/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See config_file.h. Files are read whole before the first line is looked at. */
#include "control/config_file.h"

#include "control/config_access.h"
#include "control/config_limit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Far more than any settings file; a wrong path (a device, a log) is found out early. */
#define FILE_MAX (1024 * 1024)

/* Reads a whole file into fresh memory; the caller frees it. */
static int read_file(struct config_file *file, char **ret_text, size_t *ret_length)
{
	int err = 0, fd = open(file->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
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
	file->device = st.st_dev;
	file->inode = st.st_ino;
	*ret_text = text;
	*ret_length = length;
	return 0;
}

/* All lines of a text. 0; -EINVAL, said. */
static int read_lines(struct config_line *line, const struct config_text *text)
{
	char *copy = malloc(text->length + 1), *rest = copy, *one;
	int result = 0;

	if (!copy)
		return -ENOMEM;
	if (text->length)
		memcpy(copy, text->text, text->length);
	copy[text->length] = '\0';
	if (strlen(copy) != text->length) {
		line->origin.line = 1;
		for (size_t i = 0; copy[i]; i++)
			line->origin.line += copy[i] == '\n';
		free(copy);
		return config_line_error(line, "holds a zero byte: not a text file");
	}
	while ((one = strsep(&rest, "\n"))) {
		line->origin.line++;
		line->row = NULL;
		if (config_line_read(line, one))
			result = -EINVAL;
	}
	free(copy);
	return result;
}

/* Is this file being read already, by itself or further out? */
static bool is_loop(const struct config_file *file)
{
	const struct config_file *outer = file->includer;

	while (outer && (outer->inode != file->inode || outer->device != file->device))
		outer = outer->includer;
	return outer != NULL;
}

bool config_file_of_sources(const struct config_line *line)
{
	return line->in && line->in->sources_only;
}

int config_file_include(struct config_line *line, const char *path, bool sources_only)
{
	struct config_file file = {
		.name = path,
		.includer = line->in,
		.depth = line->in->depth + 1,
		.sources_only = sources_only || line->in->sources_only,
	};
	struct config_line inner = {.config = line->config, .sink = line->sink, .in = &file};
	struct config_text text = {.name = path};
	char *memory = NULL;
	int err;

	if (file.depth > CONFIG_INCLUDES_MAX)
		return config_line_error(
			line, "%s: more than %d files in one another", path, CONFIG_INCLUDES_MAX);
	err = read_file(&file, &memory, &text.length);
	if (err)
		return config_line_error(line, "cannot read %s: %s", path, strerror(-err));
	text.text = memory;
	if (is_loop(&file))
		err = config_line_error(line, "%s: is being read already, a loop", path);
	else if ((inner.origin.file = config_origin_add_file(line->config, path)) < 0)
		err = config_line_error(
			line, "%s: cannot be entered: %s", path, strerror(-inner.origin.file));
	else
		err = read_lines(&inner, &text);
	free(memory);
	return err;
}

/* What follows from all files, and whether it fits together. */
static int finish(struct config_line *line)
{
	int err;

	config_access_finish(line);
	config_line_finish_local(line);
	err = config_limit_finish(line);
	return err ? err : config_line_check(line);
}

static int parse(struct config_file *file, struct config *config, const struct config_text *text,
	const struct config_sink *sink)
{
	struct config_line line = {.config = config, .sink = sink, .in = file};
	int err = config_origin_add_file(config, text->name);

	if (err >= 0)
		err = read_lines(&line, text);
	return err ? err : finish(&line);
}

int config_parse(
	struct config *config, const struct config_text *text, const struct config_sink *sink)
{
	struct config_file file = {.name = text->name, .alone = text->alone};

	return parse(&file, config, text, sink);
}

int config_load(struct config *config, const char *path, const struct config_sink *sink)
{
	struct config_file file = {.name = path};
	struct config_text text = {.name = path};
	char *memory = NULL;
	int err = read_file(&file, &memory, &text.length);

	if (err)
		return err;
	text.text = memory;
	err = parse(&file, config, &text, sink);
	free(memory);
	return err;
}
