// SPDX-License-Identifier: GPL-2.0-or-later
/* Requests to one interface; ethtool.h is the manual. */
#include "control/ethtool.h"

#include <errno.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

int ethtool_interface(const char *name, unsigned long request, struct ifreq *ifreq)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int error = 0;

	if (fd < 0)
		return -errno;
	snprintf(ifreq->ifr_name, sizeof(ifreq->ifr_name), "%s", name);
	if (ioctl(fd, request, ifreq))
		error = -errno;
	close(fd);
	return error;
}

int ethtool_command(const char *name, void *command)
{
	struct ifreq ifreq = {.ifr_data = command};

	return ethtool_interface(name, SIOCETHTOOL, &ifreq);
}
