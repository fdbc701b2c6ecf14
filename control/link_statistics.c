/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks the kernel for counters of interfaces; see link_statistics.h. */
#include "control/link_statistics.h"

#include "control/ethtool.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define COUNTERS_MAX 16384 /* of one driver; far more than any has */

static int take_attribute(const struct nlattr *attribute, void *arg)
{
	struct rtnl_link_stats64 *stats = arg;
	size_t length = mnl_attr_get_payload_len(attribute);

	/* Older kernels know fewer at the end. */
	if (mnl_attr_get_type(attribute) == IFLA_STATS64)
		memcpy(stats, mnl_attr_get_payload(attribute),
			length < sizeof(*stats) ? length : sizeof(*stats));
	return MNL_CB_OK;
}

static int take_link(const struct nlmsghdr *message, void *arg)
{
	return mnl_attr_parse(message, sizeof(struct ifinfomsg), take_attribute, arg);
}

static int ask(struct mnl_socket *socket, uint32_t ifindex, struct rtnl_link_stats64 *stats)
{
	char buffer[32768]; /* one link with all that belongs to it */
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *link;
	ssize_t length;

	message->nlmsg_type = RTM_GETLINK;
	message->nlmsg_flags = NLM_F_REQUEST;
	message->nlmsg_seq = 1;
	link = mnl_nlmsg_put_extra_header(message, sizeof(*link));
	link->ifi_index = (int)ifindex;
	if (mnl_socket_sendto(socket, message, message->nlmsg_len) < 0)
		return -errno;
	length = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));
	if (length < 0)
		return -errno;
	return mnl_cb_run(buffer, (size_t)length, 1, mnl_socket_get_portid(socket), take_link,
		       stats) < 0
		       ? -errno
		       : 0;
}

int link_statistics_read(uint32_t ifindex, struct link_statistics *ret_statistics)
{
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	struct rtnl_link_stats64 stats = {0};
	int err;

	if (!socket)
		return -errno;
	err = mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0 ? -errno
								 : ask(socket, ifindex, &stats);
	mnl_socket_close(socket);
	if (err)
		return err;
	*ret_statistics = (struct link_statistics){
		.receive_packets = stats.rx_packets,
		.receive_bytes = stats.rx_bytes,
		.transmit_packets = stats.tx_packets,
		.transmit_bytes = stats.tx_bytes,
		.receive_errors = stats.rx_errors,
		.transmit_errors = stats.tx_errors,
		.receive_dropped = stats.rx_dropped,
		.transmit_dropped = stats.tx_dropped,
		.receive_missed = stats.rx_missed_errors,
		.receive_overruns = stats.rx_over_errors + stats.rx_fifo_errors,
	};
	return 0;
}

/* "rx_queue_3_xdp_tx_errors", "xdp_tx_err", "rx2_xdp_tx_full"; not what was redirected elsewhere
 * (xdp_xmit), nor sums of the same over all queues. */
static bool names_loss(const char *name)
{
	const char *kind = strstr(name, "xdp_tx");

	return kind && (strstr(kind, "err") || strstr(kind, "drop") || strstr(kind, "full"));
}

/* How many counters the driver has, or a negative errno. */
static int count_counters(const char *name)
{
	struct {
		struct ethtool_sset_info info;
		uint32_t count;
	} request = {.info = {.cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1ULL << ETH_SS_STATS}};
	int err = ethtool_command(name, &request);

	if (err)
		return err;
	if (!request.info.sset_mask || !request.count || request.count > COUNTERS_MAX)
		return -EOPNOTSUPP;
	return (int)request.count;
}

static int sum_losses(const struct ethtool_gstrings *names, const struct ethtool_stats *counters,
	uint64_t *ret_lost)
{
	uint64_t queues = 0, whole = 0;
	bool found = false;

	for (uint32_t i = 0; i < counters->n_stats && i < names->len; i++) {
		char name[ETH_GSTRING_LEN + 1] = "";

		memcpy(name, names->data + (size_t)i * ETH_GSTRING_LEN, ETH_GSTRING_LEN);
		if (!names_loss(name))
			continue;
		found = true;
		/* Drivers that count by queue may have the sum, too. */
		if (strpbrk(name, "0123456789"))
			queues += counters->data[i];
		else
			whole += counters->data[i];
	}
	if (!found)
		return -EOPNOTSUPP;
	*ret_lost = queues > whole ? queues : whole;
	return 0;
}

int link_statistics_xdp_lost(const char *name, uint64_t *ret_lost)
{
	int count = count_counters(name), err;
	struct ethtool_gstrings *names;
	struct ethtool_stats *counters;

	if (count < 0)
		return count;
	/* The driver may have more by now, as with more queues; it is told for how many there is
	 * room, but some fill in all they have. */
	names = calloc(1, sizeof(*names) + 2 * (size_t)count * ETH_GSTRING_LEN);
	counters = calloc(1, sizeof(*counters) + 2 * (size_t)count * sizeof(counters->data[0]));
	err = names && counters ? 0 : -ENOMEM;
	if (!err) {
		names->cmd = ETHTOOL_GSTRINGS;
		names->string_set = ETH_SS_STATS;
		names->len = (uint32_t)count;
		counters->cmd = ETHTOOL_GSTATS;
		counters->n_stats = (uint32_t)count;
		err = ethtool_command(name, names);
	}
	if (!err)
		err = ethtool_command(name, counters);
	if (!err)
		err = sum_losses(names, counters, ret_lost);
	free(names);
	free(counters);
	return err;
}
