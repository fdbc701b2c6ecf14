// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * When a datagram truly left: software transmit stamps of the kernel (SO_TIMESTAMPING), asked for
 * datagram by datagram, and read from the error queue with the datagram itself, by which it is
 * known again: no count of datagrams can get out of step. For engine.c alone.
 */
#ifndef SOCKET_SENT_H
#define SOCKET_SENT_H

#include "dataplane/core/frame.h"
#include "dataplane/core/ntp_wire.h"

#define SENT_CONTROL_SIZE 32 /* what sent_ask() adds at most */

/* Lets single datagrams ask. 0 or a negative errno. */
int sent_enable(int fd);

/* Adds the control message that asks for a stamp, behind `length` octets of others. Returns the
 * length with it. */
size_t sent_ask(char *control, size_t length);

struct sent {
	int64_t stamp_real_ns;
	uint8_t peer[16]; /* whom it was sent to: 4 octets of IPv4, 16 of IPv6 */
	size_t peer_size;
	struct ntp_packet packet;
};

/* The next one. False: there is none. One that cannot be made out has stamp_real_ns 0. */
bool sent_read(int fd, enum frame_family family, struct sent *ret_sent);

#endif
