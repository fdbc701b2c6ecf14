// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A burst of frames on its way through a worker, and the ways out: replies to the port, what is the
 * host's to the host, the rest back to its pool; and what the host has to say, out of the port. For
 * worker.c alone, which judges what stands in between.
 */
#ifndef DPDK_WORKER_BURST_H
#define DPDK_WORKER_BURST_H

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "dataplane/core/respond.h"
#include "dataplane/dpdk/worker.h"

/* A full ring may empty; after so many tries the reply is lost, and counted. */
#define WORKER_SEND_TRIES 4

/* What the first look at a frame has found, so that it is not looked at twice. */
enum worker_form {
	WORKER_FORM_OTHER, /* all that respond_parse() is for */
	WORKER_FORM_IPV4,  /* frame_is_plain() */
	WORKER_FORM_IPV6
};

/* What came, and what becomes of it. */
struct worker_burst {
	const struct state *state;
	uint32_t features;
	uint64_t since_ns; /* the burst's clock reading */
	uint16_t count, replies, passed, dropped;
	struct rte_mbuf *frame[WORKER_BURST];
	struct rte_mbuf *reply[WORKER_BURST], *pass[WORKER_BURST], *drop[WORKER_BURST];
	/* FEATURE_CLIENTS: what the first look has found. */
	struct client_set *clients[WORKER_BURST];
	uint64_t client[WORKER_BURST];      /* mixed keys */
	uint8_t form[WORKER_BURST];         /* enum worker_form */
	uint16_t served[FRAME_FAMILIES][8]; /* by NTP version */
};

/* Sends what the queue takes; frees the rest and returns its number. */
static inline uint16_t worker_burst_send(
	uint16_t port, uint16_t queue, struct rte_mbuf **frames, uint16_t frame_count)
{
	uint16_t sent = rte_eth_tx_burst(port, queue, frames, frame_count);

	for (int attempt = 1; CORE_UNLIKELY(sent < frame_count) && attempt < WORKER_SEND_TRIES;
		attempt++)
		sent += rte_eth_tx_burst(
			port, queue, frames + sent, (uint16_t)(frame_count - sent));
	if (CORE_UNLIKELY(sent < frame_count))
		rte_pktmbuf_free_bulk(frames + sent, frame_count - sent);
	return (uint16_t)(frame_count - sent);
}

static inline void worker_burst_pass(struct worker *worker, struct worker_burst *burst)
{
	uint16_t lost;

	if (worker->host_port == WORKER_NO_PORT) {
		rte_pktmbuf_free_bulk(burst->pass, burst->passed);
		worker->counts.ignored += burst->passed;
		return;
	}
	lost = worker_burst_send(worker->host_port, worker->queue, burst->pass, burst->passed);
	worker->counts.to_host += (uint64_t)(burst->passed - lost);
	worker->counts.to_host_lost += lost;
}

static inline void worker_burst_dispose(struct worker *worker, struct worker_burst *burst)
{
	if (CORE_LIKELY(burst->replies))
		worker->counts.unsent += worker_burst_send(
			worker->port, worker->queue, burst->reply, burst->replies);
	if (CORE_UNLIKELY(burst->passed))
		worker_burst_pass(worker, burst);
	if (burst->dropped)
		rte_pktmbuf_free_bulk(burst->drop, burst->dropped);
}

static inline void worker_burst_relay(struct worker *worker)
{
	struct rte_mbuf *frames[WORKER_BURST];
	uint16_t lost,
		got = rte_eth_rx_burst(worker->host_port, worker->queue, frames, WORKER_BURST);

	if (CORE_LIKELY(got == 0))
		return;
	lost = worker_burst_send(worker->port, worker->queue, frames, got);
	worker->counts.from_host += (uint64_t)(got - lost);
	worker->counts.from_host_lost += lost;
}

#endif
