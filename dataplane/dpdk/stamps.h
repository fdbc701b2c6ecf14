// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The card's receive stamps: relates its clock to CLOCK_MONOTONIC, several times a second, so that
 * workers can read what stands in an mbuf. Only where the driver offers both the stamp and its
 * clock (rte_eth_read_clock()); else the burst's clock reading stands. The relation is that of
 * dataplane/core/cardclock.h, and as there a stamp that cannot be true does not count.
 */
#ifndef DPDK_STAMPS_H
#define DPDK_STAMPS_H

#include "dataplane/dpdk/port.h"
#include "dataplane/dpdk/worker.h"

struct stamps {
	uint16_t port;
	uint64_t ticks, counter_ns; /* the relation before; 0: none yet */
	struct worker_stamps shared;
};

/* Are there stamps? Takes some 20 ms where there may be. */
bool stamps_open(struct stamps *stamps, const struct port *port);

/* A relation more; for the one who writes. */
void stamps_relate(struct stamps *stamps);

#endif
