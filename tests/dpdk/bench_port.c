// SPDX-License-Identifier: GPL-2.0-or-later
/* See bench_port.h. */
#include "tests/dpdk/bench_port.h"

#include <libgen.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_eth_ring.h>
#include <rte_mbuf.h>

#include "dataplane/dpdk/port.h"

#define BEYOND 64 /* octets behind a frame that nobody may take for its own */

static void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, rte_strerror(rte_errno));
	exit(1);
}

void bench_eal(const char *program, unsigned int megabytes, const char *vdev)
{
	char name[128], lcore[32], memory[32], device[200], prefix[64];
	char *arguments[] = {name, (char[]){"--lcores"}, lcore, (char[]){"--no-pci"},
		(char[]){"--no-huge"}, (char[]){"--no-shconf"}, (char[]){"--no-telemetry"},
		(char[]){"-m"}, memory, (char[]){"--log-level=3"}, prefix, device};
	int count = (int)(sizeof(arguments) / sizeof(arguments[0])) - (vdev == NULL);

	snprintf(name, sizeof(name), "%s", program);
	snprintf(lcore, sizeof(lcore), "0@%d", sched_getcpu());
	snprintf(prefix, sizeof(prefix), "--file-prefix=ntpxdp-%d", getpid());
	snprintf(memory, sizeof(memory), "%u", megabytes);
	snprintf(device, sizeof(device), "--vdev=%s", vdev ? vdev : "");
	if (rte_eal_init(count, arguments) < 0)
		die("EAL");
}

void bench_end(void)
{
	char path[256];

	snprintf(path, sizeof(path), "%s", rte_eal_get_runtime_dir());
	rte_eal_cleanup();
	if (rmdir(path) == 0)
		(void)rmdir(dirname(path)); /* stays where others use it */
}

struct rte_mempool *bench_pool(const char *name, unsigned int frames)
{
	struct rte_mempool *pool = rte_pktmbuf_pool_create(
		name, frames, 256, 0, RTE_PKTMBUF_HEADROOM + 896, (int)rte_socket_id());

	if (pool == NULL)
		die("memory for frames");
	return pool;
}

static struct rte_ring *make_ring(const char *name, const char *what, int queue, unsigned int size)
{
	char text[RTE_RING_NAMESIZE];
	struct rte_ring *ring;

	snprintf(text, sizeof(text), "%s_%s%d", name, what, queue);
	ring = rte_ring_create(text, size, (int)rte_socket_id(), RING_F_SP_ENQ | RING_F_SC_DEQ);
	if (ring == NULL)
		die("ring");
	return ring;
}

struct bench_port bench_port_open(
	const char *name, uint16_t queues, unsigned int size, struct rte_mempool *pool)
{
	struct bench_port port = {0};
	int id;

	for (uint16_t i = 0; i < queues; i++) {
		port.in[i] = make_ring(name, "in", i, size);
		port.out[i] = make_ring(name, "out", i, size);
	}
	id = rte_eth_from_rings(name, port.in, queues, port.out, queues, rte_socket_id());
	if (id < 0)
		die("port of rings");
	port.id = (uint16_t)id;
	if (port_start(port.id, queues, 0, pool))
		exit(1);
	return port;
}

struct rte_mbuf *bench_frame(struct rte_mempool *pool, const uint8_t *octets, size_t length)
{
	struct rte_mbuf *mbuf = rte_pktmbuf_alloc(pool);

	if (mbuf == NULL)
		die("frame");
	memcpy(rte_pktmbuf_mtod(mbuf, void *), octets, length);
	memset(rte_pktmbuf_mtod_offset(mbuf, void *, length), 0xa5, BEYOND);
	mbuf->data_len = (uint16_t)length;
	mbuf->pkt_len = (uint32_t)length;
	return mbuf;
}
