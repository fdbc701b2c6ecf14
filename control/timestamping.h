// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * When a datagram really left and really came: the stamps of the kernel and of the network card
 * (SO_TIMESTAMPING) instead of the moment when the daemon got round to
 * it. The kernel stamps in CLOCK_REALTIME, which may be stepped or slewed under
 * us, a card in a clock of its own; here a stamp becomes CLOCK_MONOTONIC_RAW or is refused, never
 * bent.
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
#include "control/stamp.h"

/* What is known of the moment when one datagram left or came. */
struct timestamping_stamps {
	int64_t real_ns;  /* the kernel's, in REALTIME; 0: none */
	uint64_t card_ns; /* the card's own; 0: none */
	uint32_t ifindex; /* of that card; 0: not told */
};

/* A card's stamp, and how it becomes RAW: false where nothing relates the two. */
struct timestamping_card_stamp {
	uint64_t card_ns;
	uint32_t ifindex;
	bool sent; /* false: received */
};
struct timestamping_cards {
	bool (*to_raw)(void *arg, const struct timestamping_card_stamp *stamp, uint64_t *ret_raw_ns,
		uint32_t *ret_error_ns);
	void *arg;
};

/* A datagram of which `length` octets stand in data. */
struct timestamping_datagram {
	uint8_t *data; /* the caller's, with room for `size` */
	size_t size;
	size_t length; /* the datagram's own: above `size` it was cut */
	struct timestamping_stamps stamps;
	struct sockaddr_storage from;
	socklen_t from_length;
};

/* Asks for stamps of all datagrams of this socket, with `cards` those of cards too. 0 or a negative
 * errno. */
int timestamping_enable(int fd, bool cards);

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

/* The event that was stamped. */
struct timestamping_event {
	const struct clocks_pair *before, *after; /* as for timestamping_convert() */
	const struct timestamping_cards *cards;   /* NULL: card stamps are not wanted */
	bool sent;
};

/*
 * The best stamp that can be true, in CLOCK_MONOTONIC_RAW: the card's where it is between the two
 * clock readings and on the right side of the kernel's (a card sends after and receives before
 * the kernel has to do with it), else the kernel's. STAMP_CLOCK: none, and nothing is returned.
 */
enum stamp timestamping_best(const struct timestamping_stamps *stamps,
	const struct timestamping_event *event, uint64_t *ret_raw_ns);

/* Receives one datagram with its stamps. 0, -EAGAIN, or another negative errno. */
int timestamping_receive(int fd, struct timestamping_datagram *datagram);

/*
 * Adds the stamps of the one datagram sent that the kernel has delivered to those had before; true:
 * there were some. Takes what waits in the error queue up to the one stamp that is expected, or
 * with `cards` all that there is, so that it does not wake the loop again.
 */
bool timestamping_sent(int fd, bool cards, struct timestamping_stamps *stamps);

#endif
