// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Interleaved mode (RFC 9769 sec. 2, protocol.md sec. 2): a request that names an earlier reply is
 * told when that one left. Where it is not known the reply stays in basic mode, which the client
 * takes as well, and it is the one that can be asked for next. A client that never asks leaves
 * nothing in the table. Pure but for the table; for engine.c.
 */
#ifndef SOCKET_INTERLEAVE_H
#define SOCKET_INTERLEAVE_H

#include "dataplane/socket/pairs.h"
#include "dataplane/socket/reply.h"
#include "dataplane/socket/sent.h"

enum socket_mode {
	SOCKET_BASIC, /* nobody is going to ask for its transmit time */
	SOCKET_BASIC_SAVED,
	SOCKET_INTERLEAVED /* saved, too */
};

/* Makes a reply in basic mode, with the time, one in interleaved mode where that can be. Those
 * saved are to be sent so that socket_interleaved_sent() hears of them. */
enum socket_mode socket_interleave(const struct socket_shared *shared,
	const struct socket_request *request, struct ntp_packet *reply);

/* A reply left, at a moment of which the page says `at`. */
void socket_interleaved_sent(const struct socket_shared *shared, const struct sent *sent,
	const struct timepage_reading *at, uint32_t random);

#endif
