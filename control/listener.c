/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The served UDP port in the daemon's loop; see listener.h. One place for each IP family:
 * the two may be taken by different servers.
 */
#include "control/listener.h"

#include "control/log.h"
#include "dataplane/socket/pairs.h"
#include "dataplane/socket/workers.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Another server that stops is noticed within this; trying costs two system calls. */
#define RETRY_S 15

struct place {
	struct listener *listener;
	int family;
	struct event *event; /* NULL: not bound */
	int error;           /* of the last attempt */
	bool told;
};

struct listener {
	struct event_base *base;
	struct state *state;
	struct engine *engine;   /* in the loop: all of it, or with workers the loopback */
	struct workers *workers; /* NULL: none */
	unsigned int workers_wanted;
	uint64_t busy_poll_ns;
	bool may_run; /* workers have the rights that the daemon goes on with */
	struct pairs *pairs;
	struct socket_shared shared;
	struct place places[2];
	struct event *retry;
	bool off, mirrored;
};

static const char *family_name(int family)
{
	return family == AF_INET ? "IPv4" : "IPv6";
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct place *place = arg;

	(void)fd;
	(void)what;
	engine_handle(place->listener->engine, place->family);
}

/* Why a port could not be had, once; whether trying again can help. */
static void tell_failure(const struct listener *listener, const char *families, int error)
{
	unsigned int port = be16_value(listener->state->settings->port);

	const char *why = error == -EADDRINUSE ? "another server has it" : strerror(-error);
	const struct log_value *values =
		LOG_WITH(LOG_NUMBER(PORT, port), LOG_TEXT(FAMILY, families), LOG_TEXT(REASON, why));

	if (error == -EADDRINUSE)
		log_event(LOG_EVENT_PORT_TAKEN, values,
			"%s port %u is taken by another server, which keeps it and answers what "
			"XDP "
			"passes up; trying again every %d s",
			families, port, RETRY_S);
	else
		log_event(LOG_EVENT_PORT_TAKEN, values, "%s port %u: %s; trying again every %d s",
			families, port, why, RETRY_S);
}

/* One line where both families fail alike. */
static void tell_failures(struct listener *listener)
{
	struct place *places = listener->places;
	bool alike = places[0].error == places[1].error && !places[0].told && !places[1].told;

	if (alike && places[0].error)
		tell_failure(listener, "IPv4 and IPv6", places[0].error);
	for (int i = 0; i < 2; i++) {
		bool failed = places[i].error && places[i].error != -EAFNOSUPPORT;

		if (failed && !places[i].told && !alike)
			tell_failure(listener, family_name(places[i].family), places[i].error);
		places[i].told = failed;
	}
}

static void place_close(struct place *place)
{
	if (place->event)
		event_free(place->event);
	place->event = NULL;
	engine_unbind(place->listener->engine, place->family);
}

/* Binds one family and watches its socket. True when there is nothing left to try. */
static bool place_open(struct place *place)
{
	struct listener *listener = place->listener;
	unsigned int port = be16_value(listener->state->settings->port);

	if (place->event)
		return true;
	place->error = listener->workers
			       ? workers_bind(listener->workers, place->family, listener->engine)
			       : engine_bind(listener->engine, place->family, ENGINE_ALONE);
	if (place->error == -EAFNOSUPPORT)
		return true; /* a host without this family has no clients in it */
	if (!place->error) {
		place->event = event_new(listener->base, engine_fd(listener->engine, place->family),
			EV_READ | EV_PERSIST, on_readable, place);
		if (!place->event || event_add(place->event, NULL)) {
			place_close(place);
			place->error = -ENOMEM;
		}
	}
	if (!place->error && place->told)
		log_event(LOG_EVENT_PORT_SERVED,
			LOG_WITH(LOG_NUMBER(PORT, port),
				LOG_TEXT(FAMILY, family_name(place->family))),
			"%s port %u is free now and served", family_name(place->family), port);
	return !place->error;
}

/* Without threads nobody would read their sockets: the loop answers, then. */
static void start_workers(struct listener *listener)
{
	int err = listener->workers && listener->may_run ? workers_start(listener->workers) : 0;

	if (!err)
		return;
	log_line(LOG_ERR, "cannot start %u workers: %s; the daemon's loop answers instead",
		workers_count(listener->workers), strerror(-err));
	listener->workers_wanted = 0;
	listener_rebind(listener, 0);
}

/* Opens what can be opened; keeps trying while something could not. */
static void open_all(struct listener *listener)
{
	const struct timeval delay = {RETRY_S, 0};
	bool done = true;

	if (listener->workers)
		workers_stop(listener->workers);
	for (int i = 0; i < 2; i++)
		done &= place_open(&listener->places[i]);
	start_workers(listener);
	tell_failures(listener);
	if (!done)
		event_add(listener->retry, &delay);
}

static void on_retry(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	open_all(arg);
}

/* As many as are wanted now; for want of them the loop answers. */
static void make_workers(struct listener *listener)
{
	if (listener->off || !listener->workers_wanted)
		return;
	listener->workers = workers_new(
		&listener->shared, &listener->state->counters->socket[1], listener->workers_wanted);
	if (!listener->workers)
		log_line(LOG_ERR, "cannot make %u workers: %s; the daemon's loop answers instead",
			listener->workers_wanted, strerror(errno));
	else
		workers_busy_poll(listener->workers, listener->busy_poll_ns);
}

void listener_busy_poll(struct listener *listener, double seconds)
{
	listener->busy_poll_ns = (uint64_t)(seconds * 1e9);
	if (listener->workers)
		workers_busy_poll(listener->workers, listener->busy_poll_ns);
}

void listener_rebind(struct listener *listener, unsigned int workers)
{
	workers_free(listener->workers);
	listener->workers = NULL;
	listener->workers_wanted = workers;
	for (int i = 0; i < 2; i++) {
		place_close(&listener->places[i]);
		listener->places[i].told = false;
	}
	event_del(listener->retry);
	listener->off = listener->mirrored || !be16_value(listener->state->settings->port);
	make_workers(listener);
	if (!listener->off)
		open_all(listener);
}

void listener_run(struct listener *listener)
{
	listener->may_run = true;
	start_workers(listener);
}

void listener_hold(struct listener *listener)
{
	if (listener->workers)
		workers_hold(listener->workers);
}

void listener_release(struct listener *listener)
{
	if (listener->workers)
		workers_release(listener->workers);
}

unsigned int listener_workers(const struct listener *listener)
{
	return listener->workers ? workers_count(listener->workers) : 0;
}

int listener_new(struct event_base *base, struct state *state,
	const struct listener_options *options, struct listener **ret_listener)
{
	struct listener *listener = calloc(1, sizeof(*listener));

	if (!listener)
		return -ENOMEM;
	listener->base = base;
	listener->state = state;
	listener->mirrored = options->mirrored;
	listener->pairs = pairs_new();
	listener->shared = (struct socket_shared){state->page, state->settings, state->addresses,
		state->access, &state->clients, listener->pairs};
	listener->engine = engine_new(&listener->shared, &state->counters->socket[0]);
	listener->retry = event_new(base, -1, 0, on_retry, listener);
	for (int i = 0; i < 2; i++) {
		listener->places[i].listener = listener;
		listener->places[i].family = i ? AF_INET6 : AF_INET;
	}
	if (!listener->engine || !listener->retry || !listener->pairs) {
		listener_free(listener);
		return -ENOMEM;
	}
	listener_rebind(listener, options->workers);
	*ret_listener = listener;
	return 0;
}

void listener_free(struct listener *listener)
{
	if (!listener)
		return;
	workers_free(listener->workers);
	for (int i = 0; i < 2; i++)
		if (listener->places[i].event)
			event_free(listener->places[i].event);
	if (listener->retry)
		event_free(listener->retry);
	engine_free(listener->engine);
	pairs_free(listener->pairs);
	free(listener);
}

enum listener_state listener_state(const struct listener *listener, const char **ret_detail)
{
	*ret_detail = "";
	if (listener->off) {
		*ret_detail = listener->mirrored ? "left to the mirrored server"
						 : "port 0: no socket serves";
		return LISTENER_OFF;
	}
	for (int i = 0; i < 2; i++) {
		const struct place *place = &listener->places[i];

		if (!place->event && place->error != -EAFNOSUPPORT) {
			*ret_detail = place->error == -EADDRINUSE ? "another server has it"
								  : strerror(-place->error);
			return LISTENER_TAKEN;
		}
	}
	return LISTENER_BOUND;
}

void listener_answer_queries(struct listener *listener, const struct socket_query_handler *handler)
{
	engine_answer_queries(listener->engine, handler);
}

struct engine_statistics listener_statistics(const struct listener *listener)
{
	struct engine_statistics sum = engine_statistics(listener->engine);

	if (listener->workers)
		engine_statistics_add(&sum, workers_statistics(listener->workers));
	return sum;
}
