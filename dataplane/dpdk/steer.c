// SPDX-License-Identifier: GPL-2.0-or-later
/* Flow rules; see steer.h. They go with the port when it is closed. */
#include "dataplane/dpdk/steer.h"

#include <errno.h>
#include <string.h>

#include <rte_ethdev.h>
#include <rte_flow.h>

#include "dataplane/dpdk/say.h"

#define QUEUES_MAX COUNTERS_WORKERS

bool steer_prepare(const struct port *port)
{
	struct rte_flow_error failure;

	if (strncmp(port->driver, "mlx", 3) != 0)
		return false;
	if (rte_flow_isolate(port->id, 1, &failure) == 0)
		return true;
	say("port %s: the driver does not let NTP alone be steered here (%s); all frames of the "
	    "port come here",
		port->name, failure.message ? failure.message : "no reason given");
	return false;
}

static int steer_family(const struct port *port, enum rte_flow_item_type family, be16 ntp_port)
{
	uint16_t queues[QUEUES_MAX];
	struct rte_flow_item_udp udp = {.hdr = {.dst_port = ntp_port.raw}};
	struct rte_flow_item_udp mask = {.hdr = {.dst_port = UINT16_MAX}};
	struct rte_flow_action_rss rss = {
		.types = RTE_ETH_RSS_IP | RTE_ETH_RSS_UDP,
		.queue_num = port->queues,
		.queue = queues,
	};
	const struct rte_flow_attr attributes = {.ingress = 1};
	const struct rte_flow_item pattern[] = {
		{.type = RTE_FLOW_ITEM_TYPE_ETH},
		{.type = family},
		{.type = RTE_FLOW_ITEM_TYPE_UDP, .spec = &udp, .mask = &mask},
		{.type = RTE_FLOW_ITEM_TYPE_END},
	};
	const struct rte_flow_action actions[] = {
		{.type = RTE_FLOW_ACTION_TYPE_RSS, .conf = &rss},
		{.type = RTE_FLOW_ACTION_TYPE_END},
	};
	struct rte_flow_error failure = {0};

	for (uint16_t i = 0; i < QUEUES_MAX; i++)
		queues[i] = i;
	if (rte_flow_create(port->id, &attributes, pattern, actions, &failure) != NULL)
		return 0;
	say("port %s: no flow rule for NTP: %s; nothing would come here", port->name,
		failure.message ? failure.message : "no reason given");
	return -ENOTSUP;
}

int steer_ntp(const struct port *port, be16 ntp_port)
{
	int error = steer_family(port, RTE_FLOW_ITEM_TYPE_IPV4, ntp_port);

	return error ? error : steer_family(port, RTE_FLOW_ITEM_TYPE_IPV6, ntp_port);
}
