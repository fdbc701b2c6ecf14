// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The port that is served: its queues, spread by RSS over addresses and UDP ports, what is asked of
 * the card, and its memory. One port a process; the EAL's options name it (-a, --vdev).
 *
 * Asked of the card, where it can: receive stamps; its judgement on checksums of what it receives;
 * the quick way of freeing sent frames. Not asked: checksums of what is sent. The core updates both
 * from the request's, in some ns, so that a corrupt request gets a reply that is as corrupt; a card
 * would make a right checksum of it. What the host sends has its checksums made by the host.
 */
#ifndef DPDK_PORT_H
#define DPDK_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_ether.h>

#include "dataplane/state/engine_table.h"

struct rte_mempool;

struct port {
	uint16_t id, queues, mtu;
	struct rte_ether_addr mac;
	struct rte_mempool *pool;
	uint64_t stamp_flag; /* 0: no receive stamps */
	int stamp_offset;
	bool alone; /* by a flow rule NTP alone is steered here, the rest stays with the kernel */
	char name[ENGINES_NAME_SIZE], driver[ENGINES_NAME_SIZE];
};

/* The one port that there is. 0; -ENODEV: none; -EEXIST: several; said. */
int port_find(uint16_t *ret_id);

/* The most queues that the port can have, each way. */
uint16_t port_queues_max(uint16_t id);

/* Sets the port up and starts it. 0 or a negative errno, said. */
int port_open(uint16_t id, uint16_t queues, be16 ntp_port, struct port *ret_port);

/* Queues, descriptors and start of any port with frames out of this pool: the exception path is one
 * more. 0 or a negative errno, said. */
int port_start(uint16_t id, uint16_t queues, uint64_t rx_offloads, struct rte_mempool *pool);

/* Stops and closes; also one that is not open. */
void port_close(uint16_t id);

#endif
