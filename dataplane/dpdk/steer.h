// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Cards whose driver leaves the kernel its interface (mlx4, mlx5: "bifurcated"): NTP alone is
 * steered to this process, by flow rules for UDP to the served port, and the rest never leaves the
 * kernel. Other cards are this process' as a whole.
 */
#ifndef DPDK_STEER_H
#define DPDK_STEER_H

#include "dataplane/dpdk/port.h"

/* Before the port is configured: true where its driver is of that kind and lets itself be told. */
bool steer_prepare(const struct port *port);

/* After it has started: the rules, over all queues. 0 or a negative errno, said. */
int steer_ntp(const struct port *port, be16 ntp_port);

#endif
