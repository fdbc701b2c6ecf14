// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How much time of its CPU a measurement had. What the kernel does for packets in
 * softirq runs on the account of the calling thread, or, when it becomes too much, on
 * that of the CPU's ksoftirqd; other programs on the same CPU then cost nothing but
 * the duration. The caller is pinned to one CPU.
 */
#ifndef BENCH_CPUTIME_H
#define BENCH_CPUTIME_H

#include <stdint.h>

struct cputime {
	int ksoftirqd; /* its schedstat file, or -1 */
};

/* For the CPU that the caller is on. Without a sight of ksoftirqd its share counts as nothing. */
void cputime_open(struct cputime *ret);
void cputime_close(struct cputime *cputime);

/* Of another process; 0 when there is none or the kernel does not say. */
uint64_t cputime_of_process(int pid);

/* Of thread and ksoftirqd together, from any beginning. */
uint64_t cputime_ns(const struct cputime *cputime);

#endif
