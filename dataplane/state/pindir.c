// SPDX-License-Identifier: GPL-2.0-or-later
/* The folder of pins: names, owners, removal. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dataplane/state/state.h"

/* bpffs takes no dot in a name, and interface names may have one: links go by index. */
#define LINK_PREFIX "link_"

void state_directory(const char *pindir, char *ret_path, size_t size)
{
	snprintf(ret_path, size, "%s/v%d", pindir, STATE_LAYOUT);
}

void state_link_path(const char *pindir, uint32_t ifindex, char *ret_path, size_t size)
{
	snprintf(ret_path, size, "%s/v%d/" LINK_PREFIX "%u", pindir, STATE_LAYOUT, ifindex);
}

/* Calls visit for each entry of the folder until one returns non-zero. -errno where the folder
 * cannot be read. */
static int visit_pins(const char *directory,
	int (*visit)(const char *path, const char *name, void *arg), void *arg)
{
	DIR *folder = opendir(directory);
	struct dirent *entry;
	int result = 0;

	if (folder == NULL)
		return -errno;
	while (result == 0 && (entry = readdir(folder)) != NULL) {
		char path[STATE_PATH_MAX + 256];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
		result = visit(path, entry->d_name, arg);
	}
	closedir(folder);
	return result;
}

static int count_link(const char *path, const char *name, void *arg)
{
	unsigned int *count = arg;

	(void)path;
	if (strncmp(name, LINK_PREFIX, strlen(LINK_PREFIX)) == 0)
		++*count;
	return 0;
}

unsigned int state_link_count(const char *pindir)
{
	char directory[STATE_PATH_MAX];
	unsigned int count = 0;

	state_directory(pindir, directory, sizeof(directory));
	visit_pins(directory, count_link, &count);
	return count;
}

static int remove_pin(const char *path, const char *name, void *arg)
{
	(void)name;
	(void)arg;
	return unlink(path) ? -errno : 0;
}

int state_remove(const char *pindir)
{
	char directory[STATE_PATH_MAX];
	int error;

	if (state_link_count(pindir) > 0)
		return -EBUSY;
	state_directory(pindir, directory, sizeof(directory));
	error = visit_pins(directory, remove_pin, NULL);
	if (error == -ENOENT)
		return 0;
	if (error)
		return error;
	if (rmdir(directory))
		return -errno;
	rmdir(pindir); /* stays where another layout or another program uses it */
	return 0;
}

struct owner {
	uid_t uid;
	gid_t gid;
};

static int give_pin(const char *path, const char *name, void *arg)
{
	const struct owner *owner = arg;

	(void)name;
	return chown(path, owner->uid, owner->gid) ? -errno : 0;
}

void state_give_pin(const char *pindir, const char *path)
{
	char directory[STATE_PATH_MAX];
	struct stat status;

	state_directory(pindir, directory, sizeof(directory));
	if (stat(directory, &status) == 0)
		(void)!lchown(path, status.st_uid, status.st_gid);
}

int state_give(const char *pindir, unsigned int uid, unsigned int gid)
{
	struct owner owner = {uid, gid};
	char directory[STATE_PATH_MAX];
	int error;

	state_directory(pindir, directory, sizeof(directory));
	error = visit_pins(directory, give_pin, &owner);
	if (error)
		return error;
	if (chown(directory, uid, gid) || chown(pindir, uid, gid))
		return -errno;
	return 0;
}
