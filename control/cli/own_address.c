// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One dump of the addresses; own_address.h is the manual.
 */
#include "control/cli/own_address.h"

#include "control/address_message.h"

#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <string.h>

/* The kernel fills no more than this at once (MNL_SOCKET_DUMP_SIZE). */
#define BUFFER_SIZE 32768

/* What is looked for, and what was found. */
struct search {
	int family;
	const void *bytes;
	enum own_address found;
};

static int take_address(const struct nlmsghdr *message, void *arg)
{
	struct search *search = arg;
	struct address_message own;

	if (!address_message_read(message, &own) || own.family != search->family ||
		memcmp(own.local, search->bytes, address_message_size(own.family)) != 0)
		return MNL_CB_OK;
	if (own.flags & IFA_F_PERMANENT)
		search->found = OWN_ADDRESS_PERMANENT;
	else /* of IPv4 the same bit says "secondary" */
		search->found = search->family == AF_INET6 && own.flags & IFA_F_TEMPORARY
					? OWN_ADDRESS_TEMPORARY
					: OWN_ADDRESS_DYNAMIC;
	return MNL_CB_OK;
}

static int dump(struct mnl_socket *socket, struct search *search)
{
	char buffer[BUFFER_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct ifaddrmsg *header;
	ssize_t size;
	int more = MNL_CB_OK;

	message->nlmsg_type = RTM_GETADDR;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	header = mnl_nlmsg_put_extra_header(message, sizeof(*header));
	header->ifa_family = (unsigned char)search->family;
	if (mnl_socket_sendto(socket, message, message->nlmsg_len) < 0)
		return MNL_CB_ERROR;
	while (more > MNL_CB_STOP) {
		size = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));
		if (size < 0)
			return MNL_CB_ERROR;
		more = mnl_cb_run(buffer, (size_t)size, 0, mnl_socket_get_portid(socket),
			take_address, search);
	}
	return more;
}

enum own_address own_address_of(const struct sockaddr_storage *address)
{
	const struct sockaddr_in6 *six = (const void *)address;
	const struct sockaddr_in *four = (const void *)address;
	struct search search = {.family = address->ss_family,
		.bytes = &four->sin_addr,
		.found = OWN_ADDRESS_FOREIGN};
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);

	if (socket == NULL)
		return OWN_ADDRESS_UNKNOWN;
	if (search.family == AF_INET6)
		search.bytes = &six->sin6_addr;
	if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0 ||
		dump(socket, &search) == MNL_CB_ERROR)
		search.found = OWN_ADDRESS_UNKNOWN;
	mnl_socket_close(socket);
	return search.found;
}

bool own_address_is_own(enum own_address own)
{
	return own != OWN_ADDRESS_UNKNOWN && own != OWN_ADDRESS_FOREIGN;
}
