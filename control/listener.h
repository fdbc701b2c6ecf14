/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The served UDP port in the daemon's loop: binds the socket engine, hands it what arrives,
 * and while another server has the port says so once and tries again now and then.
 * Owned by the daemon, which owns state and base too. Answers are dataplane/socket's.
 */
#ifndef CONTROL_LISTENER_H
#define CONTROL_LISTENER_H

#include "dataplane/socket/engine.h"
#include "dataplane/state/state.h"

struct event_base;
struct listener;

enum listener_state {
	LISTENER_OFF,
	LISTENER_BOUND,
	LISTENER_TAKEN
};

struct listener_options {
	bool mirrored;        /* the port is left to the mirrored server, for good */
	unsigned int workers; /* threads that answer; 0: the loop does */
};

/*
 * Takes the port of state->settings (0: none, off) for IPv4 and IPv6. A port that cannot be had is
 * no failure. 0 or a negative errno.
 */
int listener_new(struct event_base *base, struct state *state,
	const struct listener_options *options, struct listener **ret_listener);
void listener_free(struct listener *listener);

/* Of both families; TAKEN when one of them is. ret_detail: why, in words; "" when bound. */
enum listener_state listener_state(const struct listener *listener, const char **ret_detail);

/* The port or the workers have changed: gives the old port back and takes the new. */
void listener_rebind(struct listener *listener, unsigned int workers);

/* How long workers look for more before they sleep, from now on. */
void listener_busy_poll(struct listener *listener, double seconds);

/* Starts the workers, with the rights that the caller has by now. */
void listener_run(struct listener *listener);

/* While settings and tables change: between these no worker answers. */
void listener_hold(struct listener *listener);
void listener_release(struct listener *listener);

unsigned int listener_workers(const struct listener *listener);

/* Who answers ntpq on this host; see engine.h. */
void listener_answer_queries(struct listener *listener, const struct socket_query_handler *handler);

struct engine_statistics listener_statistics(const struct listener *listener);

#endif
