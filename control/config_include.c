/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which files the including lines mean: chrony's `include`, `confdir` and `sourcedir`, ntp.conf's
 * `includefile`. A path that is not absolute begins at the folder of the file that names it. What
 * a folder or a pattern does not have is no error, as with chrony; a file that is named is.
 * Called through the rows of config_table.c; config_file.c reads what is found.
 */
#include "control/config_file.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FOLDERS_MAX 10 /* of one line: as chrony */

bool config_include_path(
	const struct config_line *line, const char *path, char *ret_path, size_t size)
{
	const char *slash = strrchr(line->in->name, '/');
	int folder = path[0] == '/' || !slash ? 0 : (int)(slash + 1 - line->in->name);

	return (size_t)snprintf(ret_path, size, "%.*s%s", folder, line->in->name, path) < size;
}

/* The name of a file without its folder. */
static const char *base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int by_base(const void *a, const void *b)
{
	return strcmp(base(*(char *const *)a), base(*(char *const *)b));
}

/* Reads the files in order; of several of one name only the first, where so asked. */
static int read_all(struct config_line *line, const glob_t *found, bool once, bool sources_only)
{
	const char *before = "";
	int err = 0;

	for (size_t i = 0; i < found->gl_pathc; i++) {
		const char *path = found->gl_pathv[i];

		if (once && !strcmp(base(path), before))
			continue;
		if (config_file_include(line, path, sources_only))
			err = -EINVAL;
		before = base(path);
	}
	config_line_remember(line, "%s: %zu file%s read", line->words[0], found->gl_pathc,
		found->gl_pathc == 1 ? "" : "s");
	return err;
}

static int check(struct config_line *line, int words_max)
{
	if (line->count < 1 || line->count > words_max)
		return config_line_error(
			line, "needs %s", words_max > 1 ? "1 to 10 folders" : "one path");
	if (line->in->alone)
		return config_line_error(line, "nothing can be included here");
	return 0;
}

/* Looks for `folder`/`pattern` and adds what there is. 0 or -EINVAL, said. */
static int look(struct config_line *line, const char *pattern, glob_t *found)
{
	int flags = GLOB_ERR | GLOB_NOMAGIC | (found->gl_pathc ? GLOB_APPEND : 0);
	int err = glob(pattern, flags, NULL, found);

	if (!err || err == GLOB_NOMATCH || (err == GLOB_ABORTED && errno == ENOENT))
		return 0;
	return config_line_error(line, "cannot look for %s: %s", pattern,
		err == GLOB_NOSPACE ? "out of memory" : strerror(errno));
}

int config_line_include(struct config_line *line)
{
	char path[CONFIG_PATH_MAX];
	glob_t found = {.gl_pathc = 0};
	int err = check(line, 1);

	if (err)
		return err;
	if (!config_include_path(line, line->words[0], path, sizeof(path)))
		return config_line_error(line, "longer than %zu characters", sizeof(path) - 1);
	err = look(line, path, &found);
	if (!err)
		err = read_all(line, &found, false, false);
	globfree(&found);
	return err;
}

/* Appends a folder's files; a folder that is not there has none. */
static int look_into(
	struct config_line *line, const char *folder, const char *suffix, glob_t *found)
{
	char path[CONFIG_PATH_MAX], pattern[CONFIG_PATH_MAX + 16];

	if (!config_include_path(line, folder, path, sizeof(path)))
		return config_line_error(line, "longer than %zu characters", sizeof(path) - 1);
	snprintf(pattern, sizeof(pattern), "%s/*%s", path, suffix);
	return look(line, pattern, found);
}

/* Of several folders the first that has a name gives it: the sort must keep their order. */
static void sort(glob_t *found)
{
	char **list = found->gl_pathv;

	for (size_t i = 1; i < found->gl_pathc; i++)
		for (size_t j = i; j > 0 && by_base(&list[j - 1], &list[j]) > 0; j--) {
			char *swap = list[j];

			list[j] = list[j - 1];
			list[j - 1] = swap;
		}
}

static int read_folders(struct config_line *line, const char *suffix, bool sources_only)
{
	glob_t found = {.gl_pathc = 0};
	int err = check(line, FOLDERS_MAX);

	if (err)
		return err;
	for (int i = 0; i < line->count && !err; i++)
		err = look_into(line, line->words[i], suffix, &found);
	sort(&found);
	if (!err)
		err = read_all(line, &found, true, sources_only);
	globfree(&found);
	return err;
}

int config_line_confdir(struct config_line *line)
{
	return read_folders(line, ".conf", false);
}

int config_line_sourcedir(struct config_line *line)
{
	return read_folders(line, ".sources", true);
}

/* ntp.conf(5): a file, or the *.conf of a folder. */
int config_line_includefile(struct config_line *line)
{
	char path[CONFIG_PATH_MAX];
	struct stat st;
	int err = check(line, 1);

	if (err)
		return err;
	if (!config_include_path(line, line->words[0], path, sizeof(path)))
		return config_line_error(line, "longer than %zu characters", sizeof(path) - 1);
	if (!stat(path, &st) && S_ISDIR(st.st_mode))
		return read_folders(line, ".conf", false);
	err = config_file_include(line, path, false);
	if (!err)
		config_line_remember(line, "%s: read", line->words[0]);
	return err;
}
