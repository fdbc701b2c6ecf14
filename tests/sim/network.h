// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The virtual network between the daemon and its servers: a fixed delay each way, queues of
 * several laws, constant asymmetry, loss, a route that changes, a flow that shares the
 * link all the time, and one that fills one direction of the shared link in bursts. The caller
 * (world.c) owns the object.
 */
#ifndef TESTS_SIM_NETWORK_H
#define TESTS_SIM_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/unit/dice.h"

#define NETWORK_PATHS 8

enum network_law {
	NETWORK_STILL,
	NETWORK_EXPONENTIAL,
	NETWORK_GAMMA,
	NETWORK_PARETO
};

struct network_kind {
	double delay_us; /* each way, of the nearest server; the others' are up to twice that */
	enum network_law law;
	double out_us, back_us; /* mean queue each way */
	double asymmetry_us;    /* the way out is longer by up to this, the same for all packets */
	double loss;            /* share of packets lost, each way */
	double route_us;        /* the way out of every second path becomes so much longer ... */
	double route_at_s;      /* ... at this moment, for an hour */
	double wait_us; /* a link with a competing flow: who finds it busy waits so long (mean) ...
			 */
	double wait_out, wait_back; /* ... which is this share of packets */
	double burst_us;            /* competing traffic: queue of up to this on the way back ... */
	double burst_on_s, burst_off_s; /* ... for so long, and so long apart (means) */
};

struct network {
	struct network_kind kind;
	struct dice dice;
	double out_ns[NETWORK_PATHS], back_ns[NETWORK_PATHS];
	bool burst;
	int64_t turn_ns; /* when the burst begins or ends */
};

void network_start(struct network *network, const struct network_kind *kind, struct dice dice);

/* How long a packet takes that leaves at this moment; negative: it is lost. */
int64_t network_out_ns(struct network *network, int path, int64_t true_ns);
int64_t network_back_ns(struct network *network, int path, int64_t true_ns);

#endif
