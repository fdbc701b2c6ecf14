// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * evdns calls back at once for what the hosts file answers, and from its own
 * depths for the rest. Here the answer is copied and given from an event of ours, where
 * the DNS sockets can be closed.
 */
#include "control/resolver.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/dns.h>
#include <event2/util.h>

#define RESOLV_CONF "/etc/resolv.conf"
#define HOSTS       "/etc/hosts"

struct resolver {
	struct event_base *base;
	struct evdns_base *dns;         /* only while something is looked up */
	struct resolver_query *queries; /* whose answer was not given yet */
};

struct resolver_query {
	struct resolver *resolver; /* NULL: freed meanwhile */
	struct resolver_query *next;
	resolver_done done; /* NULL: cancelled */
	void *arg;
	struct event *deliver;
	struct evdns_getaddrinfo_request *request; /* NULL: evdns is done with it */
	const char *error;
	struct sockaddr_storage list[RESOLVER_ADDRESSES_MAX];
	size_t count;
};

struct resolver *resolver_new(struct event_base *base)
{
	struct resolver *resolver = calloc(1, sizeof(*resolver));

	if (resolver)
		resolver->base = base;
	return resolver;
}

/* Without any file evdns asks 127.0.0.1, as resolv.conf(5) has it. */
static int open_dns(struct resolver *resolver)
{
	if (resolver->dns)
		return 0;
	resolver->dns = evdns_base_new(resolver->base, 0);
	if (!resolver->dns)
		return -ENOMEM;
	(void)evdns_base_resolv_conf_parse(resolver->dns, DNS_OPTIONS_ALL, RESOLV_CONF);
	(void)evdns_base_load_hosts(resolver->dns, HOSTS);
	return 0;
}

static void close_idle_dns(struct resolver *resolver)
{
	if (resolver->queries || !resolver->dns)
		return;
	evdns_base_free(resolver->dns, 0);
	resolver->dns = NULL;
}

static void unlink_query(struct resolver_query *query)
{
	struct resolver_query **link = &query->resolver->queries;

	while (*link != query)
		link = &(*link)->next;
	*link = query->next;
}

/* The last act of each query. */
static void on_deliver(evutil_socket_t fd, short what, void *arg)
{
	struct resolver_query *query = arg;
	struct resolver *resolver = query->resolver;

	(void)fd;
	(void)what;
	if (resolver)
		unlink_query(query);
	if (query->done)
		query->done(query->arg, query->error, query->list, query->count);
	if (resolver)
		close_idle_dns(resolver);
	event_free(query->deliver);
	free(query);
}

static void copy_addresses(struct resolver_query *query, const struct evutil_addrinfo *list)
{
	const struct evutil_addrinfo *at;

	for (at = list; at && query->count < RESOLVER_ADDRESSES_MAX; at = at->ai_next)
		if (at->ai_addrlen <= sizeof(query->list[0]))
			memcpy(&query->list[query->count++], at->ai_addr, at->ai_addrlen);
}

static void on_addrinfo(int result, struct evutil_addrinfo *list, void *arg)
{
	struct resolver_query *query = arg;

	query->request = NULL;
	if (result)
		query->error = result == EVUTIL_EAI_NONAME ? "there is no such name"
							   : evutil_gai_strerror(result);
	copy_addresses(query, list);
	if (list)
		evutil_freeaddrinfo(list);
	if (!query->error && !query->count)
		query->error = "the name has no address";
	event_active(query->deliver, EV_TIMEOUT, 1);
}

void resolver_free(struct resolver *resolver)
{
	struct resolver_query *query;

	if (!resolver)
		return;
	for (query = resolver->queries; query; query = query->next) {
		query->done = NULL;
		query->resolver = NULL;
	}
	/* evdns calls back for what is under way, from the loop, and the queries end there. */
	if (resolver->dns)
		evdns_base_free(resolver->dns, 1);
	free(resolver);
}

bool resolver_numeric(const struct resolver_name *name, struct sockaddr_storage *ret_address)
{
	struct addrinfo hints = {
		.ai_family = name->family,
		.ai_socktype = SOCK_DGRAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
	};
	struct addrinfo *list;
	char port[8];

	snprintf(port, sizeof(port), "%u", name->port);
	if (getaddrinfo(name->host, port, &hints, &list))
		return false;
	memset(ret_address, 0, sizeof(*ret_address));
	memcpy(ret_address, list->ai_addr, list->ai_addrlen);
	freeaddrinfo(list);
	return true;
}

/* The one of evdns: it may call back before it returns, and then returns NULL. */
static void start(struct resolver_query *query, const struct resolver_name *name)
{
	struct evutil_addrinfo hints = {
		.ai_family = name->family,
		.ai_socktype = SOCK_DGRAM,
		.ai_protocol = IPPROTO_UDP,
		.ai_flags = EVUTIL_AI_NUMERICSERV,
	};
	struct evdns_getaddrinfo_request *request;
	char port[8];

	snprintf(port, sizeof(port), "%u", name->port);
	request = evdns_getaddrinfo(
		query->resolver->dns, name->host, port, &hints, on_addrinfo, query);
	if (request)
		query->request = request;
}

struct resolver_query *resolver_lookup(
	struct resolver *resolver, const struct resolver_name *name, resolver_done done, void *arg)
{
	struct resolver_query *query = calloc(1, sizeof(*query));

	if (!query)
		return NULL;
	query->deliver = event_new(resolver->base, -1, 0, on_deliver, query);
	if (!query->deliver || open_dns(resolver) < 0) {
		if (query->deliver)
			event_free(query->deliver);
		free(query);
		errno = ENOMEM;
		return NULL;
	}
	query->resolver = resolver;
	query->done = done;
	query->arg = arg;
	query->next = resolver->queries;
	resolver->queries = query;
	start(query, name);
	return query;
}

void resolver_cancel(struct resolver_query *query)
{
	if (!query)
		return;
	query->done = NULL;
	if (query->request)
		evdns_getaddrinfo_cancel(query->request);
}
