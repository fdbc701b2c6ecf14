// SPDX-License-Identifier: GPL-2.0-or-later
/* Where the memory of a map comes from; see state_private.h. */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "dataplane/state/state_private.h"

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

static void **map_member(struct state *state, enum state_map map)
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

int mapping_fail(struct state_failure *failure, const char *doing, const char *object, int error)
{
	failure->doing = doing;
	snprintf(failure->object, sizeof(failure->object), "%s", object);
	return error;
}

void mapping_path(const struct state *state, enum state_map map, char *ret_path, size_t size)
{
	snprintf(ret_path, size, "%s/%s", state->directory, maps[map].pin);
}

bool mapping_in_files(const char *directory)
{
	struct statfs status;

	return statfs(directory, &status) == 0 && status.f_type != BPF_FS_MAGIC;
}

static int map_memory(struct state *state, enum state_map map)
{
	int protection = PROT_READ | (state->writable ? PROT_WRITE : 0);
	void *memory = mmap(NULL, map_size(state, map), protection, MAP_SHARED, state->fd[map], 0);

	if (memory == MAP_FAILED)
		return -errno;
	*map_member(state, map) = memory;
	return 0;
}

static int make_array(struct state *state, enum state_map map)
{
	/* Not BPF_F_RDONLY_PROG, though the program writes counters alone: the kernel then refuses
	 * to map the memory for writing anywhere. */
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE);
	char name[BPF_OBJ_NAME_LEN];

	snprintf(name, sizeof(name), "ntp_%.11s", maps[map].pin);
	return bpf_map_create(BPF_MAP_TYPE_ARRAY, name, sizeof(uint32_t), maps[map].size,
		map_entries(state, map), &options);
}

/* All of it is asked for now: a folder without room must not be a SIGBUS later. */
static int make_file(const char *path, size_t size)
{
	int error, fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd < 0)
		return -errno;
	error = posix_fallocate(fd, 0, (off_t)size);
	if (!error)
		return fd;
	close(fd);
	unlink(path);
	return -error;
}

/* link() is what pinning is: it fails where there is something. */
static int publish_file(const char *made, const char *path)
{
	int error = link(made, path) ? -errno : 0;

	unlink(made);
	return error;
}

int mapping_make(
	struct state *state, enum state_map map, const char *path, struct state_failure *failure)
{
	char made[STATE_PATH_MAX + 80];
	int error;

	snprintf(made, sizeof(made), "%s_%d", path, getpid());
	state->fd[map] =
		state->in_files ? make_file(made, map_size(state, map)) : make_array(state, map);
	if (state->fd[map] < 0)
		return mapping_fail(failure, "creating", path, state->fd[map]);
	error = map_memory(state, map);
	if (error) {
		if (state->in_files)
			unlink(made);
		return mapping_fail(failure, "mapping", path, error);
	}
	state_init(state, map);
	error = state->in_files ? publish_file(made, path) : bpf_obj_pin(state->fd[map], path);
	return error ? mapping_fail(failure, "pinning", path, error) : 0;
}

void mapping_drop(struct state *state, enum state_map map)
{
	void **member = map_member(state, map);

	if (*member != NULL)
		munmap(*member, map_size(state, map));
	if (state->fd[map] >= 0)
		close(state->fd[map]);
	*member = NULL;
	state->fd[map] = -1;
}

/* How many elements the array has; a negative errno. */
static int open_array(struct state *state, enum state_map map, const char *path)
{
	struct bpf_map_info info = {};
	uint32_t size = sizeof(info);
	int error;

	/* Not BPF_F_RDONLY even for readers: of such a descriptor the kernel makes a private
	 * mapping, which arrays do not have (EINVAL). The mapping is read-only all the same. */
	state->fd[map] = bpf_obj_get(path);
	if (state->fd[map] < 0)
		return state->fd[map];
	error = bpf_obj_get_info_by_fd(state->fd[map], &info, &size);
	if (error)
		return error;
	if (info.type != BPF_MAP_TYPE_ARRAY || info.value_size != maps[map].size ||
		info.map_flags != BPF_F_MMAPABLE)
		return -EPROTO;
	return (int)info.max_entries;
}

/* The same of a file. */
static int open_file(struct state *state, enum state_map map, const char *path)
{
	struct stat status;

	state->fd[map] = open(path, (state->writable ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	if (state->fd[map] < 0 || fstat(state->fd[map], &status))
		return -errno;
	if (!S_ISREG(status.st_mode) || (size_t)status.st_size % maps[map].size != 0 ||
		status.st_size == 0)
		return -EPROTO;
	return (int)((size_t)status.st_size / maps[map].size);
}

int mapping_open(
	struct state *state, enum state_map map, const char *path, struct state_failure *failure)
{
	int entries = state->in_files ? open_file(state, map, path) : open_array(state, map, path);
	int error;

	if (entries < 0)
		return mapping_fail(
			failure, state->fd[map] < 0 ? "opening" : "reading", path, entries);
	if (map != STATE_MAP_CLIENTS && entries != 1)
		return mapping_fail(failure, "reading", path, -EPROTO);
	if (map == STATE_MAP_CLIENTS)
		state->client_sets = (uint32_t)entries;
	error = map_memory(state, map);
	return error ? mapping_fail(failure, "mapping", path, error) : 0;
}

int mapping_private(struct state *state, enum state_map map)
{
	void *memory = mmap(NULL, map_size(state, map), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return -errno;
	*map_member(state, map) = memory;
	return 0;
}
