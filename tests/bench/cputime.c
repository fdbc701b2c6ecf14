// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Thread clock and /proc/PID/schedstat of ksoftirqd. See cputime.h.
 */
#include "tests/bench/cputime.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S 1000000000ULL

/* Whether process `pid` is called `name`, which ends in a newline as the file does. */
static int is_called(const char *pid, const char *name)
{
	char path[64], comm[64];
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "/proc/%.16s/comm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	length = read(fd, comm, sizeof(comm) - 1);
	close(fd);
	if (length < 0)
		return 0;
	comm[length] = '\0';
	return strcmp(comm, name) == 0;
}

void cputime_open(struct cputime *ret)
{
	DIR *processes = opendir("/proc");
	const struct dirent *entry;
	char name[64], path[64];

	ret->ksoftirqd = -1;
	if (!processes)
		return;
	snprintf(name, sizeof(name), "ksoftirqd/%d\n", sched_getcpu());
	while (ret->ksoftirqd < 0 && (entry = readdir(processes))) {
		if (entry->d_name[0] < '1' || entry->d_name[0] > '9' ||
			!is_called(entry->d_name, name))
			continue;
		snprintf(path, sizeof(path), "/proc/%.16s/schedstat", entry->d_name);
		ret->ksoftirqd = open(path, O_RDONLY | O_CLOEXEC);
	}
	closedir(processes);
}

void cputime_close(struct cputime *cputime)
{
	if (cputime->ksoftirqd >= 0)
		close(cputime->ksoftirqd);
}

/* The first field of a schedstat file: time on the CPU. */
static uint64_t read_schedstat(int fd)
{
	char text[128];
	ssize_t length = fd < 0 ? -1 : pread(fd, text, sizeof(text) - 1, 0);

	if (length <= 0)
		return 0;
	text[length] = '\0';
	return strtoull(text, NULL, 10);
}

uint64_t cputime_of_process(int pid)
{
	char path[64];
	uint64_t ns;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ns = read_schedstat(fd);
	if (fd >= 0)
		close(fd);
	return ns;
}

uint64_t cputime_ns(const struct cputime *cputime)
{
	struct timespec own;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &own);
	return (uint64_t)own.tv_sec * NS_PER_S + (uint64_t)own.tv_nsec +
	       read_schedstat(cputime->ksoftirqd);
}
