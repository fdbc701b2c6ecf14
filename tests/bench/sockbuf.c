// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `sockbuf PID BYTES`: gives the Internet datagram sockets of a running process
 * buffers of that size, so that a server without such a setting is measured at its
 * best and no setting of the host changes. Needs root. Prints how many sockets it
 * changed; exit status 1 when none. Called by scripts/bench.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <unistd.h>

static int read_option(int fd, int option)
{
	socklen_t size = sizeof(int);
	int value = -1;

	return getsockopt(fd, SOL_SOCKET, option, &value, &size) < 0 ? -1 : value;
}

/* 1 when `fd` is such a socket and has the buffers now, 0 when it is another thing, or -errno. */
static int enlarge(int fd, int bytes)
{
	int domain = read_option(fd, SO_DOMAIN);

	if ((domain != AF_INET && domain != AF_INET6) || read_option(fd, SO_TYPE) != SOCK_DGRAM)
		return 0;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)) < 0)
		return -errno;
	return 1;
}

/* How many sockets were changed, or -errno of the last that could not be. */
static int enlarge_all(int pidfd, DIR *fds, int bytes)
{
	const struct dirent *entry;
	int error = 0;
	int changed = 0;

	while ((entry = readdir(fds))) {
		int fd, result;

		if (entry->d_name[0] == '.')
			continue;
		fd = pidfd_getfd(pidfd, atoi(entry->d_name), 0);
		if (fd < 0) {
			error = -errno;
			continue;
		}
		result = enlarge(fd, bytes);
		if (result < 0)
			error = result;
		else
			changed += result;
		close(fd);
	}
	return changed || !error ? changed : error;
}

int main(int argc, char **argv)
{
	int pid = argc == 3 ? atoi(argv[1]) : 0;
	int bytes = argc == 3 ? atoi(argv[2]) : 0;
	char path[64];
	int result;
	int pidfd;
	DIR *fds;

	if (pid <= 0 || bytes <= 0) {
		fprintf(stderr, "usage: sockbuf PID BYTES\n");
		return 2;
	}
	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	pidfd = pidfd_open(pid, 0);
	fds = opendir(path);
	result = pidfd < 0 || !fds ? -errno : enlarge_all(pidfd, fds, bytes);
	if (result < 0)
		fprintf(stderr, "sockbuf: process %d: %s; its buffers stay as they are\n", pid,
			strerror(-result));
	else
		printf("%d\n", result);
	if (fds)
		closedir(fds);
	if (pidfd >= 0)
		close(pidfd);
	return result > 0 ? 0 : 1;
}
