// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A virtual NTP server: writes the replies that a real one would, of a time that is honest
 * (within its own root distance) or a lie. The caller (world.c) owns the object and knows
 * the true time.
 */
#ifndef TESTS_SIM_SERVER_H
#define TESTS_SIM_SERVER_H

#include "dataplane/core/ntp_wire.h"
#include "tests/unit/dice.h"

enum server_lie {
	SERVER_HONEST,
	SERVER_OFF,   /* by 50 ms */
	SERVER_DRIFT, /* away by 1 us a second */
	SERVER_JUMP,  /* to and fro, 5 to 100 ms, every 5 minutes */
	SERVER_LEAP   /* announces a leap second that is none; its time is right */
};

struct server_kind {
	double error_us;      /* of its time, constant, uniform within +- this */
	double root_delay_us; /* what it says of itself; the error is within the distance ... */
	double root_dispersion_us; /* ... that follows from both */
	uint8_t stratum;
};

struct server {
	struct server_kind kind;
	struct dice dice;
	double error_ns;
	enum server_lie lie;
	int64_t lie_from_ns; /* true time since the start */
	double jump_ns;
	int64_t jump_at_ns;
	uint8_t number;
};

void server_start(struct server *server, const struct server_kind *kind, struct dice dice);

/* What its clock is off at a true moment (ns since the start). Moments go forward only. */
int64_t server_error_ns(struct server *server, int64_t true_ns);

/* The leap indicator that it sends, where `honest` is the right one. */
uint8_t server_leap(const struct server *server, int64_t true_ns, uint8_t honest);

/* A reply: receive_ns and transmit_ns are Unix time by its own clock. */
void server_reply(const struct server *server, const struct ntp_packet *request,
	const int64_t stamps_ns[2], struct ntp_packet *ret_reply);

#endif
