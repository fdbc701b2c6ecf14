// SPDX-License-Identifier: GPL-2.0-or-later
/* Publishing the time page, and handing it to other programs. Declared in state.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dataplane/state/state.h"

void state_publish(struct state *state, const struct timepage_sample *sample)
{
	timepage_publish(state->page, sample);
	if (state->mirror != NULL)
		timepage_publish(state->mirror, sample);
}

/* Whoever holds a read-only descriptor can open it anew for writing (/proc/self/fd): without these
 * any local program could forge the time of all others, or cut the memory off under the daemon. */
#define MIRROR_SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL)

static int state_make_mirror(struct state *state)
{
	int error, fd = memfd_create("ntpxdp-time-page", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	void *memory;

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, sizeof(*state->mirror))) {
		close(fd);
		return -errno;
	}
	memory = mmap(NULL, sizeof(*state->mirror), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	error = memory == MAP_FAILED || fcntl(fd, F_ADD_SEALS, MIRROR_SEALS) ? -errno : 0;
	if (error) {
		if (memory != MAP_FAILED)
			munmap(memory, sizeof(*state->mirror));
		close(fd);
		return error;
	}
	state->mirror = memory;
	state->mirror_fd = fd;
	timepage_init(state->mirror);
	if (timepage_current(state->page) != NULL)
		timepage_publish(state->mirror, timepage_current(state->page));
	return 0;
}

int state_page_descriptor(struct state *state)
{
	char path[64];
	int error, fd;

	if (state->mirror == NULL) {
		error = state_make_mirror(state);
		if (error)
			return error;
	}
	/* Opened anew, so that the receiver's descriptor cannot be used for writing. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", state->mirror_fd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}
