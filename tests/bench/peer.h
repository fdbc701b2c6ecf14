// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The server's end of a veth pair, in another network namespace: its MAC address and,
 * for one measurement, a reference program on it that goes when the object does.
 * It logs nothing; needs root.
 */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include <stdint.h>

enum peer_program {
	PEER_NONE,    /* leave the interface as it is */
	PEER_REFLECT, /* swap addresses and ports, send back */
	PEER_SINK,    /* drop: the cost of the generator alone */
};

struct peer;

/*
 * Opens interface `name` in the namespace at `netns` (a path; NULL: the caller's own) and attaches
 * the program. NULL with errno set; the caller's namespace is the same afterwards either way.
 */
struct peer *peer_new(const char *netns, const char *name, enum peer_program program);
void peer_free(struct peer *peer);

/* MAC address of interface `name` in the caller's namespace. 0 or a negative errno. */
int peer_read_mac(const char *name, uint8_t ret_mac[6]);
const uint8_t *peer_mac(const struct peer *peer);

#endif
