// SPDX-License-Identifier: GPL-2.0-or-later
/* See address_message.h. */
#include "control/address_message.h"

#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <sys/socket.h>

size_t address_message_size(int family)
{
	return family == AF_INET ? 4 : 16;
}

static int take_attribute(const struct nlattr *attribute, void *arg)
{
	const struct nlattr **table = arg;

	if (mnl_attr_type_valid(attribute, IFA_MAX) >= 0)
		table[mnl_attr_get_type(attribute)] = attribute;
	return MNL_CB_OK;
}

bool address_message_read(const struct nlmsghdr *message, struct address_message *ret_address)
{
	const struct ifaddrmsg *header = mnl_nlmsg_get_payload(message);
	const struct nlattr *table[IFA_MAX + 1] = {};
	const struct nlattr *local;

	if (header->ifa_family != AF_INET && header->ifa_family != AF_INET6)
		return false;
	mnl_attr_parse(message, sizeof(*header), take_attribute, table);
	/* IFA_LOCAL is ours where IFA_ADDRESS is the peer's (point to point). */
	local = table[IFA_LOCAL] ? table[IFA_LOCAL] : table[IFA_ADDRESS];
	if (local == NULL ||
		mnl_attr_get_payload_len(local) != address_message_size(header->ifa_family))
		return false;
	*ret_address = (struct address_message){
		.family = header->ifa_family,
		.ifindex = header->ifa_index,
		.flags = table[IFA_FLAGS] ? mnl_attr_get_u32(table[IFA_FLAGS]) : header->ifa_flags,
		.local = mnl_attr_get_payload(local),
	};
	if (table[IFA_BROADCAST] && header->ifa_family == AF_INET)
		ret_address->broadcast = mnl_attr_get_payload(table[IFA_BROADCAST]);
	return true;
}
