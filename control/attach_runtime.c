// SPDX-License-Identifier: GPL-2.0-or-later
/* Pins of programs, and what the kernel has measured of them; see attach_runtime.h. */
#include "control/attach_runtime.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "dataplane/state/state.h"

static void program_path(const char *pindir, uint32_t ifindex, char ret_path[STATE_PATH_MAX + 32])
{
	char directory[STATE_PATH_MAX];

	state_directory(pindir, directory, sizeof(directory));
	snprintf(ret_path, STATE_PATH_MAX + 32, "%s/program_%u", directory, ifindex);
}

void attach_runtime_pin(const char *pindir, uint32_t ifindex, int program_fd)
{
	char path[STATE_PATH_MAX + 32];

	program_path(pindir, ifindex, path);
	unlink(path);
	if (bpf_obj_pin(program_fd, path) == 0)
		state_give_pin(pindir, path);
}

void attach_runtime_unpin(const char *pindir, uint32_t ifindex)
{
	char path[STATE_PATH_MAX + 32];

	program_path(pindir, ifindex, path);
	unlink(path);
}

bool attach_runtime_measured(void)
{
	int fd = open("/proc/sys/kernel/bpf_stats_enabled", O_RDONLY | O_CLOEXEC);
	char digit = '0';

	if (fd < 0)
		return false;
	if (read(fd, &digit, 1) != 1)
		digit = '0';
	close(fd);
	return digit != '0';
}

int attach_runtime_read(const char *pindir, uint32_t ifindex, struct attach_runtime *ret_runtime)
{
	struct bpf_prog_info info = {0};
	uint32_t length = sizeof(info);
	char path[STATE_PATH_MAX + 32];
	int fd, err;

	program_path(pindir, ifindex, path);
	fd = bpf_obj_get(path);
	if (fd < 0)
		return fd;
	err = bpf_obj_get_info_by_fd(fd, &info, &length);
	close(fd);
	if (err)
		return err;
	*ret_runtime = (struct attach_runtime){info.id, info.run_time_ns, info.run_cnt};
	return 0;
}
