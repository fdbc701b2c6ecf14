// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Generic netlink's family "netdev": what an interface's driver can do with XDP
 * (Documentation/netlink/specs/netdev.yaml). doctor_gather.h is the manual.
 */
#include "control/cli/doctor_gather.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <time.h>

/* linux/netdev.h of Linux 6.3, which Debian 12's headers do not have. */
#define NETDEV_COMMAND_DEV_GET   1
#define NETDEV_ATTRIBUTE_IFINDEX 1
#define NETDEV_ATTRIBUTE_XDP     3
#define NETDEV_GENL_VERSION      1

#define BUFFER_SIZE 8192

/* One attribute of the answer. */
struct wanted {
	uint16_t type;
	uint64_t value;
	bool found;
};

static int take(const struct nlmsghdr *message, void *data)
{
	struct wanted *wanted = data;
	struct nlattr *attribute;

	mnl_attr_for_each(attribute, message, sizeof(struct genlmsghdr))
	{
		if (mnl_attr_get_type(attribute) != wanted->type)
			continue;
		if (mnl_attr_get_payload_len(attribute) == sizeof(uint64_t))
			wanted->value = mnl_attr_get_u64(attribute);
		else if (mnl_attr_get_payload_len(attribute) == sizeof(uint16_t))
			wanted->value = mnl_attr_get_u16(attribute);
		else
			continue;
		wanted->found = true;
	}
	return MNL_CB_OK;
}

/* Sends the question and takes the attribute out of the answer. 0 or a negative errno. */
static int ask(struct mnl_socket *channel, struct nlmsghdr *message, struct wanted *wanted)
{
	char answer[BUFFER_SIZE];
	ssize_t length;
	int more = MNL_CB_OK;

	message->nlmsg_seq = (uint32_t)time(NULL);
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	if (mnl_socket_sendto(channel, message, message->nlmsg_len) < 0)
		return -errno;
	while (more == MNL_CB_OK) {
		length = mnl_socket_recvfrom(channel, answer, sizeof(answer));
		if (length < 0)
			return -errno;
		more = mnl_cb_run(answer, (size_t)length, message->nlmsg_seq,
			mnl_socket_get_portid(channel), take, wanted);
	}
	if (more == MNL_CB_ERROR)
		return -errno;
	return wanted->found ? 0 : -ENOENT;
}

static struct nlmsghdr *begin(char *buffer, uint16_t family, uint8_t command)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct genlmsghdr *generic = mnl_nlmsg_put_extra_header(message, sizeof(*generic));

	message->nlmsg_type = family;
	generic->cmd = command;
	generic->version = NETDEV_GENL_VERSION;
	return message;
}

int doctor_xdp_features(uint32_t ifindex, uint64_t *ret_features)
{
	struct wanted family = {.type = CTRL_ATTR_FAMILY_ID};
	struct wanted features = {.type = NETDEV_ATTRIBUTE_XDP};
	struct mnl_socket *channel = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	char buffer[BUFFER_SIZE];
	struct nlmsghdr *message;
	int error;

	if (channel == NULL)
		return -errno;
	error = mnl_socket_bind(channel, 0, MNL_SOCKET_AUTOPID) < 0 ? -errno : 0;
	if (!error) {
		message = begin(buffer, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
		mnl_attr_put_strz(message, CTRL_ATTR_FAMILY_NAME, "netdev");
		error = ask(channel, message, &family);
	}
	if (!error) {
		message = begin(buffer, (uint16_t)family.value, NETDEV_COMMAND_DEV_GET);
		mnl_attr_put_u32(message, NETDEV_ATTRIBUTE_IFINDEX, ifindex);
		error = ask(channel, message, &features);
	}
	mnl_socket_close(channel);
	if (!error)
		*ret_features = features.value;
	return error;
}
