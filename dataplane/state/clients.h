// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading the client table for people: who the clients are, and how many. The engines write it
 * while it is read (dataplane/core/visit.h); a line may be a request behind.
 */
#ifndef STATE_CLIENTS_H
#define STATE_CLIENTS_H

#include "dataplane/state/state.h"

/* One client. */
struct client {
	enum frame_family family;
	uint8_t address[16]; /* network order: IPv4 in 4 octets; IPv6 the network, prefix6 bits */
	uint8_t version;     /* of its last request */
	uint64_t requests, limited; /* exact to 1023, then within some 3 % */
	double average_s;           /* between requests; negative: one request alone */
	double last_s;              /* since its last request, as far as a tick tells */
};

/* Calls visit for every client; it returns false to end. now_ns: CLOCK_MONOTONIC. */
void clients_visit(const struct state *state, uint64_t now_ns,
	bool (*visit)(void *arg, const struct client *client), void *arg);

/* The same of some sets of the table: for who must not take long. */
struct clients_part {
	uint64_t now_ns;
	uint32_t first, count; /* first + count: at most state->client_sets */
};
void clients_visit_part(const struct state *state, const struct clients_part *part,
	bool (*visit)(void *arg, const struct client *client), void *arg);

/* Length of a tick, s: what ages and intervals are known to. */
double clients_tick_s(const struct limit *limit);

/* Forgets all clients: for the daemon, after the meaning of a tick has changed. */
void clients_clear(struct state *state);

/* The inverse of clients_mix(). */
uint64_t clients_unmix(uint64_t mixed, uint64_t seed);

#endif
