// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * When a datagram really left and really came: the kernel's own stamps
 * (SO_TIMESTAMPING, software) instead of the moment when the daemon got round to
 * it. The kernel stamps in CLOCK_REALTIME, which may be stepped or slewed under
 * us; here a stamp becomes CLOCK_MONOTONIC_RAW or is refused, never bent.
 *
 * Used by control/client.c. The caller owns the sockets (non-blocking UDP) and
 * falls back to a plain clock read where a stamp is missing or refused.
 */
#ifndef CONTROL_TIMESTAMPING_H
#define CONTROL_TIMESTAMPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "control/clocks.h"

/* A datagram of which `length` octets stand in data. */
struct timestamping_datagram {
	uint8_t *data; /* the caller's, with room for `size` */
	size_t size;
	size_t length;         /* the datagram's own: above `size` it was cut */
	int64_t stamp_real_ns; /* when the kernel got it; 0: not stamped */
	struct sockaddr_storage from;
	socklen_t from_length;
};

/* Asks for stamps of all datagrams of this socket. 0 or a negative errno. */
int timestamping_enable(int fd);

/*
 * A socket that only keeps the kernel stamping: without one, stamping begins some
 * time after the first socket asks for it, and what arrives before is stamped
 * when it is read. Returns a descriptor that the caller closes at its end, or a
 * negative errno.
 */
int timestamping_keep_on(void);

/*
 * A kernel stamp in CLOCK_MONOTONIC_RAW. `before` was read when the stamped thing
 * could not have happened yet, `after` when it had. False: CLOCK_REALTIME was
 * stepped in between, or the stamp is not between the two.
 */
bool timestamping_convert(int64_t stamp_real_ns, const struct clocks_pair *before,
	const struct clocks_pair *after, uint64_t *ret_raw_ns);

/* Receives one datagram with its stamp. 0, -EAGAIN, or another negative errno. */
int timestamping_receive(int fd, struct timestamping_datagram *datagram);

/*
 * The stamp of the one datagram sent, if the kernel has delivered it; takes what
 * waits in the error queue up to it, so that it does not wake the loop again.
 */
bool timestamping_sent(int fd, int64_t *ret_stamp_real_ns);

#endif
