// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `ntpxdp top`: a live screen. Asks the daemon every interval, keeps what it answered last and the
 * course of the requests, and turns keys into what is shown. While the daemon does not answer it
 * says so and goes on asking. The layout is top_view.c's, the terminal top_screen.c's.
 */
#include "control/cli/answer.h"
#include "control/cli/commands.h"
#include "control/cli/session.h"
#include "control/cli/top_screen.h"

#include "control/clocks.h"
#include "control/json_add.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <string.h>

#define HISTORY TOP_VIEW_COLUMNS
#define TEXT    300

/* Clients that a screen may have rows for; and how often the daemon walks its table for them: that
 * takes some 20 ms with a million clients. */
#define CLIENTS_SHOWN    TOP_VIEW_ROWS
#define CLIENTS_PERIOD_S 3.0

static const char *const orders[] = {"requests", "drops", "rate"};

struct top {
	const struct session *session;
	struct top_data data;
	struct rates_reading last;
	bool has_last;
	double history[HISTORY];
	char trouble[TEXT], no_clients[TEXT];
	int order;
	double asked_s, clients_asked_s; /* CLOCK_MONOTONIC; of the last questions */
};

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
	stopped = number;
}

static double now_s(void)
{
	return (double)clocks_mono_ns() / 1e9;
}

/* Puts a new answer in place of the old one. 0, or why there is none, which keeps the old one. */
static int ask(struct top *top, struct control_request request, struct json_object **place)
{
	struct json_object *answer;
	int error = session_try(top->session, &request, &answer);

	if (error != 0)
		return error;
	json_object_put(*place);
	*place = answer;
	return 0;
}

static void note_rates(struct top *top)
{
	struct rates_reading reading = rates_read(top->data.stats);

	top->data.now = top->has_last ? rates_between(&top->last, &reading)
				      : rates_between(&reading, &reading);
	if (top->has_last) {
		memmove(top->history, top->history + 1, sizeof(top->history) - sizeof(double));
		top->history[HISTORY - 1] = top->data.now.requests_hz;
	}
	top->last = reading;
	top->has_last = true;
}

static int ask_clients(struct top *top)
{
	struct control_request request = {
		.command = CONTROL_COMMAND_CLIENTS, .arguments = json_object_new_object()};
	const char *failure;
	int error;

	json_add_count(request.arguments, "top", CLIENTS_SHOWN);
	json_add_text(request.arguments, "sort", orders[top->order]);
	error = ask(top, request, &top->data.clients);
	json_object_put(request.arguments);
	failure = error == 0 ? control_protocol_failure(top->data.clients) : NULL;
	top->no_clients[0] = '\0';
	if (failure != NULL)
		snprintf(top->no_clients, sizeof(top->no_clients), "%s", failure);
	top->clients_asked_s = now_s();
	return error;
}

static void ask_all(struct top *top)
{
	struct top_data *data = &top->data;
	int error = ask(
		top, (struct control_request){.command = CONTROL_COMMAND_STATUS}, &data->status);

	if (error == 0)
		error = ask(top, (struct control_request){.command = CONTROL_COMMAND_STATS},
			&data->stats);
	if (error == 0) {
		note_rates(top);
		error = ask(top, (struct control_request){.command = CONTROL_COMMAND_SOURCES},
			&data->sources);
	}
	if (error == 0 && now_s() - top->clients_asked_s >= CLIENTS_PERIOD_S)
		error = ask_clients(top);
	top->trouble[0] = '\0';
	if (error != 0) {
		top->has_last = false; /* what comes back may count anew */
		data->now = rates_between(&top->last, &top->last);
		snprintf(top->trouble, sizeof(top->trouble), "no daemon answers: %s",
			strerror(-error));
	}
	top->asked_s = now_s();
}

/* False: quit. */
static bool obey(struct top *top, int key)
{
	switch (key) {
	case 'q':
	case 'Q':
		return false;
	case ' ':
		top->data.paused = !top->data.paused;
		break;
	case 's':
		top->order = (top->order + 1) % (int)(sizeof(orders) / sizeof(orders[0]));
		top->data.sort = orders[top->order];
		ask_clients(top);
		break;
	case 'h':
	case '?':
		top->data.help = !top->data.help;
		break;
	default:
		break;
	}
	return true;
}

static void catch_signals(void)
{
	const struct sigaction action = {.sa_handler = on_signal};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	sigaction(SIGQUIT, &action, NULL);
}

static void run(struct top *top)
{
	static struct top_view view;
	int key = 0;

	while (!stopped && key >= 0 && obey(top, key)) {
		double left = top->asked_s + top->data.interval_s - now_s();

		if (left <= 0 && !top->data.paused)
			ask_all(top);
		top_screen_size(&view);
		top_view_draw(&view, &top->data);
		top_screen_show(&view);
		left = top->asked_s + top->data.interval_s - now_s();
		key = top_screen_key(fmin(fmax(left, 0.01), 1));
	}
}

int command_top(const struct options *options)
{
	static struct top top;
	struct session session;
	const char *why;
	int status;

	if (options->json)
		return session_error("top has no JSON: use \"ntpxdp stats --json\"");
	status = session_open(&session, options);
	if (status != EXIT_GOOD)
		return status;
	top = (struct top){
		.session = &session, .order = options->sort, .clients_asked_s = -CLIENTS_PERIOD_S};
	top.data = (struct top_data){.trouble = top.trouble,
		.no_clients = top.no_clients,
		.sort = orders[options->sort],
		.history = {top.history, HISTORY},
		.interval_s = options->refresh_s};
	top.data.now = rates_between(&top.last, &top.last);
	top.asked_s = -options->refresh_s;
	if (session.socket == NULL) {
		status = session_explain(&session, -ENOTSUP);
	} else if ((why = top_screen_open(&top.data.utf8)) != NULL) {
		status = session_error("%s: use \"ntpxdp stats\"", why);
	} else {
		catch_signals();
		run(&top);
		top_screen_close();
	}
	json_object_put(top.data.status);
	json_object_put(top.data.stats);
	json_object_put(top.data.sources);
	json_object_put(top.data.clients);
	session_close(&session);
	return status;
}
