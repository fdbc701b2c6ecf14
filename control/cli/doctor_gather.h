/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * doctor_gather: looks at host, interface and network and fills the facts. Reads only: /proc, /sys,
 * ioctl, netlink, and the rule lists of nft and iptables where these programs are there (each is
 * ended after some seconds). What cannot be looked at stays unknown. One XDP program that does
 * nothing is loaded and let go, attached to nothing. Says nothing.
 */
#ifndef CONTROL_CLI_DOCTOR_GATHER_H
#define CONTROL_CLI_DOCTOR_GATHER_H

#include "control/cli/doctor_facts.h"

/* doctor_host.c. pindir: need not exist. */
void doctor_gather_host(const char *pindir, struct doctor_host *ret_host);

/* doctor_card.c. The pins tell whether a program is ours. */
void doctor_gather_interface(
	const char *name, const char *pindir, struct doctor_interface *ret_interface);

/* doctor_network.c */
void doctor_gather_network(unsigned port, struct doctor_network *ret_network);

/* doctor_firewall.c */
void doctor_gather_firewall(unsigned port, struct doctor_firewall *ret_firewall);

#endif
