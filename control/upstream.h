// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One `server` or `pool` line: finds the addresses of its name, keeps a source for
 * one of them or, for a pool, for as many as asked, and takes another address where one
 * does not answer, refuses us or is wrong. The set of all lines is
 * control/sources.h's, the only caller, which owns the object and passes events on.
 */
#ifndef CONTROL_UPSTREAM_H
#define CONTROL_UPSTREAM_H

#include "control/resolver.h"
#include "control/select.h"
#include "control/source.h"

#define UPSTREAM_MEMBERS_MAX 16 /* `maxsources` is not above */

struct upstream;

struct upstream_member {
	struct source *source;
	enum tally tally;
	char address[64];      /* in digits, for people */
	bool replace;          /* its address has been found bad */
	bool warned;           /* that it does not answer */
	unsigned false_count;  /* samples in a row that the majority disagreed with */
	uint64_t false_raw_ns; /* the last of them */
};

/* Shared by all; the caller's. */
struct upstream_environment {
	struct source_environment *source;
	struct resolver *resolver;
	/* Is a source asking this address? */
	bool (*in_use)(void *arg, const struct sockaddr_storage *address);
	/* Sources came or went. */
	void (*on_change)(void *arg);
	void *arg;
};

/* The options are copied. NULL and errno. */
struct upstream *upstream_new(
	struct upstream_environment *environment, const struct config_source *options);
void upstream_free(struct upstream *upstream);

/* Same line, same host: other options. */
void upstream_configure(struct upstream *upstream, const struct config_source *options);

/* Can the one become the other without new sources? */
bool upstream_same(const struct upstream *upstream, const struct config_source *options);

/* Begins anew with each of its sources, as if it had just been started. */
void upstream_renew(struct upstream *upstream);

const struct config_source *upstream_options(const struct upstream *upstream);

/* Its sources, ret_count of them; NULL or fewer than asked for while the name has no addresses. */
struct upstream_member *upstream_members(struct upstream *upstream, size_t *ret_count);
struct upstream_member *upstream_find(struct upstream *upstream, const struct source *source);

/* Why it has no source, in words; NULL: it has one. */
const char *upstream_missing(const struct upstream *upstream);

/* What happened to a member. Does not free it at once. */
void upstream_event(
	struct upstream *upstream, struct upstream_member *member, enum source_event event);

/* What the clock made of a member. */
void upstream_tally(struct upstream *upstream, struct upstream_member *member, enum tally tally);

#endif
