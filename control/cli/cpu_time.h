// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How much time of its CPU a measurement had. What the kernel does for packets in
 * softirq runs on the account of the calling thread, or, when it becomes too much, on
 * that of the CPU's ksoftirqd; other programs on the same CPU then cost nothing but
 * the duration. The thread is pinned to one CPU.
 */
#ifndef CONTROL_CLI_CPU_TIME_H
#define CONTROL_CLI_CPU_TIME_H

#include <stdint.h>

struct cpu_time {
	int ksoftirqd; /* its schedstat file, or -1 */
};

/* For a thread on that CPU. Without a sight of ksoftirqd its share counts as nothing. */
void cpu_time_open(struct cpu_time *ret, int cpu);
void cpu_time_close(struct cpu_time *time);

/* Of another process with all its threads; 0 when there is none or the kernel does not say. */
uint64_t cpu_time_of_process(int pid);

/* Of the calling thread and ksoftirqd together, from any beginning. */
uint64_t cpu_time_ns(const struct cpu_time *time);

#endif
