// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The engine as a whole: state, port, exception path, workers, and the one who looks after them ten
 * times a second: says that it runs (engine_table.h), adds up what workers counted, relates the
 * card's clock, and changes over to another state when the daemon has made one.
 */
#ifndef DPDK_ENGINE_H
#define DPDK_ENGINE_H

#include "dataplane/dpdk/exception.h"
#include "dataplane/dpdk/options.h"
#include "dataplane/dpdk/port.h"
#include "dataplane/dpdk/shared.h"
#include "dataplane/dpdk/stamps.h"
#include "dataplane/dpdk/worker.h"

struct dpdk_engine {
	struct dpdk_options options;
	struct shared shared;
	struct port port;
	struct exception exception;
	struct stamps stamps;
	struct engine_entry *entry;
	uint64_t missed_before; /* the port's count when it was opened */
	const volatile bool *stop;
	struct worker worker[COUNTERS_WORKERS]; /* port.queues of them */
};

/* Everything up to where workers can run. 0 or a negative errno, said; close it in either case. */
int engine_open(struct dpdk_engine *engine, const volatile bool *stop);

/* Until *stop; in a thread of its own. */
void engine_supervise(struct dpdk_engine *engine);

/* After all workers have ended. */
void engine_close(struct dpdk_engine *engine);

#endif
