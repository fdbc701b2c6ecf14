// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A worker: takes frames from one queue of the port in bursts, hands each to the packet core with
 * what it asks for, sends the replies out of the same queue, gives the host what is the host's and
 * sends out what the host has to say. One worker for each queue, on a core of its own; no locks, no
 * allocation, nothing that is written by two workers but the client table (dataplane/core/visit.h).
 *
 * worker_run() is for the engine, worker_turn() for tests and measurements.
 */
#ifndef DPDK_WORKER_H
#define DPDK_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/core/cardclock.h"
#include "dataplane/core/frame.h"
#include "dataplane/core/localaddr_recent.h"
#include "dataplane/core/reply_template.h"
#include "dataplane/dpdk/engine_clock.h"
#include "dataplane/state/state.h"

#define WORKER_BURST   32
#define WORKER_NO_PORT UINT16_MAX

/* The card's receive stamps, where there are any (stamps.h). All workers read one. */
struct worker_stamps {
	uint64_t flag;           /* in an mbuf's flags: it has a stamp. 0: there are none */
	int offset;              /* of the stamp in an mbuf */
	uint64_t multiplier_q32; /* card ns per tick */
	struct cardclock clock;
};

/* By the worker alone, read by the engine; see ENGINES_COUNTS. */
struct worker_counts {
	uint64_t unsent, to_host, to_host_lost, from_host, from_host_lost, ignored, bad_checksum;
};

struct worker {
	/* The engine may put another state here (worker_use_state()). */
	const struct state *state;
	const struct state *used; /* by the worker: the one of its last turn */
	uint32_t block;           /* of state->counters->dpdk */
	uint16_t port, queue;
	uint16_t host_port; /* the exception path, same queue; WORKER_NO_PORT: there is none */
	const struct worker_stamps *stamps;
	const volatile bool *stop;
	struct interface interface; /* of it the MAC address */
	struct engine_clock clock;
	struct reply_template tmpl;
	struct localaddr_recent recent[FRAME_FAMILIES];
	uint64_t random;
	struct worker_counts counts;
} CORE_CACHE_ALIGNED;

/* Seeds the dice. The rest of the struct is the caller's to fill in before. 0 or a negative errno.
 */
int worker_prepare(struct worker *worker);

/* One burst from the port and one from the host. The number of frames that came from the port. */
unsigned int worker_turn(struct worker *worker);

/* Turns until *stop. */
void worker_run(struct worker *worker);

/* Has the worker left every other state? Then that may be closed. */
void worker_use_state(struct worker *worker, const struct state *state);
bool worker_uses(const struct worker *worker, const struct state *state);

#endif
