// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Addresses of a host name without waiting for them (libevent's evdns: the hosts
 * file, then the name servers of resolv.conf). While nothing is looked up there is
 * no DNS socket and no memory of old settings: resolv.conf is read anew for the next
 * name, which may be after the network has changed. Called by control/sources.c.
 */
#ifndef CONTROL_RESOLVER_H
#define CONTROL_RESOLVER_H

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define RESOLVER_ADDRESSES_MAX 16

struct resolver;
struct resolver_query;

/* What to look up. family: AF_UNSPEC, AF_INET or AF_INET6. */
struct resolver_name {
	const char *host;
	uint16_t port; /* goes into the addresses */
	int family;
};

/*
 * The answer, from the loop, never from within resolver_lookup(). The query is gone
 * when it is called. error: NULL, with 1 to RESOLVER_ADDRESSES_MAX addresses that
 * are valid during the call; else what went wrong, in words, and none.
 */
typedef void (*resolver_done)(
	void *arg, const char *error, const struct sockaddr_storage *list, size_t count);

/*
 * NULL and errno ENOMEM. Freeing cancels queries under way; evdns gives up their memory in the
 * loop, so that who cares for leaks runs it once more (EVLOOP_NONBLOCK) before freeing the base.
 */
struct resolver *resolver_new(struct event_base *base);
void resolver_free(struct resolver *resolver);

/* An address in digits, without asking anybody. False: it is a name, or of the other family. */
bool resolver_numeric(const struct resolver_name *name, struct sockaddr_storage *ret_address);

/* NULL and errno. The name is copied. */
struct resolver_query *resolver_lookup(
	struct resolver *resolver, const struct resolver_name *name, resolver_done done, void *arg);

/* The answer will not be given. NULL is allowed. */
void resolver_cancel(struct resolver_query *query);

#endif
