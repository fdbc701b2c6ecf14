// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A machine to which one event happens: a leap second, a change of era, servers that jump, a kernel
 * clock that is stepped or slewed. The daemon's modules (daemon.h) follow four servers over a quiet
 * network, and with `steer` the kernel's made-up clock follows the daemon. Virtual time goes on in
 * steps of EVENT_GRID_NS. The caller (moments.c) owns the object and looks at the
 * page between steps.
 */
#ifndef TESTS_SIM_EVENT_H
#define TESTS_SIM_EVENT_H

#include <sys/timex.h>

#include "control/kernel_clock.h"
#include "tests/sim/daemon.h"
#include "tests/sim/server.h"

#define EVENT_NS      1000000000LL
#define EVENT_GRID_NS 5000000LL
#define EVENT_SERVERS 4
#define EVENT_LEAD_S  120 /* from the start to the event */

struct event_kind {
	const char *name;
	int64_t at_utc_s;    /* Unix second when it happens */
	int8_t leap;         /* +1 a second is inserted, -1 deleted: as struct leap has it */
	int64_t jump_ns;     /* from then on all servers are ahead by this */
	bool steer;          /* from then on the kernel's clock is steered ... */
	int64_t kernel_ns;   /* ... which is ahead of UTC by this until then ... */
	bool may_step;       /* ... and may be stepped */
	const char *seconds; /* of the minute as they are served, one second before to two after */
};

struct event_flight {
	int64_t arrive_ns;
	uint64_t t1_raw_ns;
	struct ntp_packet reply;
};

struct event_world {
	const struct event_kind *kind;
	struct daemon daemon;
	struct server server[EVENT_SERVERS];
	struct event_flight flight[EVENT_SERVERS];
	struct dice dice;
	struct kernel_clock *kernel;
	int64_t true_ns;                 /* since the start */
	double raw_ns, mono_ns, real_ns; /* likewise, as the machine counts it */
	unsigned kernel_steps;
};

/* The page is where the daemon publishes. 0 or a negative errno; to be ended in both cases. */
int event_start(struct event_world *world, const struct event_kind *kind, struct timepage *page);
void event_end(struct event_world *world);

/* EVENT_GRID_NS later: requests, replies, turns of the daemon. 0 or a negative errno. */
int event_pass(struct event_world *world);

/* Since the event; negative before it. */
int64_t event_since_ns(const struct event_world *world);
/* What the servers call UTC (Unix time); `jumped` false: without their jump. */
int64_t event_utc_ns(const struct event_world *world, bool jumped);
/* CLOCK_MONOTONIC, and CLOCK_REALTIME less UTC. */
uint64_t event_mono_ns(const struct event_world *world);
int64_t event_kernel_error_ns(const struct event_world *world);
/* The rate that the kernel's clock was given, s/s. */
double event_kernel_rate(void);

#endif
