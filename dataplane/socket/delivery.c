// SPDX-License-Identifier: GPL-2.0-or-later
/* ip(7), ipv6(7), socket(7); RFC 3542 sec. 6 for IPv6. */
#include "dataplane/socket/delivery.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define NS_PER_S 1000000000LL

int delivery_enable(int fd, int family)
{
	int on = 1;
	int ret;

	if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)))
		return -errno;
	if (family == AF_INET)
		ret = setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on));
	else
		ret = setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on));
	return ret ? -errno : 0;
}

static void read_stamp(const struct cmsghdr *c, struct delivery *delivery)
{
	struct timespec stamp;

	memcpy(&stamp, CMSG_DATA(c), sizeof(stamp));
	delivery->stamp_real_ns = stamp.tv_sec * NS_PER_S + stamp.tv_nsec;
}

static void read_ipv4(const struct cmsghdr *c, struct delivery *delivery)
{
	struct in_pktinfo info;

	memcpy(&info, CMSG_DATA(c), sizeof(info));
	delivery->family = AF_INET;
	delivery->ifindex = info.ipi_ifindex;
	delivery->ipv4 = info.ipi_addr;
	/* ipi_spec_dst is an address of ours; where the header has another one, it is a group's. */
	delivery->to_group = info.ipi_addr.s_addr != info.ipi_spec_dst.s_addr ||
			     IN_MULTICAST(ntohl(info.ipi_addr.s_addr));
}

static void read_ipv6(const struct cmsghdr *c, struct delivery *delivery)
{
	struct in6_pktinfo info;

	memcpy(&info, CMSG_DATA(c), sizeof(info));
	delivery->family = AF_INET6;
	delivery->ifindex = (int)info.ipi6_ifindex;
	delivery->ipv6 = info.ipi6_addr;
	delivery->to_group = IN6_IS_ADDR_MULTICAST(&info.ipi6_addr);
}

void delivery_read(struct msghdr *message, struct delivery *ret_delivery)
{
	struct cmsghdr *c;

	*ret_delivery = (struct delivery){.family = AF_UNSPEC};
	for (c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS)
			read_stamp(c, ret_delivery);
		else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO)
			read_ipv4(c, ret_delivery);
		else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO)
			read_ipv6(c, ret_delivery);
	}
}

size_t delivery_write(const struct delivery *delivery, char control[DELIVERY_CONTROL_SIZE])
{
	struct cmsghdr *c = (struct cmsghdr *)(void *)control;
	/* The route chooses the interface, but for an address that means nothing without one. */
	struct in6_pktinfo info6 = {.ipi6_addr = delivery->ipv6};
	struct in_pktinfo info4 = {.ipi_spec_dst = delivery->ipv4};

	memset(control, 0, DELIVERY_CONTROL_SIZE);
	if (delivery->family == AF_INET) {
		c->cmsg_level = IPPROTO_IP;
		c->cmsg_type = IP_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof(info4));
		memcpy(CMSG_DATA(c), &info4, sizeof(info4));
		return CMSG_SPACE(sizeof(info4));
	}
	if (IN6_IS_ADDR_LINKLOCAL(&delivery->ipv6))
		info6.ipi6_ifindex = (unsigned)delivery->ifindex;
	c->cmsg_level = IPPROTO_IPV6;
	c->cmsg_type = IPV6_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof(info6));
	memcpy(CMSG_DATA(c), &info6, sizeof(info6));
	return CMSG_SPACE(sizeof(info6));
}
