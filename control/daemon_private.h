/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's object, for daemon.c (start, reload, end) and its parts. daemon_answers.c: what it
 * says to whoever asks, on the control socket, for metrics and by ntpq, each from a snapshot of its
 * own. daemon_watch.c: what it says unasked, to the service manager and the log.
 */
#ifndef CONTROL_DAEMON_PRIVATE_H
#define CONTROL_DAEMON_PRIVATE_H

#include "control/clockwork.h"
#include "control/control_protocol.h"
#include "control/daemon.h"
#include "control/history_keeper.h"
#include "control/http_server.h"
#include "control/limit_storm.h"
#include "control/listener.h"
#include "control/loop_delay.h"
#include "control/plane.h"
#include "control/privileges.h"
#include "control/score_board.h"

struct census_taker;
struct control_server;
struct evbuffer;
struct event;

/* What is told over HTTP, as it was written last. */
enum daemon_texts {
	DAEMON_TEXT_PAGE,
	DAEMON_TEXT_JSON,
	DAEMON_TEXT_METRICS,
	DAEMON_TEXTS
};

struct daemon_text {
	struct evbuffer *text; /* NULL before the first */
	uint64_t made_ns;
};

struct daemon {
	struct daemon_options options;
	struct config *config;
	struct privileges_account account;
	struct event_base *base;
	struct event *tick;
	struct plane *plane;
	struct clockwork *clockwork;
	struct listener *listener;
	struct control_server *control;
	struct http_server *http;
	struct history_keeper history;
	struct score_board scores;
	struct census_taker *census;
	struct loop_delay loop_delay;
	struct daemon_text texts[DAEMON_TEXTS];
	uint64_t started_mono_ns;
	struct daemon_watch {
		uint64_t second_ns; /* the next look */
		struct limit_storm storm;
		uint64_t status_ns, answered; /* of the last STATUS, and replies until then */
	} watch;
};

/* daemon_watch.c: after each turn of the clockwork. */
void daemon_watch(struct daemon *daemon);

/* Handlers, of control_server.h and dataplane/socket/query.h; arg: the daemon. */
struct json_object *daemon_answer_command(
	void *arg, const struct control_request *request, int *ret_fd);
void daemon_answer_query(void *arg, const struct socket_query *query);

/* What is answered over HTTP; arg: the daemon. */
extern const struct http_route daemon_routes[];

#endif
