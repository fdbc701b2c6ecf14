/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reader: what time is it, and how wrong can that be? For any local program, without root.
 *
 * The daemon hands out a read-only descriptor of the time page over its control socket; from then
 * on the time is read from shared memory, without a system call. A daemon that dies leaves the
 * reader with a page that only ages, its error bound growing; its successor hands out another one,
 * see age_ns. docs/examples/what_time.c is a whole program. The module does not log. A reader may
 * be used by several threads at once.
 */
#ifndef STATE_READER_H
#define STATE_READER_H

#include <stdbool.h>
#include <stdint.h>

/* Where the daemon listens unless its settings file says otherwise (`control PATH`). */
#define NTPXDP_READER_SOCKET "/run/ntpxdp/control"

struct ntpxdp_reader;

struct ntpxdp_time {
	bool synchronised;  /* the time is good: |error| is below error_ns */
	const char *reason; /* why it is not, a constant; "" while it is */
	/*
	 * Unix time (POSIX: no leap seconds) in ns. It comes from the page, not from the system
	 * clock. While not synchronised this is what the page says all the same, or 0 where it
	 * says nothing: never take it for the time.
	 */
	int64_t unix_ns;
	uint64_t error_ns; /* half the root delay and the root dispersion; UINT64_MAX: no bound */
	/*
	 * Since the daemon renewed the page, which it does several times a second. Above some
	 * seconds the daemon is gone, or another one runs: close, and open again.
	 */
	uint64_t age_ns;
	uint8_t stratum; /* of this host's server; 16: not synchronised */
	uint8_t leap;    /* 0, 1 a second will be inserted, 2 deleted, 3 not synchronised or in
			    the middle of a leap second */
};

/*
 * Ask the daemon for the page and map it. socket_path NULL: NTPXDP_READER_SOCKET. The reader is
 * the caller's, who closes it.
 * 0, or a negative errno: -ENOENT, -ECONNREFUSED: no daemon there; -ETIMEDOUT: no answer within
 * two seconds; -EOPNOTSUPP: the daemon has no page to give (it runs without a data plane);
 * -EPROTO: a page of another layout; -EBADMSG: something else answers there.
 */
int ntpxdp_reader_open(const char *socket_path, struct ntpxdp_reader **ret_reader);

/* The same from a descriptor of the page. The reader keeps no hold of the descriptor. */
int ntpxdp_reader_open_descriptor(int page_fd, struct ntpxdp_reader **ret_reader);

/*
 * The time of this moment. True where it is good, as ret_time->synchronised, which is always
 * filled. Reading costs some 50 ns.
 */
bool ntpxdp_reader_now(const struct ntpxdp_reader *reader, struct ntpxdp_time *ret_time);

/* The same at a moment of CLOCK_MONOTONIC that the caller read: for a stamp of its own. */
bool ntpxdp_reader_at(
	const struct ntpxdp_reader *reader, uint64_t monotonic_ns, struct ntpxdp_time *ret_time);

/* NULL is allowed. */
void ntpxdp_reader_close(struct ntpxdp_reader *reader);

#endif
