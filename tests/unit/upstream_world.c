// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/upstream_world.h"

#include <arpa/inet.h>
#include <string.h>

#include "control/log.h"

struct upstream_world w;

/* Stand for libevent's own: there is one timer, and no time passes until fire(). */
int event_add(struct event *event, const struct timeval *wait)
{
	w.timer = event;
	w.wait_s = wait->tv_sec;
	return 0;
}

int event_del(struct event *event)
{
	(void)event;
	w.wait_s = -1;
	return 0;
}

int event_pending(const struct event *event, short what, struct timeval *ret)
{
	(void)event;
	(void)what;
	(void)ret;
	return w.wait_s >= 0;
}

bool resolver_numeric(const struct resolver_name *name, struct sockaddr_storage *ret_address)
{
	struct sockaddr_in *in = (void *)ret_address;

	*ret_address = (struct sockaddr_storage){.ss_family = AF_INET};
	in->sin_port = htons(name->port);
	return inet_pton(AF_INET, name->host, &in->sin_addr) == 1;
}

struct resolver_query *resolver_lookup(
	struct resolver *resolver, const struct resolver_name *name, resolver_done done, void *arg)
{
	(void)resolver;
	(void)name;
	assert_null(w.done);
	w.lookups++;
	w.done = done;
	w.done_arg = arg;
	return (struct resolver_query *)&w.done;
}

void resolver_cancel(struct resolver_query *query)
{
	if (query)
		w.done = NULL;
}

struct source *source_new(struct source_environment *environment,
	const struct config_source *options, const struct sockaddr_storage *address)
{
	struct source *source = &w.source[w.made++];

	(void)environment;
	(void)options;
	assert_true(w.made <= SOURCES_MAX);
	*source = (struct source){.address = *address, .there = true};
	return source;
}

void source_free(struct source *source)
{
	source->there = false;
}

void source_configure(struct source *source, const struct config_source *options)
{
	(void)source;
	(void)options;
}

const struct sockaddr_storage *source_address(const struct source *source)
{
	return &source->address;
}

enum exchange_result source_last_result(const struct source *source)
{
	return source->last_result;
}

const struct poll *source_poll(const struct source *source)
{
	return &source->poll;
}

int source_send_error(const struct source *source)
{
	(void)source;
	return -101;
}

const struct ntp_sample *source_last_sample(const struct source *source)
{
	return &source->sample;
}

static bool in_use(void *arg, const struct sockaddr_storage *address)
{
	(void)arg;
	for (unsigned i = 0; i < w.made; i++)
		if (w.source[i].there && !memcmp(&w.source[i].address, address, sizeof(*address)))
			return true;
	return false;
}

static void on_change(void *arg)
{
	(void)arg;
	w.changes++;
}

int setup(void **state)
{
	static struct source_environment sources;

	(void)state;
	memset(&w, 0, sizeof(w));
	w.log = fopen("/dev/null", "w");
	log_redirect(w.log, false);
	sources.base = event_base_new();
	w.wait_s = -1;
	w.environment = (struct upstream_environment){
		.source = &sources, .in_use = in_use, .on_change = on_change};
	return 0;
}

int teardown(void **state)
{
	(void)state;
	upstream_free(w.upstream);
	event_base_free(w.environment.source->base);
	for (unsigned i = 0; i < w.made; i++)
		assert_false(w.source[i].there);
	log_redirect(NULL, false);
	fclose(w.log);
	return 0;
}

void begin(const char *host, bool pool, int maxsources)
{
	struct config_source options = {
		.port = 123, .pool = pool, .maxsources = maxsources, .version = 4};

	strcpy(options.host, host);
	w.upstream = upstream_new(&w.environment, &options);
	assert_non_null(w.upstream);
}

/* The name servers say: 127.0.0.FIRST to LAST, to all of which there is a route. */
void resolve(int first, int last)
{
	struct sockaddr_storage list[RESOLVER_ADDRESSES_MAX] = {0};
	resolver_done done = w.done;
	size_t count = 0;

	assert_non_null(done);
	w.done = NULL;
	for (int i = first; i <= last; i++) {
		struct sockaddr_in *in = (void *)&list[count++];

		in->sin_family = AF_INET;
		in->sin_port = htons(123);
		in->sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + (unsigned)i);
	}
	done(w.done_arg, count ? NULL : "no such name", list, count);
}

/* Time passes until the timer fires; that must be after so many seconds. */
void fire(long after_s)
{
	assert_int_equal(w.wait_s, after_s);
	w.wait_s = -1;
	event_get_callback(w.timer)(-1, 0, event_get_callback_arg(w.timer));
}

struct upstream_member *member(size_t i)
{
	size_t count;
	struct upstream_member *members = upstream_members(w.upstream, &count);

	assert_true(i < count);
	return &members[i];
}

size_t members(void)
{
	size_t count;

	upstream_members(w.upstream, &count);
	return count;
}
