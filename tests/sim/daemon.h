// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The daemon under test, without its loop and its sockets: exchange, poll, filter, clock, leap,
 * publisher and time page are the daemon's own modules; what is here does with
 * them what control/source.c, clockwork.c and upkeep.c do, in virtual time. Clocks and
 * dice are handed in; the caller (world.c) owns the object.
 */
#ifndef TESTS_SIM_DAEMON_H
#define TESTS_SIM_DAEMON_H

#include "control/clock.h"
#include "control/exchange.h"
#include "control/leap.h"
#include "control/poll.h"
#include "control/publisher.h"
#include "dataplane/core/timepage.h"

#define DAEMON_SOURCES 8

struct daemon_options {
	unsigned sources;
	int minpoll, maxpoll;
	double frequency, frequency_sd; /* of the drift file; sd 0: there is none */
	struct timepage *page;          /* where to publish; NULL: in the object */
};

struct daemon_source {
	struct filter *filter;
	struct poll poll;
	struct exchange exchange;
	struct ntp_sample sample; /* the newest */
	bool usable;
	uint64_t requests, samples;
};

struct daemon {
	struct daemon_options options;
	struct clock *clock;
	struct publisher *publisher;
	struct leap leap;
	struct timepage own_page, *page;
	struct daemon_source source[DAEMON_SOURCES];
	struct clock_input input[DAEMON_SOURCES];
	unsigned steps;
};

/* 0 or -ENOMEM; to be freed in both cases. */
int daemon_start(struct daemon *daemon, const struct daemon_options *options);
void daemon_free(struct daemon *daemon);

struct daemon_moment {
	uint64_t raw_ns;
	uint64_t random; /* all 64 bits */
};

/* Asks a source: the packet that goes out. When to ask it next is in its poll. */
void daemon_ask(struct daemon *daemon, unsigned which, const struct daemon_moment *moment,
	struct ntp_packet *ret_packet);

/* A datagram came back from it, after which it may be asked earlier or later. */
enum exchange_result daemon_take(
	struct daemon *daemon, unsigned which, const struct exchange_reply *reply, uint64_t random);

/* After daemon_ask() and daemon_take(): the clock and the page follow. */
void daemon_update(struct daemon *daemon, const struct clocks_pair *now);

/* 8 times a second; and once a second. */
void daemon_publish(struct daemon *daemon, const struct clocks_pair *now);
void daemon_second(struct daemon *daemon, uint64_t raw_ns);

#endif
