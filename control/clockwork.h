/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The clockwork: sources -> clock (or mirror) -> publisher -> time page, and with `clock system`
 * the kernel's clock. This is where clocks are read, samples turned into time, the page written,
 * leap seconds armed and passed, and the drift file kept; what each of these means is in
 * the pure modules it calls. Logs each change of state once.
 * Owned by the daemon, which calls clockwork_tick() 8 times a second from its loop.
 */
#ifndef CONTROL_CLOCKWORK_H
#define CONTROL_CLOCKWORK_H

#include "control/config.h"
#include "control/leap_list.h"
#include "control/publisher.h"
#include "control/sources.h"
#include "dataplane/state/state.h"

#define CLOCKWORK_TICKS_PER_S 8

struct clockwork;
struct hardware;

struct clockwork_options {
	struct event_base *base;
	struct state *state;     /* outlives the clockwork; its page is written, by nobody else */
	bool leave_system_clock; /* -x */
	bool bare;               /* -n: no descriptor but the sources' sockets */
	/* The state changed, in words; for STATUS of the service manager. May be NULL. */
	void (*on_change)(void *arg, const char *text);
	void *arg;
};

/* What is known and what was done, for reports and metrics. */
struct clockwork_status {
	bool known;                   /* `reading` holds a time, good or not */
	struct clock_reading reading; /* now */
	struct clocks_pair pair;      /* the moment of it */
	const char *reason; /* why not synchronised, "" while it is; valid until the next call */
	int64_t system_offset_ns;  /* served time - clock */
	double slew;               /* of the served time, s/s */
	int64_t last_offset_ns;    /* by how much the last update moved the clock; with `mirror`
				    * the server's time less the system clock's */
	double rms_offset_ns;      /* long-term, of the same */
	double residual_frequency; /* by how much the last update moved the frequency */
	double update_interval_s;  /* between the last two updates; 0: fewer */
	uint64_t updates;          /* of the clock */
	uint64_t publications;     /* of the page */
	unsigned int steps;        /* of the served time */
	unsigned int kernel_steps; /* of CLOCK_REALTIME, by us and by others, as noticed */
	unsigned int leaps;        /* leap seconds passed */
	struct leap leap;
	struct leap_list leap_list; /* all zeros: there is none */
	bool steering;              /* the kernel clock follows */
	int64_t kernel_error_ns;    /* UTC - CLOCK_REALTIME at the last turn */
	unsigned int required;      /* sources that must agree */
};

/*
 * Starts: adopts the page, reads the drift file, asks the sources. Says its own errors.
 * 0 or a negative errno.
 */
int clockwork_new(const struct clockwork_options *options, const struct config *config,
	struct clockwork **ret_clockwork);

/* Writes the drift file and lets go of the kernel clock; the page stays. NULL is allowed. */
void clockwork_free(struct clockwork *clockwork);

/* Other settings for the running clockwork; `config` must outlive it. */
void clockwork_apply(struct clockwork *clockwork, const struct config *config);

/* One turn: publishes; once a second what is done once a second. */
void clockwork_tick(struct clockwork *clockwork);

/*
 * Does it really run? False where the last turn could not read the clocks, or what it wrote came
 * too late to be continuous. For a watchdog.
 */
bool clockwork_turns(const struct clockwork *clockwork);

void clockwork_status(const struct clockwork *clockwork, struct clockwork_status *ret_status);

/* The cards of `hwtimestamp`, see control/hardware.h. */
const struct hardware *clockwork_hardware(const struct clockwork *clockwork);

const struct sources *clockwork_sources(const struct clockwork *clockwork);

#endif
