// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The exception path: an interface of the host with the port's MAC address, through which the host
 * gets what is not answered, and says what it has to. virtio_user with vhost-net where the kernel
 * has it, a TAP device elsewhere; as many queues as the port, so that no worker waits for another.
 * The interface goes when the process does. Addresses are the host's to configure on it.
 */
#ifndef DPDK_EXCEPTION_H
#define DPDK_EXCEPTION_H

#include "dataplane/dpdk/port.h"

struct exception {
	uint16_t port;                     /* WORKER_NO_PORT: there is none */
	char device[32];                   /* of DPDK */
	char interface[ENGINES_NAME_SIZE]; /* of the host; "none" */
};

/* Makes it and sets it up. 0 or a negative errno, said. */
int exception_open(const struct port *port, struct exception *ret_exception);

/* None: what is not answered is dropped. */
void exception_none(struct exception *ret_exception);

void exception_close(struct exception *exception);

#endif
