// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a driver offers to XDP programs beside the frame: the kernel's generic netlink family
 * "netdev" (Documentation/netlink/specs/netdev.yaml) tells. Its header is younger than the
 * kernels that this is built on, so the few numbers stand here.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <string.h>

#include "control/attach_private.h"

#define NETDEV_FAMILY                "netdev"
#define NETDEV_VERSION               1
#define NETDEV_CMD_DEV_GET           1
#define NETDEV_DEV_IFINDEX           1
#define NETDEV_DEV_XDP_FEATURES      3 /* u64 of bits; Linux 6.3 */
#define NETDEV_DEV_RX_METADATA       5 /* u64 of bits; Linux 6.8 */
#define NETDEV_RX_METADATA_TIMESTAMP 1U
#define REPLY_SIZE                   8192

/* One attribute of the reply. */
struct search {
	uint16_t type;
	uint16_t size; /* it has at least so many octets */
	bool found;
	uint64_t value;
};

static int take_attribute(const struct nlattr *attribute, void *arg)
{
	struct search *search = arg;
	uint16_t size = mnl_attr_get_payload_len(attribute);

	if (mnl_attr_get_type(attribute) != search->type || size < search->size)
		return MNL_CB_OK;
	memcpy(&search->value, mnl_attr_get_payload(attribute), search->size);
	search->found = true;
	return MNL_CB_OK;
}

static int take_reply(const struct nlmsghdr *message, void *arg)
{
	return mnl_attr_parse(message, sizeof(struct genlmsghdr), take_attribute, arg);
}

static struct nlmsghdr *question(void *buffer, uint16_t family, uint8_t command)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct genlmsghdr *header;

	message->nlmsg_type = family;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	message->nlmsg_seq = 1;
	header = mnl_nlmsg_put_extra_header(message, sizeof(*header));
	header->cmd = command;
	header->version = NETDEV_VERSION;
	return message;
}

/* Sends, and looks through the reply. 0 or a negative errno. */
static int ask(struct mnl_socket *channel, const struct nlmsghdr *message, struct search *search)
{
	char buffer[REPLY_SIZE] __attribute__((aligned(8)));
	int state = MNL_CB_OK;

	if (mnl_socket_sendto(channel, message, message->nlmsg_len) < 0)
		return -errno;
	while (state > MNL_CB_STOP) {
		ssize_t length = mnl_socket_recvfrom(channel, buffer, sizeof(buffer));

		if (length < 0)
			return -errno;
		state = mnl_cb_run(buffer, (size_t)length, 1, mnl_socket_get_portid(channel),
			take_reply, search);
	}
	return state == MNL_CB_ERROR ? -errno : 0;
}

/* One u64 of what the family tells of an interface. 0; -ENOTSUP: this kernel does not say. */
static int ask_offers(struct mnl_socket *channel, uint32_t ifindex, struct search *offers)
{
	char buffer[256] __attribute__((aligned(8)));
	struct search family = {.type = CTRL_ATTR_FAMILY_ID, .size = sizeof(uint16_t)};
	struct nlmsghdr *message = question(buffer, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	int error;

	mnl_attr_put_strz(message, CTRL_ATTR_FAMILY_NAME, NETDEV_FAMILY);
	error = ask(channel, message, &family);
	if (error || !family.found)
		return error && error != -ENOENT ? error : -ENOTSUP;
	message = question(buffer, (uint16_t)family.value, NETDEV_CMD_DEV_GET);
	mnl_attr_put_u32(message, NETDEV_DEV_IFINDEX, ifindex);
	error = ask(channel, message, offers);
	if (error || !offers->found)
		return error ? error : -ENOTSUP;
	return 0;
}

static int find_offers(uint32_t ifindex, uint16_t type, uint64_t *ret_value)
{
	struct search offers = {.type = type, .size = sizeof(uint64_t)};
	struct mnl_socket *channel = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	int error;

	if (channel == NULL)
		return -errno;
	if (mnl_socket_bind(channel, 0, MNL_SOCKET_AUTOPID) < 0)
		error = -errno;
	else
		error = ask_offers(channel, ifindex, &offers);
	mnl_socket_close(channel);
	if (!error)
		*ret_value = offers.value;
	return error;
}

int attach_offers_stamps(uint32_t ifindex)
{
	uint64_t metadata = 0;
	int error = find_offers(ifindex, NETDEV_DEV_RX_METADATA, &metadata);

	return error ? error : (metadata & NETDEV_RX_METADATA_TIMESTAMP) != 0;
}

int attach_xdp_features(uint32_t ifindex, uint64_t *ret_features)
{
	return find_offers(ifindex, NETDEV_DEV_XDP_FEATURES, ret_features);
}
