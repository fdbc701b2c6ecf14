// SPDX-License-Identifier: GPL-2.0-or-later
/* Setting up a port; see port.h. */
#include "dataplane/dpdk/port.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>

#include "dataplane/dpdk/say.h"
#include "dataplane/dpdk/steer.h"

#define DESCRIPTORS      1024 /* of a ring: a burst of half a millisecond at two million a second */
/* Frames for both rings of the port and of the exception path, and what is under way. */
#define FRAMES_PER_QUEUE (6 * DESCRIPTORS)
#define CACHE            256

int port_find(uint16_t *ret_id)
{
	uint16_t id, count = 0;

	RTE_ETH_FOREACH_DEV(id)
	{
		*ret_id = id;
		count++;
	}
	if (count == 0)
		say("no port: bind a card (docs/dpdk.md) and name it with -a, or give a --vdev");
	if (count > 1)
		say("%u ports: one process serves one; name it with -a, the others with -b", count);
	return count == 0 ? -ENODEV : count > 1 ? -EEXIST : 0;
}

uint16_t port_queues_max(uint16_t id)
{
	struct rte_eth_dev_info info;

	if (rte_eth_dev_info_get(id, &info))
		return 1;
	return info.max_rx_queues < info.max_tx_queues ? info.max_rx_queues : info.max_tx_queues;
}

static int configure(uint16_t id, uint16_t queues, uint64_t rx_offloads)
{
	struct rte_eth_conf conf = {.rxmode = {.offloads = rx_offloads}};
	struct rte_eth_dev_info info;
	int error = rte_eth_dev_info_get(id, &info);

	if (error)
		return error;
	conf.rx_adv_conf.rss_conf.rss_hf =
		info.flow_type_rss_offloads & (RTE_ETH_RSS_IP | RTE_ETH_RSS_UDP);
	if (queues > 1 && conf.rx_adv_conf.rss_conf.rss_hf)
		conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
	conf.txmode.offloads = info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE;
	return rte_eth_dev_configure(id, queues, queues, &conf);
}

static int set_up_queues(uint16_t id, uint16_t queues, struct rte_mempool *pool)
{
	uint16_t receive = DESCRIPTORS, transmit = DESCRIPTORS;
	unsigned int socket = (unsigned int)SOCKET_ID_ANY;
	int error = rte_eth_dev_adjust_nb_rx_tx_desc(id, &receive, &transmit);

	if (rte_eth_dev_socket_id(id) >= 0)
		socket = (unsigned int)rte_eth_dev_socket_id(id);
	for (uint16_t queue = 0; queue < queues && !error; queue++) {
		error = rte_eth_rx_queue_setup(id, queue, receive, socket, NULL, pool);
		if (!error)
			error = rte_eth_tx_queue_setup(id, queue, transmit, socket, NULL);
	}
	return error;
}

int port_start(uint16_t id, uint16_t queues, uint64_t rx_offloads, struct rte_mempool *pool)
{
	int error = configure(id, queues, rx_offloads);

	if (error) {
		say("port %u: no %u queues each way: %s; lower --queues", id, queues,
			strerror(-error));
		return error;
	}
	error = set_up_queues(id, queues, pool);
	if (!error)
		error = rte_eth_dev_start(id);
	if (error)
		say("port %u does not start: %s", id, strerror(-error));
	return error;
}

void port_close(uint16_t id)
{
	if (!rte_eth_dev_is_valid_port(id))
		return;
	(void)rte_eth_dev_stop(id);
	(void)rte_eth_dev_close(id);
}

/* What the card can do of what port.h says. */
static uint64_t wanted_offloads(struct port *port)
{
	struct rte_eth_dev_info info;
	uint64_t offloads;

	if (rte_eth_dev_info_get(port->id, &info))
		return 0;
	offloads = info.rx_offload_capa &
		   (RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_UDP_CKSUM |
			   RTE_ETH_RX_OFFLOAD_TIMESTAMP);
	if (offloads & RTE_ETH_RX_OFFLOAD_TIMESTAMP &&
		rte_mbuf_dyn_rx_timestamp_register(&port->stamp_offset, &port->stamp_flag)) {
		port->stamp_flag = 0;
		offloads &= ~(uint64_t)RTE_ETH_RX_OFFLOAD_TIMESTAMP;
	}
	return offloads;
}

static int describe(struct port *port)
{
	struct rte_eth_dev_info info;
	char name[RTE_ETH_NAME_MAX_LEN] = "";
	int error = rte_eth_dev_info_get(port->id, &info);

	if (!error)
		error = rte_eth_macaddr_get(port->id, &port->mac);
	if (error)
		return error;
	(void)rte_eth_dev_get_name_by_port(port->id, name);
	(void)rte_eth_dev_get_mtu(port->id, &port->mtu);
	snprintf(port->name, sizeof(port->name), "%s", name);
	snprintf(port->driver, sizeof(port->driver), "%s", info.driver_name);
	return 0;
}

int port_open(uint16_t id, uint16_t queues, be16 ntp_port, struct port *ret_port)
{
	struct port port = {.id = id, .queues = queues};
	unsigned int frames = (unsigned int)queues * FRAMES_PER_QUEUE;
	int error = describe(&port);

	if (error)
		return error;
	port.pool = rte_pktmbuf_pool_create(
		"frames", frames, CACHE, 0, RTE_MBUF_DEFAULT_BUF_SIZE, rte_eth_dev_socket_id(id));
	if (port.pool == NULL) {
		say("no memory for %u frames: %s; give more hugepages, or -m with --no-huge",
			frames, rte_strerror(rte_errno));
		return -ENOMEM;
	}
	port.alone = steer_prepare(&port);
	error = port_start(id, queues, wanted_offloads(&port), port.pool);
	if (!error && port.alone)
		error = steer_ntp(&port, ntp_port);
	if (error)
		return error;
	/* Neighbour discovery is multicast; some drivers get it anyway, and say that they cannot.
	 */
	(void)rte_eth_allmulticast_enable(id);
	*ret_port = port;
	return 0;
}
