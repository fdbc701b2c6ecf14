// SPDX-License-Identifier: GPL-2.0-or-later
#include "dataplane/socket/datagram.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

int datagram_socket(int family)
{
	int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP);

	if (fd >= 0)
		return fd;
	if (errno != EINVAL)
		return -errno;
	fd = socket(family, SOCK_DGRAM, IPPROTO_UDP);
	if (fd < 0)
		return -errno;
	/* A simulator need not know these either: nothing is executed, and those who send and
	 * receive say MSG_DONTWAIT. */
	(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	(void)fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}
