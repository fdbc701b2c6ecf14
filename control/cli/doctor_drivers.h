/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * doctor_drivers: what network drivers ask of the host before they take an XDP program, from their
 * sources (drivers/net of Linux 5.15 to 6.12). Used where the kernel itself does not tell.
 */
#ifndef CONTROL_CLI_DOCTOR_DRIVERS_H
#define CONTROL_CLI_DOCTOR_DRIVERS_H

#include <stdbool.h>

/* What a driver wants of its queues for XDP_TX. */
enum doctor_queues {
	DOCTOR_QUEUES_OWN,     /* makes rings of its own for XDP_TX, or needs none */
	DOCTOR_QUEUES_PER_CPU, /* one spare pair for each possible CPU; else locked and slower */
	DOCTOR_QUEUES_HALF     /* at most half of the pairs in use; else it refuses */
};

struct doctor_driver {
	const char *name; /* as `ethtool -i` has it; NULL ends the table */
	unsigned native;  /* kernel with native XDP, 100 * major + minor; 0 before 5.15 */
	unsigned mtu;     /* the largest for a program in one buffer; 0: not known */
	bool lro;         /* refuses XDP while LRO is on */
	enum doctor_queues queues;
};

#define DOCTOR_DRIVER_NEVER 65535

/* Where no driver's own limit is known: a page less headroom (256), the skb's tail (320), Ethernet
 * header, one VLAN tag and checksum (22): the common form, mlx5's and ena's. */
#define DOCTOR_MTU_USUAL 3498

/* NULL for one that is not known. */
const struct doctor_driver *doctor_driver(const char *name);

#endif
