// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Prints what the least of all system calls costs on this machine, in ns: servers that
 * read a socket pay it several times a reply, so it stands beside any ratio to them.
 * The best of several rounds, each long beside a clock reading. Called by scripts/bench.
 */
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 20
#define CALLS  10000

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

int main(void)
{
	uint64_t best_ns = UINT64_MAX;

	for (int i = 0; i < ROUNDS; i++) {
		uint64_t begin_ns = now_ns();
		uint64_t taken_ns;

		for (int j = 0; j < CALLS; j++)
			syscall(SYS_getppid);
		taken_ns = now_ns() - begin_ns;
		if (taken_ns < best_ns)
			best_ns = taken_ns;
	}
	printf("%llu\n", (unsigned long long)(best_ns / CALLS));
	return 0;
}
