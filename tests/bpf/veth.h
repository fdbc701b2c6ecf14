// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A veth pair in a network namespace of this process, which goes with it: the
 * server's end carries the XDP program under test, the client's end one that
 * passes (native XDP_TX on veth needs it). Raw sockets on both ends send frames
 * and see what comes.
 */
#ifndef TESTS_BPF_VETH_H
#define TESTS_BPF_VETH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum veth_end {
	VETH_SERVER,
	VETH_CLIENT,
	VETH_ENDS
};

struct veth {
	int ifindex[VETH_ENDS];
	int socket[VETH_ENDS];
	bool native;
};

/* Makes namespace, pair and sockets. 0 or a negative errno, with a line on stdout. */
int veth_make(struct veth *ret_veth, bool native);
/* Attaches a program to the server's end, in place of the one that is there; fd -1: none. */
int veth_attach(const struct veth *veth, int fd);

int veth_send(const struct veth *veth, const uint8_t *frame, size_t length);
/* The next frame that came in at an end, its VLAN tag put back. Waits up to timeout_ms.
 * The length, 0 when nothing came, or a negative errno. */
long veth_receive(const struct veth *veth, enum veth_end end, uint8_t *frame, int timeout_ms);

#endif
