// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Thread clock and /proc/PID/schedstat of ksoftirqd. See cpu_time.h.
 */
#include "control/cli/cpu_time.h"

#include <dirent.h>
#include <fcntl.h>
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

void cpu_time_open(struct cpu_time *ret, int cpu)
{
	DIR *processes = opendir("/proc");
	const struct dirent *entry;
	char name[64], path[64];

	ret->ksoftirqd = -1;
	if (!processes)
		return;
	snprintf(name, sizeof(name), "ksoftirqd/%d\n", cpu);
	while (ret->ksoftirqd < 0 && (entry = readdir(processes))) {
		if (entry->d_name[0] < '1' || entry->d_name[0] > '9' ||
			!is_called(entry->d_name, name))
			continue;
		snprintf(path, sizeof(path), "/proc/%.16s/schedstat", entry->d_name);
		ret->ksoftirqd = open(path, O_RDONLY | O_CLOEXEC);
	}
	closedir(processes);
}

void cpu_time_close(struct cpu_time *time)
{
	if (time->ksoftirqd >= 0)
		close(time->ksoftirqd);
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

uint64_t cpu_time_of_process(int pid)
{
	const struct dirent *entry;
	uint64_t ns = 0;
	char path[64];
	DIR *threads;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	threads = opendir(path);
	while (threads && (entry = readdir(threads))) {
		int fd;

		snprintf(path, sizeof(path), "/proc/%d/task/%.16s/schedstat", pid, entry->d_name);
		fd = entry->d_name[0] == '.' ? -1 : open(path, O_RDONLY | O_CLOEXEC);
		ns += read_schedstat(fd);
		if (fd >= 0)
			close(fd);
	}
	if (threads)
		closedir(threads);
	return ns;
}

uint64_t cpu_time_ns(const struct cpu_time *time)
{
	struct timespec own;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &own);
	return (uint64_t)own.tv_sec * NS_PER_S + (uint64_t)own.tv_nsec +
	       read_schedstat(time->ksoftirqd);
}
