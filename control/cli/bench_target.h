/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench_target: at whom, from where and in whose name `ntpxdp bench` sends, and whether it may. A
 * load goes to a host on the interface's own network unless a MAC address is given, and in the
 * name of addresses that are the network's or nobody's on the Internet: replies to anybody else's
 * would be an attack on them.
 */
#ifndef CONTROL_CLI_BENCH_TARGET_H
#define CONTROL_CLI_BENCH_TARGET_H

#include "control/cli/generator_frame.h"
#include "control/cli/options.h"

#include <netinet/in.h>
#include <sys/socket.h>

struct bench_target {
	int family; /* 4 or 6 */
	unsigned int ifindex;
	struct generator_link link;
	struct in_addr server4, source4; /* the source is the first client */
	struct in6_addr server6, source6;
};

/* What the options ask for. Complains; an exit status. Needs root. */
int bench_target_find(const struct options *options, struct bench_target *ret_target);

/* Is an address one that no router of the Internet has a way to: RFC 1918, 2544, 4193, 6598? */
bool bench_target_private(int family, const void *address);

#endif
