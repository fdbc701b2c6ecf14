// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The request that the generator's programs vary: an Ethernet frame with an NTPv4
 * client request over IPv4 or IPv6, made once on the host with the sums that the
 * programs complete. Pure: the caller owns all memory.
 */
#ifndef CONTROL_CLI_GENERATOR_FRAME_H
#define CONTROL_CLI_GENERATOR_FRAME_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/generator.h"

struct generator_link {
	uint8_t client_mac[6];
	uint8_t server_mac[6];
	uint16_t port; /* the server's, host byte order */
};

/* Both leave what differs between clients 0. Return the length of the frame in octets. */
size_t generator_frame_make4(
	struct generator_template *ret, const struct generator_link *link, struct in_addr server);
/* `source` is the first client's address; its second word differs between clients. */
size_t generator_frame_make6(struct generator_template *ret, const struct generator_link *link,
	const struct in6_addr *source, const struct in6_addr *server);

#endif
