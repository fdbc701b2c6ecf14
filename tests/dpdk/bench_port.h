// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DPDK for tests and measurements, without a card: the EAL in this process' own memory, and ports
 * made of rings, whose other ends the test holds. Ends the program when something of it fails.
 */
#ifndef TESTS_DPDK_BENCH_PORT_H
#define TESTS_DPDK_BENCH_PORT_H

#include <stddef.h>
#include <stdint.h>

struct rte_mbuf;
struct rte_mempool;
struct rte_ring;

/* One port, of 1 or 2 queues. What the test puts into `in` the port receives; what it sends lies in
 * `out`. */
#define BENCH_PORT_QUEUES 2
struct bench_port {
	uint16_t id;
	struct rte_ring *in[BENCH_PORT_QUEUES], *out[BENCH_PORT_QUEUES];
};

/* Starts the EAL on the CPU that the caller runs on, with so many MB and perhaps a device. */
void bench_eal(const char *program, unsigned int megabytes, const char *vdev);

/* Ends it, and removes the folder that it has made. */
void bench_end(void);

struct rte_mempool *bench_pool(const char *name, unsigned int frames);

/* With rings of `size`, a power of two. */
struct bench_port bench_port_open(
	const char *name, uint16_t queues, unsigned int size, struct rte_mempool *pool);

/* A frame out of the pool, with octets behind it that are not its own. */
struct rte_mbuf *bench_frame(struct rte_mempool *pool, const uint8_t *octets, size_t length);

#endif
