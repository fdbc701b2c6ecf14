// SPDX-License-Identifier: GPL-2.0-or-later
#include "control/upstream.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/address_choice.h"
#include "control/endpoint.h"
#include "control/log.h"

/* A name that is not found is looked up again after 2 s, 4 s, ... to 17 minutes. */
#define RETRY_MIN_LOG2S  1
#define RETRY_MAX_LOG2S  10
/* A pool that gave fewer addresses than wanted: they change from minute to minute. */
#define REFILL_MIN_LOG2S 6
/* Not to ask the name servers at each reply that goes wrong. */
#define AGAIN_LOG2S      5
/* A pool's member is given up after so many samples that the majority disagreed with. */
#define FALSE_MAX        8
/* This host cannot send there, three times in 1 + 2 s: perhaps it can to another address. */
#define UNSENT_MAX       3

struct upstream {
	struct upstream_environment *environment;
	struct config_source options;
	struct resolver_query *query;
	struct event *timer; /* resolves */
	bool numeric;
	unsigned failures; /* of looking the name up, in a row */
	unsigned refills;  /* lookups that did not fill the pool, in a row */
	struct upstream_member member[UPSTREAM_MEMBERS_MAX];
	size_t count;
	struct address_choice choice;
};

static void on_resolved(
	void *arg, const char *error, const struct sockaddr_storage *list, size_t count);
static void on_timer(evutil_socket_t fd, short what, void *arg);

static size_t wanted(const struct upstream *upstream)
{
	if (!upstream->options.pool || upstream->numeric)
		return 1;
	return (size_t)upstream->options.maxsources < UPSTREAM_MEMBERS_MAX
		       ? (size_t)upstream->options.maxsources
		       : UPSTREAM_MEMBERS_MAX;
}

static void resolve_in(struct upstream *upstream, unsigned log2s)
{
	struct timeval wait = {.tv_sec = 1L << log2s};

	if (!upstream->numeric && !upstream->query && !evtimer_pending(upstream->timer, NULL))
		evtimer_add(upstream->timer, &wait);
}

static void resolve(struct upstream *upstream)
{
	struct resolver_name name = {
		upstream->options.host, upstream->options.port, upstream->options.family};

	if (upstream->query)
		return;
	evtimer_del(upstream->timer);
	upstream->query =
		resolver_lookup(upstream->environment->resolver, &name, on_resolved, upstream);
	if (!upstream->query)
		resolve_in(upstream, RETRY_MAX_LOG2S);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	resolve(arg);
}

static bool set_source(struct upstream *upstream, size_t at, const struct sockaddr_storage *address)
{
	struct upstream_member *member = &upstream->member[at];
	struct source *source =
		source_new(upstream->environment->source, &upstream->options, address);

	if (!source) {
		log_line(LOG_ERR, "source %s: %s; trying again", upstream->options.host,
			strerror(errno));
		return false;
	}
	if (at < upstream->count)
		source_free(member->source);
	else
		upstream->count = at + 1;
	*member = (struct upstream_member){.source = source, .tally = TALLY_UNREACHABLE};
	getnameinfo((const struct sockaddr *)address, endpoint_length(address), member->address,
		sizeof(member->address), NULL, 0, NI_NUMERICHOST);
	if (!upstream->numeric)
		log_line(LOG_INFO, "source %s: using address %s", upstream->options.host,
			member->address);
	return true;
}

struct upstream *upstream_new(
	struct upstream_environment *environment, const struct config_source *options)
{
	struct resolver_name name = {options->host, options->port, options->family};
	struct upstream *upstream = calloc(1, sizeof(*upstream));
	struct sockaddr_storage address;

	if (!upstream)
		return NULL;
	upstream->environment = environment;
	upstream->options = *options;
	upstream->timer = evtimer_new(environment->source->base, on_timer, upstream);
	upstream->numeric = resolver_numeric(&name, &address);
	if (!upstream->timer || (upstream->numeric && !set_source(upstream, 0, &address))) {
		upstream_free(upstream);
		errno = ENOMEM;
		return NULL;
	}
	if (!upstream->numeric)
		resolve(upstream);
	return upstream;
}

static void drop_members(struct upstream *upstream, size_t left)
{
	while (upstream->count > left)
		source_free(upstream->member[--upstream->count].source);
}

void upstream_free(struct upstream *upstream)
{
	if (!upstream)
		return;
	resolver_cancel(upstream->query);
	drop_members(upstream, 0);
	if (upstream->timer)
		event_free(upstream->timer);
	free(upstream);
}

void upstream_configure(struct upstream *upstream, const struct config_source *options)
{
	size_t i;

	upstream->options = *options;
	drop_members(upstream, wanted(upstream));
	for (i = 0; i < upstream->count; i++)
		source_configure(upstream->member[i].source, options);
	if (upstream->count < wanted(upstream) && !evtimer_pending(upstream->timer, NULL))
		resolve(upstream);
}

void upstream_renew(struct upstream *upstream)
{
	struct sockaddr_storage address;
	size_t i;

	for (i = 0; i < upstream->count; i++) {
		address = *source_address(upstream->member[i].source);
		set_source(upstream, i, &address);
	}
	upstream->failures = upstream->refills = 0;
	if (evtimer_pending(upstream->timer, NULL))
		resolve(upstream);
}

bool upstream_same(const struct upstream *upstream, const struct config_source *options)
{
	return !strcasecmp(upstream->options.host, options->host) &&
	       upstream->options.port == options->port && upstream->options.pool == options->pool &&
	       upstream->options.mirror == options->mirror &&
	       upstream->options.family == options->family &&
	       upstream->options.version == options->version;
}

static bool place(struct upstream *upstream, const struct sockaddr_storage *list, size_t count)
{
	const struct address_list choices = {
		list, count, upstream->environment->in_use, upstream->environment->arg};
	const struct sockaddr_storage *address;
	bool changed = false;
	size_t i;

	for (i = 0; i < wanted(upstream); i++) {
		bool there = i < upstream->count;

		if (there && !upstream->member[i].replace)
			continue;
		address = address_choice_best(&upstream->choice, &choices);
		if (!address)
			break;
		if (there) {
			log_line(LOG_NOTICE, "source %s: giving up address %s",
				upstream->options.host, upstream->member[i].address);
			address_choice_avoid(
				&upstream->choice, source_address(upstream->member[i].source));
		}
		if (!set_source(upstream, i, address))
			break;
		changed = true;
	}
	for (i = 0; i < upstream->count; i++)
		upstream->member[i].replace = false;
	return changed;
}

static unsigned bounded(unsigned log2s)
{
	return log2s < RETRY_MAX_LOG2S ? log2s : RETRY_MAX_LOG2S;
}

static void on_resolved(
	void *arg, const char *error, const struct sockaddr_storage *list, size_t count)
{
	struct upstream *upstream = arg;
	bool changed;

	upstream->query = NULL;
	if (error) {
		if (upstream->failures++ == 0)
			log_line(LOG_WARNING, "source %s: no address: %s; looking it up again",
				upstream->options.host, error);
		resolve_in(upstream, bounded(RETRY_MIN_LOG2S + upstream->failures - 1));
		return;
	}
	upstream->failures = 0;
	changed = place(upstream, list, count);
	if (changed)
		upstream->refills = 0;
	if (!upstream->count && !upstream->refills)
		log_line(LOG_WARNING, "source %s: all of its addresses are other sources' already",
			upstream->options.host);
	if (upstream->count < wanted(upstream))
		resolve_in(upstream, bounded(REFILL_MIN_LOG2S + upstream->refills++));
	if (changed)
		upstream->environment->on_change(upstream->environment->arg);
}

const struct config_source *upstream_options(const struct upstream *upstream)
{
	return &upstream->options;
}

struct upstream_member *upstream_members(struct upstream *upstream, size_t *ret_count)
{
	*ret_count = upstream->count;
	return upstream->member;
}

struct upstream_member *upstream_find(struct upstream *upstream, const struct source *source)
{
	size_t i;

	for (i = 0; i < upstream->count; i++)
		if (upstream->member[i].source == source)
			return &upstream->member[i];
	return NULL;
}

const char *upstream_missing(const struct upstream *upstream)
{
	if (upstream->count)
		return NULL;
	if (upstream->failures)
		return "the name is not found";
	return upstream->query ? "looking the name up" : "no address is left for it";
}

static void replace(struct upstream *upstream, struct upstream_member *member)
{
	if (upstream->numeric)
		return;
	member->replace = true;
	resolve_in(upstream, AGAIN_LOG2S);
}

/* Of the events of one source; valid until the next call. */
static const struct log_value *named(
	const struct upstream *upstream, const struct upstream_member *member, const char *reason)
{
	static struct log_value values[4];

	values[0] = (struct log_value)LOG_TEXT(SOURCE, upstream->options.host);
	values[1] = (struct log_value)LOG_TEXT(ADDRESS, member->address);
	values[2] = (struct log_value){.field = LOG_FIELD_NONE};
	if (reason)
		values[2] = (struct log_value)LOG_TEXT(REASON, reason);
	return values;
}

static void on_rejected(struct upstream *upstream, struct upstream_member *member)
{
	enum exchange_result result = source_last_result(member->source);
	const char *text = exchange_result_text(result);

	if (result != EXCHANGE_KISS_RATE && result != EXCHANGE_KISS_DENY &&
		result != EXCHANGE_KISS_RSTR && result != EXCHANGE_LOOP)
		return;
	log_event(LOG_EVENT_SOURCE_REFUSES, named(upstream, member, text),
		"source %s (%s): %s; next request in about %u s", upstream->options.host,
		member->address, text, 1U << source_poll(member->source)->poll);
	/* Unauthenticated, so noted and not obeyed for good; a pool has others to offer. */
	if (result != EXCHANGE_KISS_RATE && upstream->options.pool)
		replace(upstream, member);
}

static void on_unsent(struct upstream *upstream, struct upstream_member *member)
{
	unsigned unsent = source_poll(member->source)->unsent;

	if (unsent != UNSENT_MAX)
		return;
	log_line(LOG_WARNING, "source %s (%s): cannot send: %s; trying again",
		upstream->options.host, member->address,
		strerror(-source_send_error(member->source)));
	replace(upstream, member);
}

void upstream_event(
	struct upstream *upstream, struct upstream_member *member, enum source_event event)
{
	switch (event) {
	case SOURCE_SAMPLED:
		if (member->warned)
			log_event(LOG_EVENT_SOURCE_ANSWERS, named(upstream, member, NULL),
				"source %s (%s): answers again", upstream->options.host,
				member->address);
		member->warned = false;
		break;
	case SOURCE_SILENT:
		if (!member->warned)
			log_event(LOG_EVENT_SOURCE_SILENT, named(upstream, member, NULL),
				"source %s (%s): no good reply to %d requests; asking less often",
				upstream->options.host, member->address, POLL_UNREACHABLE);
		member->warned = true;
		replace(upstream, member);
		break;
	case SOURCE_REJECTED:
		on_rejected(upstream, member);
		break;
	case SOURCE_UNSENT:
		on_unsent(upstream, member);
		break;
	case SOURCE_LOST:
		break;
	}
}

void upstream_tally(struct upstream *upstream, struct upstream_member *member, enum tally tally)
{
	const struct ntp_sample *sample = source_last_sample(member->source);

	if (tally == TALLY_FALSETICKER && member->tally != TALLY_FALSETICKER)
		log_event(LOG_EVENT_FALSETICKER, named(upstream, member, NULL),
			"source %s (%s): contradicts the majority; not used",
			upstream->options.host, member->address);
	else if (tally != TALLY_FALSETICKER && member->tally == TALLY_FALSETICKER)
		log_event(LOG_EVENT_FALSETICKER_ENDS, named(upstream, member, NULL),
			"source %s (%s): agrees with the majority again", upstream->options.host,
			member->address);
	member->tally = tally;
	if (tally != TALLY_FALSETICKER) {
		member->false_count = 0;
		return;
	}
	if (!sample || sample->raw_ns == member->false_raw_ns)
		return;
	member->false_raw_ns = sample->raw_ns;
	if (++member->false_count >= FALSE_MAX && upstream->options.pool)
		replace(upstream, member);
}
