// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How long the program on an interface takes a frame, as the kernel measures it while
 * kernel.bpf_stats_enabled is on. A program may be asked by who has its descriptor, or
 * CAP_SYS_ADMIN, which the daemon gives up: so that it is pinned beside its link, as
 * PINDIR/vN/program_IFINDEX. Called by attach and by metrics.
 */
#ifndef CONTROL_ATTACH_RUNTIME_H
#define CONTROL_ATTACH_RUNTIME_H

#include <stdbool.h>
#include <stdint.h>

/* Of the program that was pinned last, since it was loaded and while it was measured. */
struct attach_runtime {
	uint32_t program_id;
	uint64_t run_ns, runs;
};

/* Pins the program in the place of the one before. Without a pin only the figures are missing. */
void attach_runtime_pin(const char *pindir, uint32_t ifindex, int program_fd);
void attach_runtime_unpin(const char *pindir, uint32_t ifindex);

/* Does the kernel measure now? */
bool attach_runtime_measured(void);

/* 0, or a negative errno: -ENOENT also where libxdp's dispatcher has the program. */
int attach_runtime_read(const char *pindir, uint32_t ifindex, struct attach_runtime *ret_runtime);

#endif
