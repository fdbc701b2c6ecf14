// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The UDP socket engine: answers from the time page what the fast path passes
 * up, and all requests on an interface without it. One non-blocking socket for
 * each IP family on the wildcard address, read and written in small batches.
 *
 * It owns no loop, no timer and no log: the caller polls engine_fd() for reading,
 * calls engine_handle(), and tries engine_bind() again now and then while the port is
 * another server's. What is answered, and what not, is reply.h's, and query.h's for ntpq.
 */
#ifndef SOCKET_ENGINE_H
#define SOCKET_ENGINE_H

#include "dataplane/core/counters.h"
#include "dataplane/socket/channel.h"
#include "dataplane/socket/query.h"

struct engine;

/*
 * shared is copied; what it points to, and the counters block (of this engine
 * alone), stay the caller's and must outlive the engine. NULL and errno ENOMEM.
 */
struct engine *engine_new(const struct socket_shared *shared, struct counters_block *counters);

/* Closes the sockets, too. */
void engine_free(struct engine *engine);

/*
 * Takes the port of the settings for a family, AF_INET or AF_INET6. ENGINE_ALONE is a plain bind:
 * neither SO_REUSEADDR nor SO_REUSEPORT, with which we would take another server's requests. The
 * others need engine_share_port() of an engine that has it. 0, also when it is bound already;
 * -EADDRINUSE when another server has the port; -EAFNOSUPPORT where the host has no such family;
 * another negative errno.
 */
int engine_bind(struct engine *engine, int family, enum engine_share share);

/* Lets other engines of this account bind the port that this one has. 0 or a negative errno. */
int engine_share_port(struct engine *engine, int family);

/* Gives the port back, before the settings get another one. */
void engine_unbind(struct engine *engine, int family);

/* The socket to poll for reading, -1 while the family is not bound. */
int engine_fd(const struct engine *engine, int family);

/*
 * Answers what has arrived, up to a bound that keeps the caller's loop alive;
 * what is left makes the socket readable again. Returns the replies sent.
 */
unsigned engine_handle(struct engine *engine, int family);

/*
 * Who answers ntpq on this host; called within engine_handle(), and not to call the engine but
 * for query->send. Copied. Without one such questions meet silence.
 */
void engine_answer_queries(struct engine *engine, const struct socket_query_handler *handler);

struct engine_statistics {
	uint64_t send_failed;   /* replies that the kernel did not take */
	uint64_t stamp_refused; /* datagrams whose kernel stamp was not believed */
	uint64_t queries;       /* questions of ntpq that were handed to the handler */
	uint64_t interleaved;   /* replies that told when the one before had left */
};
/* From any thread. */
struct engine_statistics engine_statistics(const struct engine *engine);

void engine_statistics_add(struct engine_statistics *sum, struct engine_statistics one);

#endif
