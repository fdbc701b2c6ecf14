/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ask: one question to an NTP server, from a socket and a port of its own, with the daemon's own
 * judgement of the reply (control/exchange.h). Blocks until there is an answer or the time is up.
 * Reads the clocks, never sets one. For `ntpxdp query`, and without the judgement for `poolcheck`;
 * prints nothing.
 */
#ifndef CONTROL_CLI_ASK_H
#define CONTROL_CLI_ASK_H

#include "control/clocks.h"
#include "control/exchange.h"

#include <sys/socket.h>

struct ask_answer {
	/*
	 * 0: a packet came that repeats our bits, and `result` judges it. -ETIMEDOUT: none came
	 * (with what came instead in `result`, or EXCHANGE_UNEXPECTED for nothing). Any other
	 * negative errno: it could not be sent, or the host refused it (-ECONNREFUSED).
	 */
	int error;
	enum exchange_result result;
	struct ntp_packet packet; /* valid where error is 0 */
	struct ntp_sample sample; /* valid for EXCHANGE_ACCEPTED */
	int64_t offset_ns;        /* the server's time - CLOCK_REALTIME; the same */
	int64_t error_bound_ns;   /* root distance, this exchange included; the same */
};

/* version: 1..4. */
void ask(const struct sockaddr_storage *server, uint8_t version, double timeout_s,
	struct ask_answer *ret_answer);

/* What came first from the address asked, whatever it says. */
struct ask_datagram {
	int error;                     /* 0; -ETIMEDOUT: nothing came; else as above */
	be64 cookie;                   /* the transmit timestamp that was sent */
	uint8_t data[NTP_PACKET_SIZE]; /* its beginning */
	size_t length;                 /* of all of it */
	uint64_t t1_raw_ns, t4_raw_ns;
	struct clocks_pair after; /* the clocks when it was read */
};

/* One question, without a judgement: the monitor of the pool takes what comes first, too. */
void ask_first(
	const struct sockaddr_storage *server, double timeout_s, struct ask_datagram *ret_datagram);

/* Unix seconds of a timestamp of the wire, in the era that began 2000; 0 for 0. */
double ask_unix_s(be64 timestamp);

#endif
