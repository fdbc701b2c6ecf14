/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * neighbour: the MAC address of a host on the network that an interface is on, as the kernel's
 * neighbour table has it (ARP, RFC 826; neighbour discovery, RFC 4861). For `ntpxdp bench`, which
 * writes frames by itself. Prints nothing.
 */
#ifndef CONTROL_CLI_NEIGHBOUR_H
#define CONTROL_CLI_NEIGHBOUR_H

#include <stdint.h>
#include <sys/socket.h>

/*
 * What the kernel knows, or finds: it is made to look by a datagram to the host's discard port, out
 * of that interface, and given 3 s. 0 or a negative errno; -EHOSTUNREACH: nobody answers there.
 */
int neighbour_find(const char *interface, const struct sockaddr_storage *host, uint8_t ret_mac[6]);

#endif
