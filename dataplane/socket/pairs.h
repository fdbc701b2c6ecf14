// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Replies whose true transmit time a client may ask for (interleaved mode, RFC 9769 sec. 2): one
 * table of fixed size for all workers, since a client that changes its port comes to another one
 * each time. A pair is the receive timestamp that a reply had, by which the client names it, and
 * the time when that reply left. Each is told once; those nobody asks for give way to newer ones.
 *
 * A set belongs to few clients, chosen by a secret: who fills the table with forged addresses
 * cannot choose whose pairs give way. A set that another worker is at is not waited for: then the
 * client is answered in basic mode.
 */
#ifndef SOCKET_PAIRS_H
#define SOCKET_PAIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAIRS_SETS   4096
#define PAIRS_WAYS   4
#define PAIRS_AGE_NS (4096 * 1000000000ULL) /* four polls of 2^10 s */

struct pairs;

/* NULL and errno. Half a mebibyte, none of it touched before the first pair. */
struct pairs *pairs_new(void);
void pairs_free(struct pairs *pairs);

/* The address of a client, of 4 or 16 octets, as the number that the other functions want. */
uint64_t pairs_client(const struct pairs *pairs, const void *address, size_t size);

/* How a client names a reply. */
struct pairs_name {
	uint64_t client;     /* pairs_client() */
	uint64_t receive_ts; /* of the reply; 0 is none's */
};

/* This reply is about to be sent. now_ns: CLOCK_MONOTONIC. */
void pairs_save(struct pairs *pairs, struct pairs_name name, uint64_t now_ns);

/* It has left at transmit_ts; 0: that is not known. */
void pairs_sent(struct pairs *pairs, struct pairs_name name, uint64_t transmit_ts);

/* When did that reply leave? False when that is not known, or was told before. */
bool pairs_take(
	struct pairs *pairs, struct pairs_name name, uint64_t now_ns, uint64_t *ret_transmit_ts);

#endif
