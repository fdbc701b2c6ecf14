// SPDX-License-Identifier: GPL-2.0-or-later
/* What stands on an interface: foreign programs, our links, and links of another layout. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "control/attach_private.h"

/* Name and id of the XDP program that stands on the interface; false: none does. */
bool attach_foreign_program(uint32_t ifindex, char *ret_name, size_t size, uint32_t *ret_id)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);
	struct bpf_prog_info info = {};
	uint32_t length = sizeof(info);
	int fd;

	if (bpf_xdp_query((int)ifindex, 0, &query))
		return false;
	*ret_id = query.prog_id       ? query.prog_id
		  : query.drv_prog_id ? query.drv_prog_id
		  : query.skb_prog_id ? query.skb_prog_id
				      : query.hw_prog_id;
	if (*ret_id == 0)
		return false;
	snprintf(ret_name, size, ATTACH_NAME_UNKNOWN);
	fd = bpf_prog_get_fd_by_id(*ret_id);
	if (fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &length) == 0)
		snprintf(ret_name, size, "%s", info.name);
	if (fd >= 0)
		close(fd);
	return true;
}

int attach_refuse_foreign(const struct attach_target *target, struct attach_report *report)
{
	char name[BPF_OBJ_NAME_LEN];
	uint32_t id;

	if (!attach_foreign_program(target->ifindex, name, sizeof(name), &id))
		return 0;
	return attach_fail(report, -EBUSY,
		"%s carries another XDP program, \"%s\" (id %u), which is left in place; take it "
		"off "
		"first (`ip link set dev %s xdp off`, or its own tool), or try --shared",
		target->name, name, id, target->name);
}

/* A pinned link of ours on this interface: its descriptor, or -ENOENT. A link whose
 * interface is gone is unpinned on the way. */
int attach_link_open(const char *path, uint32_t ifindex)
{
	struct bpf_link_info info = {};
	uint32_t size = sizeof(info);
	int fd = bpf_obj_get(path);

	if (fd < 0)
		return fd;
	if (bpf_obj_get_info_by_fd(fd, &info, &size) == 0 && info.type == BPF_LINK_TYPE_XDP &&
		info.xdp.ifindex == ifindex)
		return fd;
	close(fd);
	unlink(path);
	return -ENOENT;
}

int attach_link_make(const struct attach_target *target, const struct attach_options *options,
	int program_fd, struct attach_report *report)
{
	LIBBPF_OPTS(bpf_link_create_opts, native, .flags = XDP_FLAGS_DRV_MODE);
	LIBBPF_OPTS(bpf_link_create_opts, generic, .flags = XDP_FLAGS_SKB_MODE);
	int fd;

	if (options->mode != ATTACH_GENERIC) {
		report->mode = INTERFACE_NATIVE;
		fd = bpf_link_create(program_fd, (int)target->ifindex, BPF_XDP, &native);
		if (fd >= 0)
			return fd;
		attach_native_reason(target, program_fd, fd, report);
		if (options->mode == ATTACH_NATIVE)
			return attach_fail(report, fd,
				"%s: no native XDP (%s); --mode generic works with every driver, "
				"at a "
				"fraction of the speed",
				target->name, report->why_not_native);
	}
	report->mode = INTERFACE_GENERIC;
	fd = bpf_link_create(program_fd, (int)target->ifindex, BPF_XDP, &generic);
	if (fd < 0)
		return attach_fail(report, fd, "attaching to %s in generic mode: %s", target->name,
			strerror(-fd));
	return fd;
}

enum interface_mode attach_link_mode(uint32_t ifindex)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);

	if (bpf_xdp_query((int)ifindex, 0, &query) == 0 && query.attach_mode == XDP_ATTACHED_SKB)
		return INTERFACE_GENERIC;
	return INTERFACE_NATIVE;
}

/*
 * Links of other layouts: PINDIR/vM/link_N. The folder's other pins are never opened.
 */
int attach_link_open_old(const char *pindir, uint32_t ifindex, char *ret_directory, size_t size)
{
	DIR *folder = opendir(pindir);
	struct dirent *entry;
	int fd = -ENOENT;

	if (folder == NULL)
		return -ENOENT;
	while (fd == -ENOENT && (entry = readdir(folder)) != NULL) {
		char path[STATE_PATH_MAX + 300];
		int layout;

		if (sscanf(entry->d_name, "v%d", &layout) != 1 || layout == STATE_LAYOUT)
			continue;
		snprintf(ret_directory, size, "%s/%s", pindir, entry->d_name);
		snprintf(path, sizeof(path), "%s/link_%u", ret_directory, ifindex);
		fd = attach_link_open(path, ifindex);
	}
	closedir(folder);
	return fd;
}

void attach_link_remove_old(const char *directory, uint32_t ifindex)
{
	char path[STATE_PATH_MAX + 300];
	struct dirent *entry;
	bool linked = false;
	DIR *folder;

	snprintf(path, sizeof(path), "%s/link_%u", directory, ifindex);
	unlink(path);
	snprintf(path, sizeof(path), "%s/program_%u", directory, ifindex);
	unlink(path);
	folder = opendir(directory);
	while (folder != NULL && (entry = readdir(folder)) != NULL)
		linked |= strncmp(entry->d_name, "link_", 5) == 0;
	if (folder == NULL || linked) {
		if (folder != NULL)
			closedir(folder);
		return;
	}
	rewinddir(folder);
	while ((entry = readdir(folder)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
		if (entry->d_name[0] != '.')
			unlink(path);
	}
	closedir(folder);
	rmdir(directory);
}

void attach_inspect(const struct interface *interface, struct attach_inspection *ret_inspection)
{
	char name[BPF_OBJ_NAME_LEN];
	char current[IF_NAMESIZE];

	memset(ret_inspection, 0, sizeof(*ret_inspection));
	if (if_indextoname(interface->ifindex, current) == NULL)
		snprintf(ret_inspection->detail, sizeof(ret_inspection->detail),
			"the interface is gone");
	else if (!attach_foreign_program(
			 interface->ifindex, name, sizeof(name), &ret_inspection->program_id))
		snprintf(ret_inspection->detail, sizeof(ret_inspection->detail),
			"no program is attached");
	else if (!interface->shared && strcmp(name, ATTACH_PROGRAM_NAME) != 0 &&
		 strcmp(name, ATTACH_NAME_UNKNOWN) != 0)
		snprintf(ret_inspection->detail, sizeof(ret_inspection->detail),
			"another program, \"%s\", stands there", name);
	else
		ret_inspection->attached = true;
}
