// SPDX-License-Identifier: GPL-2.0-or-later
/* Opening, creating and closing the shared state; folders and removal are in pindir.c. */
#include "dataplane/state/state.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

static const struct {
	const char *pin;
	size_t size;
	size_t offset; /* of the pointer in struct state */
} maps[STATE_MAP_COUNT] = {
#define STATE_ROW(symbol, member, pin, type)                                                       \
	[STATE_MAP_##symbol] = {pin, sizeof(type), offsetof(struct state, member)},
	STATE_MAPS(STATE_ROW)
#undef STATE_ROW
};

static void **state_member(struct state *state, enum state_map map)
{
	return (void **)((char *)state + maps[map].offset);
}

static uint32_t map_entries(const struct state *state, enum state_map map)
{
	return map == STATE_MAP_CLIENTS ? state->client_sets : 1;
}

static size_t map_size(const struct state *state, enum state_map map)
{
	return maps[map].size * map_entries(state, map);
}

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

static int fail(struct state_failure *failure, const char *doing, const char *object, int error)
{
	failure->doing = doing;
	snprintf(failure->object, sizeof(failure->object), "%s", object);
	return error;
}

static uint64_t network_namespace(void)
{
	struct stat status;

	return stat("/proc/self/ns/net", &status) == 0 ? status.st_ino : 0;
}

static int state_map_memory(struct state *state, enum state_map map)
{
	int protection = PROT_READ | (state->writable ? PROT_WRITE : 0);
	void *memory = mmap(NULL, map_size(state, map), protection, MAP_SHARED, state->fd[map], 0);

	if (memory == MAP_FAILED)
		return -errno;
	*state_member(state, map) = memory;
	return 0;
}

/* Fills a map that was just made. Whatever is not named here starts as zeros. */
static void state_init(struct state *state, enum state_map map)
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

/* A map of this layout, filled, then pinned: nobody sees it half made. -EEXIST: pinned by another
 * meanwhile. */
static int state_make_map(
	struct state *state, enum state_map map, const char *path, struct state_failure *failure)
{
	/* Not BPF_F_RDONLY_PROG, though the program writes counters alone: the kernel then refuses
	 * to map the memory for writing anywhere. */
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE);
	char name[BPF_OBJ_NAME_LEN];
	int error;

	snprintf(name, sizeof(name), "ntp_%.11s", maps[map].pin);
	state->fd[map] = bpf_map_create(BPF_MAP_TYPE_ARRAY, name, sizeof(uint32_t), maps[map].size,
		map_entries(state, map), &options);
	if (state->fd[map] < 0)
		return fail(failure, "creating", path, state->fd[map]);
	error = state_map_memory(state, map);
	if (error)
		return fail(failure, "mapping", path, error);
	state_init(state, map);
	error = bpf_obj_pin(state->fd[map], path);
	return error ? fail(failure, "pinning", path, error) : 0;
}

static void state_drop_map(struct state *state, enum state_map map)
{
	void **member = state_member(state, map);

	if (*member != NULL)
		munmap(*member, map_size(state, map));
	if (state->fd[map] >= 0)
		close(state->fd[map]);
	*member = NULL;
	state->fd[map] = -1;
}

static int state_open_map(
	struct state *state, enum state_map map, const char *path, struct state_failure *failure)
{
	struct bpf_map_info info = {};
	uint32_t size = sizeof(info);
	int error;

	/* Not BPF_F_RDONLY even for readers: of such a descriptor the kernel makes a private
	 * mapping, which arrays do not have (EINVAL). The mapping is read-only all the same. */
	state->fd[map] = bpf_obj_get(path);
	if (state->fd[map] < 0)
		return fail(failure, "opening", path, state->fd[map]);
	error = bpf_obj_get_info_by_fd(state->fd[map], &info, &size);
	if (error)
		return fail(failure, "reading", path, error);
	if (info.type != BPF_MAP_TYPE_ARRAY || info.value_size != maps[map].size ||
		info.map_flags != BPF_F_MMAPABLE ||
		(map != STATE_MAP_CLIENTS && info.max_entries != 1))
		return fail(failure, "reading", path, -EPROTO);
	if (map == STATE_MAP_CLIENTS)
		state->client_sets = info.max_entries;
	error = state_map_memory(state, map);
	return error ? fail(failure, "mapping", path, error) : 0;
}

static int state_get_map(
	struct state *state, enum state_map map, bool create, struct state_failure *failure)
{
	char path[STATE_PATH_MAX + 32];
	int error;

	snprintf(path, sizeof(path), "%s/%s", state->directory, maps[map].pin);
	error = state_open_map(state, map, path, failure);
	if (error != -ENOENT || !create)
		return error;
	error = state_make_map(state, map, path, failure);
	if (error != -EEXIST)
		return error;
	state_drop_map(state, map);
	return state_open_map(state, map, path, failure);
}

static int state_check(const struct state *state, struct state_failure *failure)
{
	if (!timepage_known(state->page) || !config_settings_known(state->settings))
		return fail(failure, "reading", state->directory, -EPROTO);
	if (state->settings->network_namespace != network_namespace())
		return fail(failure, "opening", state->directory, -EXDEV);
	return 0;
}

enum state_way {
	STATE_READ,
	STATE_CREATE,
	STATE_REMOVE /* writes, makes nothing, and does not ask what the page says */
};

static int state_load(const char *pindir, enum state_way way, struct state **ret_state,
	struct state_failure *failure)
{
	struct state *state = state_new();
	int map, error = 0;

	if (state == NULL)
		return fail(failure, "opening", pindir, -ENOMEM);
	state->writable = way != STATE_READ;
	state_directory(pindir, state->directory, sizeof(state->directory));
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

/* PINDIR and PINDIR/vN; the nearest folder that exists must be on a bpffs. */
static int state_make_directory(const char *pindir, struct state_failure *failure)
{
	char path[STATE_PATH_MAX];
	struct statfs status;

	if (mkdir(pindir, 0755) && errno != EEXIST)
		return fail(failure, "creating", pindir, -errno);
	if (statfs(pindir, &status))
		return fail(failure, "opening", pindir, -errno);
	if (status.f_type != BPF_FS_MAGIC) {
		rmdir(pindir); /* only succeeds on the empty folder just made */
		return fail(failure, "opening", pindir, -ENOTSUP);
	}
	state_directory(pindir, path, sizeof(path));
	if (mkdir(path, 0755) && errno != EEXIST)
		return fail(failure, "creating", path, -errno);
	return 0;
}

int state_create(const char *pindir, struct state **ret_state, struct state_failure *ret_failure)
{
	int error = state_make_directory(pindir, ret_failure);

	return error ? error : state_load(pindir, STATE_CREATE, ret_state, ret_failure);
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

static int state_private_memory(struct state *state, enum state_map map)
{
	void *memory = mmap(NULL, map_size(state, map), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return -errno;
	*state_member(state, map) = memory;
	return 0;
}

struct state *state_new_private(void)
{
	struct state *state = state_new();
	int map;

	if (state == NULL)
		return NULL;
	state->writable = true;
	for (map = 0; map < STATE_MAP_COUNT; map++) {
		if (state_private_memory(state, (enum state_map)map)) {
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
		state_drop_map(state, (enum state_map)map);
	if (state->mirror != NULL) {
		munmap(state->mirror, sizeof(*state->mirror));
		close(state->mirror_fd);
	}
	free(state);
}

/* A map beside the one that is pinned, then in its place: there is a table at every moment. */
static int state_replace_clients(struct state *state)
{
	struct state_failure failure;
	char path[STATE_PATH_MAX + 32], fresh[STATE_PATH_MAX + 40];
	int error;

	snprintf(path, sizeof(path), "%s/%s", state->directory, maps[STATE_MAP_CLIENTS].pin);
	snprintf(fresh, sizeof(fresh), "%s_new", path);
	unlink(fresh); /* of a process that died in between */
	error = state_make_map(state, STATE_MAP_CLIENTS, fresh, &failure);
	if (!error && rename(fresh, path))
		error = -errno;
	if (error)
		unlink(fresh);
	return error;
}

int state_set_clients(struct state *state, uint8_t sets_log2)
{
	struct state before = *state;
	int error = 0;

	if (state->client_sets != 1U << sets_log2) {
		state->client_sets = 1U << sets_log2;
		state->fd[STATE_MAP_CLIENTS] = -1;
		state->clients = NULL;
		error = state->directory[0] ? state_replace_clients(state)
					    : state_private_memory(state, STATE_MAP_CLIENTS);
		if (error) {
			state_drop_map(state, STATE_MAP_CLIENTS);
			*state = before;
			return error;
		}
		state_drop_map(&before, STATE_MAP_CLIENTS);
	}
	state->settings->limit.sets_log2 = sets_log2;
	return 0;
}
