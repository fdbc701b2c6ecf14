// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Several socket engines on one port, each in a thread of its own with its own sockets and its own
 * block of counters: the kernel spreads clients over them (SO_REUSEPORT). Whoever owns them, in
 * one thread, starts and stops them, and holds them still while something changes under them
 * that an engine may not see halfway, or whose memory goes. Loopback is not theirs: the owner has
 * an engine for it. The threads handle no signals, and have the rights of the thread that starts
 * them.
 */
#ifndef SOCKET_WORKERS_H
#define SOCKET_WORKERS_H

#include "dataplane/socket/engine.h"

#define WORKERS_MAX 32

struct workers;

/* counters: one block for each. As engine_new(). NULL and errno. */
struct workers *workers_new(
	const struct socket_shared *shared, struct counters_block *counters, unsigned count);

/* Stops the threads, too. NULL is allowed. */
void workers_free(struct workers *workers);

/*
 * While they do not run: all take the port for a family, the first by a plain bind, which fails
 * where another server has it; only then is the port shared. loopback: an engine of the owner,
 * which takes the family's loopback address. As engine_bind(); all or none of them have it then.
 */
int workers_bind(struct workers *workers, int family, struct engine *loopback);

/* 0 or a negative errno: then none runs. Nothing when they run already. */
int workers_start(struct workers *workers);

/* How long each goes on looking for datagrams before it sleeps; 0, as at first: it sleeps at once.
 */
void workers_busy_poll(struct workers *workers, uint64_t busy_poll_ns);

/* Returns when the last thread has ended; the ports stay. */
void workers_stop(struct workers *workers);

/* Between these two no worker answers. What arrives waits in the kernel. */
void workers_hold(struct workers *workers);
void workers_release(struct workers *workers);

unsigned workers_count(const struct workers *workers);

/* One sum. */
struct engine_statistics workers_statistics(const struct workers *workers);

#endif
