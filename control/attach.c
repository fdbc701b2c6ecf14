// SPDX-License-Identifier: GPL-2.0-or-later
/* Links, pins and slots; loading and looking at interfaces is in attach_program.c. */
#include "control/attach.h"
#include "control/clocks.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "control/attach_private.h"
#include "control/attach_runtime.h"

/* After the structs that it names. */
#include <ntpxdp.skel.h>

const char *attach_mode_name(enum interface_mode mode)
{
	return mode == INTERFACE_NATIVE ? "native" : "generic";
}

const char *attach_reply_path_name(enum interface_reply_path path)
{
	return path == INTERFACE_FIB ? "fib" : "reflect";
}

void attach_explain_state(
	const struct state_failure *failure, int error, char *ret_text, size_t size)
{
	const char *hint = strerror(-error);

	if (error == -ENOTSUP)
		hint = "not on a BPF file system; `mount -t bpf bpf /sys/fs/bpf`, or name another "
		       "folder with --pindir";
	else if (error == -EPERM || error == -EACCES)
		hint = "not permitted; it takes root, or CAP_BPF and the right to write there";
	else if (error == -EPROTO)
		hint = "it holds another layout than its folder's name says and is not read; "
		       "remove the folder when nothing is attached";
	else if (error == -EXDEV)
		hint = "it belongs to another network namespace; name a folder of this one's own "
		       "with --pindir";
	else if (error == -ENOENT)
		hint = "nothing is there; is anything attached, and is this the right --pindir?";
	snprintf(ret_text, size, "%s %s: %s", failure->doing, failure->object, hint);
}

/* The slot that is this interface's, or a free one. */
static int find_slot(const struct state *state, uint32_t ifindex)
{
	int slot, empty = -ENOSPC;

	for (slot = (int)state_slots() - 1; slot >= 0; slot--) {
		uint32_t user = state->interfaces->entry[slot].ifindex;

		if (user == ifindex)
			return slot;
		if (user == 0)
			empty = slot;
	}
	return empty;
}

static void fill_slot(struct interface *slot, const struct attach_target *target,
	const struct attach_options *options, uint32_t features)
{
	struct interface entry = {
		.ifindex = target->ifindex,
		.mode = slot->mode,
		.reply_path = options->reply_path,
		.features = features,
		.shared = options->shared,
		.attached_realtime_s = (uint64_t)time(NULL),
	};

	memcpy(entry.mac, target->mac, sizeof(entry.mac));
	memcpy(entry.name, target->name, sizeof(entry.name));
	*slot = entry;
}

/* What one call of attach_interface() is about. */
struct attach_job {
	const struct attach_target *target;
	const struct attach_options *options;
	struct attach_report *report;
	int program_fd;
};

static int pin_link(const struct attach_job *job, int link_fd, const char *otherwise)
{
	char path[STATE_PATH_MAX + 32];
	int error;

	state_link_path(job->options->pindir, job->target->ifindex, path, sizeof(path));
	error = bpf_obj_pin(link_fd, path);
	if (error)
		return attach_fail(job->report, error, "pinning %s: %s; %s", path, strerror(-error),
			otherwise);
	state_give_pin(job->options->pindir, path);
	return 0;
}

/* A new link, pinned. */
static int attach_fresh(const struct attach_job *job)
{
	int fd, error;

	error = attach_refuse_foreign(job->target, job->report);
	if (error)
		return error;
	fd = attach_link_make(job->target, job->options, job->program_fd, job->report);
	if (fd < 0)
		return fd;
	error = pin_link(job, fd, "nothing was attached");
	close(fd); /* an unpinned link is taken off by this */
	job->report->fresh = !error;
	return error;
}

/* Another program on the link that is there. */
static int attach_replace(const struct attach_job *job, int link_fd)
{
	const char *name = job->target->name;
	enum interface_mode mode = attach_link_mode(job->target->ifindex);
	int error;

	if ((job->options->mode == ATTACH_NATIVE && mode != INTERFACE_NATIVE) ||
		(job->options->mode == ATTACH_GENERIC && mode != INTERFACE_GENERIC))
		return attach_fail(job->report, -EBUSY,
			"%s is attached in %s mode, which does not change in place; `ntpxdp detach "
			"%s` first",
			name, attach_mode_name(mode), name);
	error = bpf_link_update(link_fd, job->program_fd, NULL);
	if (error)
		return attach_fail(job->report, error,
			"replacing the program on %s: %s; the old one goes on answering", name,
			strerror(-error));
	job->report->mode = mode;
	job->report->fresh = false;
	return 0;
}

/* A link of another layout: our maps are pinned already; then the link is pinned beside them and
 * gets our program, and only then the old pins go. */
static int attach_take_over(const struct attach_job *job, int link_fd, const char *old_directory)
{
	char path[STATE_PATH_MAX + 32];
	int error;

	error = pin_link(job, link_fd, "the old program goes on answering");
	if (error)
		return error;
	error = attach_replace(job, link_fd);
	if (error) {
		state_link_path(job->options->pindir, job->target->ifindex, path, sizeof(path));
		unlink(path);
		return error;
	}
	attach_link_remove_old(old_directory, job->target->ifindex);
	snprintf(job->report->warning, sizeof(job->report->warning),
		"%s was attached with another layout of the shared memory (%s), which is replaced",
		job->target->name, old_directory);
	return 0;
}

/* Whatever is there already gets this program; otherwise a link is made. */
static int attach_program(const struct attach_job *job)
{
	const char *pindir = job->options->pindir;
	uint32_t ifindex = job->target->ifindex;
	char path[STATE_PATH_MAX + 32], old_directory[STATE_PATH_MAX + 256];
	int fd, error;

	state_link_path(pindir, ifindex, path, sizeof(path));
	fd = attach_link_open(path, ifindex);
	if (fd >= 0) {
		error = attach_replace(job, fd);
		close(fd);
		return error;
	}
	if (fd != -ENOENT)
		return attach_fail(job->report, fd, "opening %s: %s", path, strerror(-fd));
	fd = attach_link_open_old(pindir, ifindex, old_directory, sizeof(old_directory));
	if (fd < 0)
		return attach_fresh(job);
	error = attach_take_over(job, fd, old_directory);
	close(fd);
	return error;
}

/* Is this what the name means? The interface of today that is called so, whatever it was called
 * when it was attached, or one that was called so and is gone. */
static bool stands_for(const struct interface *entry, const char *name)
{
	uint32_t ifindex = if_nametoindex(name);
	char current[IF_NAMESIZE];

	if (entry->ifindex == 0 || entry->ifindex == ifindex)
		return entry->ifindex != 0;
	return strncmp(entry->name, name, sizeof(entry->name)) == 0 &&
	       (ifindex == 0 || if_indextoname(entry->ifindex, current) == NULL);
}

static int take_off(struct interface *entry, const char *pindir, struct attach_report *report)
{
	char path[STATE_PATH_MAX + 32], name[IF_NAMESIZE];
	bool gone = if_indextoname(entry->ifindex, name) == NULL;
	int fd;

	fd = entry->shared && !gone ? attach_shared_detach(entry->ifindex, report) : 0;
	if (fd)
		return fd;
	state_link_path(pindir, entry->ifindex, path, sizeof(path));
	fd = bpf_obj_get(path);
	if (fd < 0 && fd != -ENOENT)
		return attach_fail(report, fd, "opening %s: %s", path, strerror(-fd));
	if (fd >= 0 && unlink(path)) {
		fd = -errno;
		return attach_fail(report, fd, "removing %s: %s", path, strerror(-fd));
	}
	if (fd >= 0) {
		/* Somebody may still hold the link open; this takes it off all the same. An
		 * interface that is gone has taken its link along. */
		bpf_link_detach(fd);
		close(fd);
	}
	attach_runtime_unpin(pindir, entry->ifindex);
	memset(entry, 0, sizeof(*entry));
	return 0;
}

/* Takes off all that stands for the name, but for one interface (0: for none). How many, or a
 * negative errno. */
static int take_off_all(struct state *state, const char *pindir, const struct attach_target *target,
	struct attach_report *report)
{
	int slot, count = 0, error = 0;

	for (slot = 0; slot < CONFIG_INTERFACES && !error; slot++) {
		struct interface *entry = &state->interfaces->entry[slot];

		if (!stands_for(entry, target->name) || entry->ifindex == target->ifindex)
			continue;
		error = take_off(entry, pindir, report);
		count++;
	}
	return error ? error : count;
}

static int attach_with_program(const struct attach_target *target,
	const struct attach_options *options, struct state *state, struct attach_report *report)
{
	uint32_t features = (options->reply_path == INTERFACE_FIB ? FEATURE_FIB : 0) |
			    state->settings->features;
	struct attach_job job = {target, options, report, -1};
	struct interface before, *entry;
	struct ntpxdp_bpf *program;
	int slot, error;

	/* Of an interface that was removed and made anew. */
	error = take_off_all(state, options->pindir, target, report);
	if (error < 0)
		return error;
	slot = find_slot(state, target->ifindex);
	if (slot < 0)
		return attach_fail(report, slot,
			"%s: %u interfaces are attached, which is the limit", target->name,
			state_slots());
	entry = &state->interfaces->entry[slot];
	before = *entry;
	if (before.ifindex != 0 && before.shared && !options->shared)
		return attach_fail(report, -EBUSY,
			"%s is attached through libxdp's dispatcher; repeat with --shared, or "
			"`ntpxdp detach %s` first",
			target->name, target->name);
	program = attach_program_open(state, (uint32_t)slot, features, report);
	if (program == NULL)
		return -EINVAL;
	if (before.ifindex == 0)
		state_count_anew(state, (unsigned int)slot);
	/* Before the first frame can arrive. */
	fill_slot(entry, target, options, features);
	entry->clients_map = attach_clients_map(state);
	if (options->shared) {
		error = attach_shared(target, options, program, report);
	} else {
		error = attach_program_load(program->obj, report);
		job.program_fd = bpf_program__fd(program->progs.ntpxdp);
		error = error ? error : attach_program(&job);
		if (!error)
			attach_runtime_pin(options->pindir, target->ifindex, job.program_fd);
	}
	if (error)
		*entry = before;
	else
		entry->mode = (uint8_t)report->mode;
	ntpxdp_bpf__destroy(program);
	return error;
}

int attach_lock(const char *pindir)
{
	char directory[STATE_PATH_MAX];
	int fd;

	state_directory(pindir, directory, sizeof(directory));
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX) == 0)
		return fd;
	close(fd);
	return -EWOULDBLOCK;
}

int attach_interface(
	const char *name, const struct attach_options *options, struct attach_report *ret_report)
{
	struct state_failure failure;
	struct attach_target target;
	struct state *state = NULL;
	int error, lock = -1;
	bool made;

	memset(ret_report, 0, sizeof(*ret_report));
	ret_report->reply_path = options->reply_path;
	error = attach_find(name, &target, ret_report);
	if (!error)
		error = attach_check_reply_path(&target, options->reply_path, ret_report);
	if (error)
		return error;
	error = state_open(options->pindir, &state, &failure);
	made = error == -ENOENT;
	state_close(error ? NULL : state);
	error = state_create(options->pindir, &state, &failure);
	if (error) {
		attach_explain_state(&failure, error, ret_report->error, sizeof(ret_report->error));
	} else {
		lock = attach_lock(options->pindir);
		error = attach_with_program(&target, options, state, ret_report);
		if (!error && ret_report->warning[0] == '\0')
			attach_check_offloads(&target, ret_report);
		state_close(state);
	}
	if (error && made)
		state_remove(options->pindir);
	if (lock >= 0)
		close(lock);
	return error;
}

bool attach_any(const struct state *state)
{
	for (int slot = 0; slot < CONFIG_INTERFACES; slot++)
		if (state->interfaces->entry[slot].ifindex != 0)
			return true;
	return false;
}

int attach_detach(
	const char *name, const char *pindir, bool keep_state, struct attach_report *ret_report)
{
	struct attach_target any = {.ifindex = 0};
	struct state_failure failure;
	struct state *state = NULL;
	int error, lock;
	bool last;

	memset(ret_report, 0, sizeof(*ret_report));
	snprintf(any.name, sizeof(any.name), "%s", name);
	error = state_open_to_remove(pindir, &state, &failure);
	if (error == -ENOENT)
		return attach_fail(ret_report, error,
			"%s: ntpxdp is not attached to it (nothing in %s)", name, pindir);
	if (error) {
		attach_explain_state(&failure, error, ret_report->error, sizeof(ret_report->error));
		return error;
	}
	lock = attach_lock(pindir);
	error = take_off_all(state, pindir, &any, ret_report);
	if (error == 0)
		error = attach_fail(ret_report, -ENOENT,
			"%s: ntpxdp is not attached to it; `ntpxdp status` lists where it is",
			name);
	/* A DPDK engine answers from the state, too. */
	last = !attach_any(state) && !engine_table_any(state, clocks_mono_ns());
	state_close(state);
	if (error > 0)
		error = !keep_state && last ? state_remove(pindir) : 0;
	if (lock >= 0)
		close(lock);
	return error;
}
