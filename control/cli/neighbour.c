// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A datagram makes the kernel ask; RTM_GETNEIGH (rtnetlink(7)) tells what it knows. See
 * neighbour.h.
 */
#include "control/cli/neighbour.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BUFFER_SIZE  4096 /* one neighbour */
#define TRIES        30
#define TRY_NS       100000000L
#define DISCARD_PORT 9

/* The kernel has an address and no reason to doubt it. */
#define KNOWN (NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE)

/* An empty datagram to the host, to the port that discards (RFC 863): no NTP server counts it. 0 or
 * a negative errno. */
static int provoke(const char *interface, const struct sockaddr_storage *host)
{
	struct sockaddr_storage discard = *host;
	socklen_t size = host->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6)
						     : sizeof(struct sockaddr_in);
	int fd = socket(host->ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int error = 0;

	if (fd < 0)
		return -errno;
	/* The port is at the same place for both. */
	((struct sockaddr_in *)(void *)&discard)->sin_port = htons(DISCARD_PORT);
	if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface, (socklen_t)strlen(interface)) <
			0 ||
		sendto(fd, "", 0, 0, (const struct sockaddr *)&discard, size) < 0)
		error = -errno;
	close(fd);
	return error;
}

static int take_attribute(const struct nlattr *attribute, void *data)
{
	const struct nlattr **address = data;

	if (mnl_attr_get_type(attribute) == NDA_LLADDR && mnl_attr_get_payload_len(attribute) == 6)
		*address = attribute;
	return MNL_CB_OK;
}

static int take_neighbour(const struct nlmsghdr *message, void *data)
{
	const struct ndmsg *header = mnl_nlmsg_get_payload(message);
	const struct nlattr *address = NULL;

	if (!(header->ndm_state & KNOWN) ||
		mnl_attr_parse(message, sizeof(*header), take_attribute, (void *)&address) < 0 ||
		address == NULL)
		return MNL_CB_OK;
	memcpy(data, mnl_attr_get_payload(address), 6);
	return MNL_CB_STOP;
}

/* True: the kernel knows the host. */
static bool look(struct mnl_socket *socket, unsigned int ifindex,
	const struct sockaddr_storage *host, uint8_t ret_mac[6])
{
	char buffer[BUFFER_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct ndmsg *header;
	ssize_t size;

	message->nlmsg_type = RTM_GETNEIGH;
	message->nlmsg_flags = NLM_F_REQUEST;
	header = mnl_nlmsg_put_extra_header(message, sizeof(*header));
	header->ndm_family = (unsigned char)host->ss_family;
	header->ndm_ifindex = (int)ifindex;
	if (host->ss_family == AF_INET6)
		mnl_attr_put(message, NDA_DST, sizeof(struct in6_addr),
			&((const struct sockaddr_in6 *)(const void *)host)->sin6_addr);
	else
		mnl_attr_put(message, NDA_DST, sizeof(struct in_addr),
			&((const struct sockaddr_in *)(const void *)host)->sin_addr);
	if (mnl_socket_sendto(socket, message, message->nlmsg_len) < 0)
		return false;
	size = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));
	return size > 0 &&
	       mnl_cb_run(buffer, (size_t)size, 0, mnl_socket_get_portid(socket), take_neighbour,
		       ret_mac) == MNL_CB_STOP &&
	       ((struct nlmsghdr *)(void *)buffer)->nlmsg_type == RTM_NEWNEIGH;
}

int neighbour_find(const char *interface, const struct sockaddr_storage *host, uint8_t ret_mac[6])
{
	const struct timespec pause = {.tv_nsec = TRY_NS};
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	uint8_t mac[6] = {0};
	bool found = false;
	int error;

	if (socket == NULL)
		return -errno;
	error = mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0 ? -errno : 0;
	if (!error)
		found = look(socket, if_nametoindex(interface), host, mac);
	if (!error && !found)
		error = provoke(interface, host);
	for (int i = 0; !error && !found && i < TRIES; i++) {
		found = look(socket, if_nametoindex(interface), host, mac);
		if (!found)
			nanosleep(&pause, NULL);
	}
	mnl_socket_close(socket);
	if (error)
		return error;
	if (!found)
		return -EHOSTUNREACH;
	memcpy(ret_mac, mac, sizeof(mac));
	return 0;
}
