// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the UDP socket engine answers: protocol.md sec. 1 and 2 for a datagram
 * that the kernel delivered, with the core's own code for the request, the time
 * and the reply. On top comes what the fast path leaves to this slow path:
 * extension fields, and replies while there is no time.
 *
 * Pure: sockets, clocks and dice are the engine's (engine.c). IP options,
 * fragments, extension headers, checksums and broken lengths are the kernel's.
 */
#ifndef SOCKET_REPLY_H
#define SOCKET_REPLY_H

#include "dataplane/core/access.h"
#include "dataplane/core/clients.h"
#include "dataplane/core/config.h"
#include "dataplane/core/localaddr.h"
#include "dataplane/core/ntp_time.h"
#include "dataplane/core/timepage.h"

struct pairs;

/* What the engines share; the caller's, mapped by dataplane/state. */
struct socket_shared {
	const struct timepage *page;
	const struct settings *settings;
	const struct localaddr_table *addresses;
	const struct access_table *access;
	struct client_set *const *clients; /* which table it is can change; one that does not change
					      while a datagram is answered */
	struct pairs *pairs;               /* interleaved mode; NULL: basic mode for all */
};

/* A datagram and what the kernel says of it. */
struct socket_request {
	const uint8_t *payload;
	size_t length;    /* octets in payload */
	bool cut;         /* the datagram was longer than that */
	bool to_group;    /* to a multicast or broadcast address */
	bool from_inside; /* over the loopback interface: of this host itself */
	enum frame_family family;
	be16 source_port;
	be32 source_ipv4;    /* FRAME_IPV4 */
	be64 source_ipv6[2]; /* FRAME_IPV6, upper and lower half */
	struct localaddr destination;
	uint64_t receive_ns;        /* CLOCK_MONOTONIC; not after now_ns */
	uint64_t now_ns;            /* CLOCK_MONOTONIC */
	struct ntp_time kernel_now; /* the kernel's idea of UTC at receive_ns: for want of better */
	uint32_t random;
};

/*
 * Judges the datagram. True: ret_reply is to be sent to its source. False:
 * silence. ret_verdict says why in either case; a reply under a verdict other than
 * SERVED is one that says that there is no time.
 */
bool socket_reply_make(const struct socket_shared *shared, const struct socket_request *request,
	enum verdict *ret_verdict, struct ntp_packet *ret_reply);

/* What the rules by address say of the source: ACCESS_* of dataplane/core/access.h. */
uint32_t socket_reply_access(
	const struct socket_shared *shared, const struct socket_request *request);

/*
 * Is what follows the 48 octets nothing but well-formed extension fields (RFC
 * 7822 sec. 7.5)? False for a MAC, a crypto-NAK, a malformed field, a remainder.
 */
bool socket_reply_extensions_valid(const uint8_t *tail, size_t length);

#endif
