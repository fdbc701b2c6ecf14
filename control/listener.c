/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The served UDP port in the daemon's loop; see listener.h. One place for each IP family:
 * the two may be taken by different servers.
 */
#include "control/listener.h"

#include "control/log.h"

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
	struct engine *engine;
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
	place->error = engine_bind(listener->engine, place->family);
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

/* Opens what can be opened; keeps trying while something could not. */
static void open_all(struct listener *listener)
{
	const struct timeval delay = {RETRY_S, 0};
	bool done = true;

	for (int i = 0; i < 2; i++)
		done &= place_open(&listener->places[i]);
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

void listener_rebind(struct listener *listener)
{
	for (int i = 0; i < 2; i++) {
		place_close(&listener->places[i]);
		listener->places[i].told = false;
	}
	event_del(listener->retry);
	listener->off = listener->mirrored || !be16_value(listener->state->settings->port);
	if (!listener->off)
		open_all(listener);
}

int listener_new(
	struct event_base *base, struct state *state, bool mirrored, struct listener **ret_listener)
{
	struct socket_shared shared = {
		state->page, state->settings, state->addresses, state->access, &state->clients};
	struct listener *listener = calloc(1, sizeof(*listener));

	if (!listener)
		return -ENOMEM;
	listener->base = base;
	listener->state = state;
	listener->mirrored = mirrored;
	listener->engine = engine_new(&shared, &state->counters->socket[0]);
	listener->retry = event_new(base, -1, 0, on_retry, listener);
	for (int i = 0; i < 2; i++) {
		listener->places[i].listener = listener;
		listener->places[i].family = i ? AF_INET6 : AF_INET;
	}
	if (!listener->engine || !listener->retry) {
		listener_free(listener);
		return -ENOMEM;
	}
	listener_rebind(listener);
	*ret_listener = listener;
	return 0;
}

void listener_free(struct listener *listener)
{
	if (!listener)
		return;
	for (int i = 0; i < 2; i++)
		if (listener->places[i].event)
			event_free(listener->places[i].event);
	if (listener->retry)
		event_free(listener->retry);
	engine_free(listener->engine);
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
	return engine_statistics(listener->engine);
}
