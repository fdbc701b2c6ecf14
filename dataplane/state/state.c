// SPDX-License-Identifier: GPL-2.0-or-later
/* Opening, creating and closing the shared state; folders and removal are in pindir.c, the memory
 * of each map in mapping.c. */
#include "dataplane/state/state_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

static struct state *state_new(void)
{
	struct state *state = calloc(1, sizeof(*state));
	int map;

	if (state == NULL)
		return NULL;
	state->client_sets = 1;
	for (map = 0; map < STATE_MAP_COUNT; map++)
		state->fd[map] = -1;
	return state;
}

static uint64_t network_namespace(void)
{
	struct stat status;

	return stat("/proc/self/ns/net", &status) == 0 ? status.st_ino : 0;
}

/* Fills a map that was just made. Whatever is not named here starts as zeros. */
void state_init(struct state *state, enum state_map map)
{
	if (map == STATE_MAP_PAGE)
		timepage_init(state->page);
	if (map == STATE_MAP_SETTINGS) {
		config_settings_init(state->settings);
		state->settings->network_namespace = network_namespace();
		/* Fails only before the kernel has seeded its generator: then it waits. */
		while (getrandom(&state->settings->limit.seed, sizeof(uint64_t), 0) < 0 &&
			errno == EINTR)
			;
	}
}

static int state_get_map(
	struct state *state, enum state_map map, bool create, struct state_failure *failure)
{
	char path[STATE_PATH_MAX + 32];
	int error;

	mapping_path(state, map, path, sizeof(path));
	error = mapping_open(state, map, path, failure);
	if (error != -ENOENT || !create)
		return error;
	error = mapping_make(state, map, path, failure);
	if (error != -EEXIST)
		return error;
	mapping_drop(state, map);
	return mapping_open(state, map, path, failure);
}

static int state_check(const struct state *state, struct state_failure *failure)
{
	if (!timepage_known(state->page) || !config_settings_known(state->settings))
		return mapping_fail(failure, "reading", state->directory, -EPROTO);
	if (state->settings->network_namespace != network_namespace())
		return mapping_fail(failure, "opening", state->directory, -EXDEV);
	return 0;
}

enum state_way {
	STATE_READ,
	STATE_WRITE, /* what is there */
	STATE_CREATE,
	STATE_REMOVE /* writes, makes nothing, and does not ask what the page says */
};

static int state_load(const char *pindir, enum state_way way, struct state **ret_state,
	struct state_failure *failure)
{
	struct state *state = state_new();
	int map, error = 0;

	if (state == NULL)
		return mapping_fail(failure, "opening", pindir, -ENOMEM);
	state->writable = way != STATE_READ;
	state_directory(pindir, state->directory, sizeof(state->directory));
	state->in_files = mapping_in_files(state->directory);
	for (map = 0; map < STATE_MAP_COUNT && !error; map++)
		error = state_get_map(state, (enum state_map)map, way == STATE_CREATE, failure);
	if (!error && way != STATE_REMOVE)
		error = state_check(state, failure);
	if (error)
		state_close(state);
	else
		*ret_state = state;
	return error;
}

/* PINDIR and PINDIR/vN; on a bpffs, or not, as is asked for. */
static int state_make_directory(const char *pindir, bool in_files, struct state_failure *failure)
{
	char path[STATE_PATH_MAX];

	if (mkdir(pindir, 0755) && errno != EEXIST)
		return mapping_fail(failure, "creating", pindir, -errno);
	if (mapping_in_files(pindir) != in_files) {
		rmdir(pindir); /* only succeeds on the empty folder just made */
		return mapping_fail(failure, "opening", pindir, -ENOTSUP);
	}
	state_directory(pindir, path, sizeof(path));
	if (mkdir(path, 0755) && errno != EEXIST)
		return mapping_fail(failure, "creating", path, -errno);
	return 0;
}

int state_create(const char *pindir, struct state **ret_state, struct state_failure *ret_failure)
{
	int error = state_make_directory(pindir, false, ret_failure);

	return error ? error : state_load(pindir, STATE_CREATE, ret_state, ret_failure);
}

int state_create_in_files(
	const char *pindir, struct state **ret_state, struct state_failure *ret_failure)
{
	int error = state_make_directory(pindir, true, ret_failure);

	return error ? error : state_load(pindir, STATE_CREATE, ret_state, ret_failure);
}

bool state_takes_files(const char *pindir)
{
	char parent[STATE_PATH_MAX];
	char *slash;

	snprintf(parent, sizeof(parent), "%s", pindir);
	while (access(parent, F_OK) != 0 && (slash = strrchr(parent, '/')) != NULL &&
		slash != parent)
		*slash = '\0';
	return mapping_in_files(parent);
}

int state_open_to_write(
	const char *pindir, struct state **ret_state, struct state_failure *ret_failure)
{
	return state_load(pindir, STATE_WRITE, ret_state, ret_failure);
}

int state_open(const char *pindir, struct state **ret_state, struct state_failure *ret_failure)
{
	return state_load(pindir, STATE_READ, ret_state, ret_failure);
}

int state_open_to_remove(
	const char *pindir, struct state **ret_state, struct state_failure *ret_failure)
{
	return state_load(pindir, STATE_REMOVE, ret_state, ret_failure);
}

struct state *state_new_private(void)
{
	struct state *state = state_new();
	int map;

	if (state == NULL)
		return NULL;
	state->writable = true;
	for (map = 0; map < STATE_MAP_COUNT; map++) {
		if (mapping_private(state, (enum state_map)map)) {
			state_close(state);
			return NULL;
		}
		state_init(state, (enum state_map)map);
	}
	return state;
}

void state_close(struct state *state)
{
	int map;

	if (state == NULL)
		return;
	for (map = 0; map < STATE_MAP_COUNT; map++)
		mapping_drop(state, (enum state_map)map);
	if (state->mirror != NULL) {
		munmap(state->mirror, sizeof(*state->mirror));
		close(state->mirror_fd);
	}
	free(state);
}
