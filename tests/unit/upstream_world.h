// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What control/upstream.c stands on, made up for its test: a name server that says what the test
 * wants, sources that ask nobody, and libevent's timer in a time that the test lets pass. Stands
 * for control/resolver.c, control/source.c and three functions of libevent; for test_upstream.c
 * alone.
 */
#ifndef TESTS_UNIT_UPSTREAM_WORLD_H
#define TESTS_UNIT_UPSTREAM_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "control/upstream.h"

#define SOURCES_MAX 16

struct source {
	struct sockaddr_storage address;
	struct poll poll;
	struct ntp_sample sample;
	enum exchange_result last_result;
	bool there;
};

struct upstream_world {
	struct source source[SOURCES_MAX];
	unsigned made;
	resolver_done done;
	void *done_arg;
	unsigned lookups, changes;
	struct event *timer;
	long wait_s; /* until the timer fires; -1: it does not run */
	FILE *log;
	struct upstream_environment environment;
	struct upstream *upstream;
};

extern struct upstream_world w;

/* For cmocka: a world, and its end, at which no source may be left. */
int setup(void **state);
int teardown(void **state);

/* A line of the settings. */
void begin(const char *host, bool pool, int maxsources);

/* The name servers say: 127.0.0.FIRST to LAST, to all of which there is a route; or none. */
void resolve(int first, int last);

/* Time passes until the timer fires; that must be after so many seconds. */
void fire(long after_s);

struct upstream_member *member(size_t i);
size_t members(void);

#endif
