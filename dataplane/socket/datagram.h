// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A UDP socket as everything here wants it: non-blocking and closed on exec, also where the
 * flags of socket(2) for that are not understood (kernels before 2.6.27, and simulators that
 * are preloaded under the program). The caller owns the descriptor.
 */
#ifndef SOCKET_DATAGRAM_H
#define SOCKET_DATAGRAM_H

/* AF_INET or AF_INET6. A descriptor, or a negative errno. */
int datagram_socket(int family);

#endif
