// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where is the daemon's state? Asks its control socket: of that protocol
 * (control/control_protocol.h is its manual) this module speaks one request, the line
 * {"command":"info"}.
 */
#ifndef DPDK_LOCATE_H
#define DPDK_LOCATE_H

#include <stddef.h>

#define LOCATE_SOCKET "/run/ntpxdp/control"

/*
 * The folder of pins of the daemon behind the socket. 0 or a negative errno: -ENOENT,
 * -ECONNREFUSED: no daemon there; -ETIMEDOUT; -ENOTSUP: it shares no state (`ntpxdpd -n` without
 * `pindir`); -EBADMSG: something else answers there.
 */
int locate_pindir(const char *socket_path, char *ret_pindir, size_t size);

#endif
