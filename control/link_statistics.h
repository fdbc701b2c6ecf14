/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel and the driver count of an interface, for metrics: bytes, packets, and what was
 * lost before any program saw it. Asked for over rtnetlink and ethtool of the process' own network
 * namespace (/sys may be another's). Keeps nothing, logs nothing.
 */
#ifndef CONTROL_LINK_STATISTICS_H
#define CONTROL_LINK_STATISTICS_H

#include <stdint.h>

/* Of rtnl_link_stats64, whose header says what drivers are to count there. */
struct link_statistics {
	uint64_t receive_packets, receive_bytes, transmit_packets, transmit_bytes;
	uint64_t receive_errors, transmit_errors;
	uint64_t receive_dropped, transmit_dropped; /* by the kernel, for want of room */
	uint64_t receive_missed;                    /* by the card, for want of buffers */
	uint64_t receive_overruns;                  /* of its rings and fifos */
};

/* 0 or a negative errno. */
int link_statistics_read(uint32_t ifindex, struct link_statistics *ret_statistics);

/*
 * Replies of XDP that the driver could not send, as far as it counts them: the sum of what it
 * names so ("xdp_tx_errors", "rx_queue_0_xdp_tx_drops", "rx_xdp_tx_full"). 0, -EOPNOTSUPP where it
 * names nothing so, or another negative errno.
 */
int link_statistics_xdp_lost(const char *name, uint64_t *ret_lost);

#endif
