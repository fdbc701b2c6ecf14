// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One address of this host as rtnetlink tells it (RTM_NEWADDR, rtnetlink(7)). For
 * control/addresses.c, which keeps the table of own addresses, and for the command, which
 * wants to know about a single one.
 */
#ifndef CONTROL_ADDRESS_MESSAGE_H
#define CONTROL_ADDRESS_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nlmsghdr;

/* Pointers are into the message. */
struct address_message {
	int family; /* AF_INET, AF_INET6 */
	uint32_t ifindex;
	uint32_t flags;           /* IFA_F_*, all 32 */
	const uint8_t *local;     /* network order: 4 or 16 octets */
	const uint8_t *broadcast; /* IPv4; NULL: none */
};

/* False: the message tells of no IP address. */
bool address_message_read(const struct nlmsghdr *message, struct address_message *ret_address);

/* Octets of an address. */
size_t address_message_size(int family);

#endif
