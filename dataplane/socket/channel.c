// SPDX-License-Identifier: GPL-2.0-or-later
#include "dataplane/socket/channel.h"

#include <errno.h>
#include <unistd.h>

#include "dataplane/core/frame.h"
#include "dataplane/socket/datagram.h"
#include "dataplane/socket/delivery.h"

#define RECEIVE_BUFFER (4 << 20) /* some milliseconds of the highest rate seen */

static int set_option(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value)) ? -errno : 0;
}

static int prepare(int fd, int family)
{
	int ret = delivery_enable(fd, family);

	if (!ret && family == AF_INET)
		ret = set_option(fd, IPPROTO_IP, IP_TTL, FRAME_TTL);
	/* Don't-fragment always, whatever path MTU somebody's ICMP message claims. */
	if (!ret && family == AF_INET)
		ret = set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
	if (!ret && family == AF_INET6)
		ret = set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	if (!ret && family == AF_INET6)
		ret = set_option(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, FRAME_TTL);
	/* Without CAP_NET_ADMIN bounded by net.core.rmem_max: a smaller one loses more of a burst,
	 * and that is all. */
	if (!ret && set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER))
		(void)set_option(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER);
	return ret;
}

/* Also where the loopback interface is not up yet. */
static int prepare_loopback(int fd, int family)
{
	return family == AF_INET ? set_option(fd, IPPROTO_IP, IP_FREEBIND, 1)
				 : set_option(fd, IPPROTO_IPV6, IPV6_FREEBIND, 1);
}

static int bind_port(int fd, int family, be16 port, enum engine_share share)
{
	union channel_address address = {.any.sa_family = (sa_family_t)family};
	socklen_t length = sizeof(address.ipv4);

	if (family == AF_INET) {
		address.ipv4.sin_port = port.raw;
		if (share == ENGINE_LOOPBACK)
			address.ipv4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	} else {
		address.ipv6.sin6_port = port.raw;
		if (share == ENGINE_LOOPBACK)
			address.ipv6.sin6_addr = in6addr_loopback;
		length = sizeof(address.ipv6);
	}
	return bind(fd, &address.any, length) ? -errno : 0;
}

int channel_open(int family, be16 port, enum engine_share share)
{
	int fd = datagram_socket(family), ret;

	if (fd < 0)
		return fd;
	ret = prepare(fd, family);
	if (!ret && share != ENGINE_ALONE)
		ret = channel_share(fd);
	if (!ret && share == ENGINE_LOOPBACK)
		ret = prepare_loopback(fd, family);
	if (!ret)
		ret = bind_port(fd, family, port, share);
	if (!ret)
		return fd;
	close(fd);
	return ret;
}

int channel_share(int fd)
{
	return set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
}

void channel_mark(int fd, int family, int traffic_class)
{
	if (family == AF_INET)
		(void)set_option(fd, IPPROTO_IP, IP_TOS, traffic_class);
	else
		(void)set_option(fd, IPPROTO_IPV6, IPV6_TCLASS, traffic_class);
}
