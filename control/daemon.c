/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Wires the daemon; see daemon.h.
 *
 * Signals set a flag that the tick looks at, at most 1/8 s later, and those that end the
 * daemon end the loop at once: no descriptor is spent on them, so that with -n and without metrics
 * and control the loop polls UDP sockets and nothing else. The order of the start: what can refuse
 * (state, clock, sockets) before what can be seen from outside (programs on interfaces), and all of
 * it before root is given up; a start that fails takes back what it made.
 */
#include "control/daemon_private.h"

#include "control/census_taker.h"
#include "control/control_server.h"
#include "control/driftfile.h"
#include "control/http_server.h"
#include "control/live_settings.h"
#include "control/log.h"
#include "control/service_manager.h"
#include "control/settings.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define TICK_NS (1000000000 / CLOCKWORK_TICKS_PER_S)

static volatile sig_atomic_t stop_asked, reload_asked;
static struct event_base *volatile loop; /* while it runs */

static void on_signal(int number)
{
	if (number == SIGHUP) {
		reload_asked = 1;
		return;
	}
	stop_asked = 1;
	/* Without locks, and libevent is given none, this sets a flag: poll() ends with EINTR, and
	 * the loop with it, even where no time passes any more (a simulation that is over). */
	if (loop)
		event_base_loopbreak(loop);
}

static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal};

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
}

static void on_change(void *arg, const char *text)
{
	(void)arg;
	service_manager_status(text);
}

static void tell_difference(void *arg, const char *name, bool live)
{
	(void)arg;
	if (live)
		log_line(LOG_INFO, "settings: `%s` has changed and is in force", name);
	else
		log_line(LOG_WARNING, "settings: `%s` has changed; it takes a restart", name);
}

/* -n has no threads. */
static unsigned int workers(const struct daemon *daemon)
{
	return daemon->options.bare ? 0 : (unsigned int)daemon->config->workers;
}

static void hold_workers(void *arg)
{
	const struct daemon *daemon = arg;

	listener_hold(daemon->listener);
}

static void release_workers(void *arg)
{
	const struct daemon *daemon = arg;

	listener_release(daemon->listener);
}

/* SIGHUP: settings that cannot be used change nothing. */
static void reload(struct daemon *daemon)
{
	const struct live_settings_readers readers = {hold_workers, release_workers, daemon};
	struct config *old = daemon->config, *new;

	service_manager_reloading();
	new = settings_load(daemon->options.file);
	if (new && old->mirror != new->mirror) {
		log_event(LOG_EVENT_SETTINGS_REFUSED, LOG_WITHOUT,
			"settings: `mirror` comes or goes with a restart only; going on with those "
			"in force");
		config_free(new);
	} else if (new) {
		log_event(LOG_EVENT_SETTINGS_READ, LOG_WITHOUT, "settings read again");
		config_compare(old, new, tell_difference, NULL);
		config_keep_fixed(new, old);
		daemon->config = new;
		/* Not for longer: programs are loaded anew for a second. */
		settings_put_in_force(plane_state(daemon->plane), new, &readers);
		plane_apply(daemon->plane, old, new);
		listener_busy_poll(daemon->listener, new->busypoll_s);
		if (new->port != old->port || new->workers != old->workers)
			listener_rebind(daemon->listener, workers(daemon));
		clockwork_apply(daemon->clockwork, new);
		config_free(old);
	} else {
		log_event(LOG_EVENT_SETTINGS_REFUSED, LOG_WITHOUT,
			"settings were not read; going on with those in force");
	}
	service_manager_ready();
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct daemon *daemon = arg;

	(void)fd;
	(void)what;
	if (stop_asked) {
		event_base_loopbreak(daemon->base);
		return;
	}
	if (reload_asked) {
		reload_asked = 0;
		reload(daemon);
	}
	loop_delay_note(&daemon->loop_delay, clocks_mono_ns(), TICK_NS);
	clockwork_tick(daemon->clockwork);
	daemon_watch(daemon);
	history_keeper_turn(&daemon->history, plane_state(daemon->plane));
}

static int make_loop(struct daemon *daemon)
{
	struct event_config *choice = event_config_new();

	if (!choice)
		return -ENOMEM;
	/* poll() knows no descriptor but those it is given. */
	if (daemon->options.bare)
		event_config_avoid_method(choice, "epoll");
	daemon->base = event_base_new_with_config(choice);
	event_config_free(choice);
	if (!daemon->base)
		return -ENOMEM;
	daemon->tick = event_new(daemon->base, -1, EV_PERSIST, on_tick, daemon);
	return daemon->tick ? 0 : -ENOMEM;
}

/* Folder of a file, made for the account where it is missing. */
static void make_folder(const char *file, const struct privileges_account *account)
{
	char path[CONFIG_PATH_MAX];
	char *slash;
	int err;

	strcpy(path, file);
	slash = strrchr(path, '/');
	if (!slash || slash == path)
		return;
	*slash = '\0';
	err = privileges_folder(path, account);
	if (err)
		log_line(LOG_WARNING, "cannot make the folder %s: %s", path, strerror(-err));
}

static int start_control(struct daemon *daemon)
{
	const struct control_server_handler handler = {daemon_answer_command, daemon};
	const char *path = daemon->config->control;
	int err;

	if (!*path)
		return 0;
	make_folder(path, &daemon->account);
	err = control_server_new(daemon->base, path, &handler, &daemon->control);
	if (err == -EADDRINUSE)
		log_line(LOG_ERR,
			"control %s: another ntpxdpd answers there; stop it, or name another "
			"`control` path",
			path);
	else if (err)
		log_line(LOG_ERR,
			"control %s: %s; name a path in a folder that is there, or `control off`",
			path, strerror(-err));
	if (!err && daemon->account.change)
		err = control_server_give(
			daemon->control, daemon->account.uid, daemon->account.gid);
	return err;
}

static int start_http(struct daemon *daemon)
{
	const struct config_listen *listen = &daemon->config->metrics;
	const struct http_server_options options = {
		.base = daemon->base, .listen = listen, .routes = daemon_routes, .arg = daemon};
	int err;

	if (!listen->port)
		return 0;
	err = census_taker_new(daemon->base, plane_state(daemon->plane), &daemon->census);
	if (!err)
		err = http_server_new(&options, &daemon->http);
	if (err)
		log_line(LOG_ERR,
			"metrics %s port %u: %s; name another address and port, or `metrics off`",
			listen->host, listen->port, strerror(-err));
	return err;
}

static int start_listener(struct daemon *daemon)
{
	const struct socket_query_handler handler = {daemon_answer_query, daemon};
	const struct listener_options options = {daemon->config->mirror, workers(daemon)};
	int err =
		listener_new(daemon->base, plane_state(daemon->plane), &options, &daemon->listener);

	if (!err) {
		listener_answer_queries(daemon->listener, &handler);
		listener_busy_poll(daemon->listener, daemon->config->busypoll_s);
	}
	return err;
}

static int start_clockwork(struct daemon *daemon)
{
	const struct clockwork_options options = {
		.base = daemon->base,
		.state = plane_state(daemon->plane),
		.leave_system_clock = daemon->options.leave_system_clock,
		.bare = daemon->options.bare,
		.on_change = on_change,
		.arg = daemon,
	};

	if (*daemon->config->driftfile)
		make_folder(daemon->config->driftfile, &daemon->account);
	return clockwork_new(&options, daemon->config, &daemon->clockwork);
}

/* Who the daemon goes on as. */
static int find_account(struct daemon *daemon)
{
	const char *user = daemon->config->user;
	int err = privileges_account(user, &daemon->account);

	if (err == -ENOENT) {
		log_line(LOG_WARNING,
			"there is no account `%s`: going on as root with fewer capabilities", user);
		return 0;
	}
	if (err)
		log_line(LOG_ERR, "cannot look up the account `%s`: %s", user, strerror(-err));
	return err;
}

/* The folder of a borrowed file's drift file may be another program's. Known now, not in an hour.
 */
static void check_drift_file(const struct config *config)
{
	int err = *config->driftfile && !config->mirror ? driftfile_check(config->driftfile) : 0;

	if (err)
		log_line(LOG_WARNING,
			"the drift file %s cannot be written as account `%s`: %s; name another "
			"one with `driftfile`",
			config->driftfile, config->user, strerror(-err));
}

static int give_up_root(struct daemon *daemon)
{
	const struct privileges_need need = {
		.data_plane = !daemon->options.bare,
		.low_port = !daemon->config->mirror,
		.system_clock = daemon->config->clock == CONFIG_CLOCK_SYSTEM &&
				!daemon->options.leave_system_clock,
	};
	int err = plane_give(daemon->plane, &daemon->account);

	if (!err)
		err = privileges_drop(&daemon->account, &need);
	if (err) {
		log_line(LOG_ERR, "cannot give up root for `%s`: %s", daemon->config->user,
			strerror(-err));
		return err;
	}
	check_drift_file(daemon->config);
	/* What may be preloaded under -n makes calls of its own. */
	err = daemon->options.bare ? 0 : privileges_filter(&need);
	if (err)
		log_line(LOG_WARNING, "no filter of system calls: %s; going on without",
			strerror(-err));
	return 0;
}

static int start(struct daemon *daemon)
{
	int err = find_account(daemon);

	if (!err)
		err = make_loop(daemon);
	if (!err)
		err = plane_open(daemon->config, daemon->options.bare, &daemon->plane);
	if (!err)
		err = start_clockwork(daemon);
	if (!err)
		err = history_keeper_start(&daemon->history);
	if (!err)
		err = start_control(daemon);
	if (!err)
		err = start_http(daemon);
	if (!err)
		err = start_listener(daemon);
	if (!err)
		err = plane_start(daemon->plane, daemon->base, daemon->config);
	if (!err)
		err = give_up_root(daemon);
	/* A thread that was there before would keep root, and have no filter. */
	if (!err)
		listener_run(daemon->listener);
	return err;
}

static void run(struct daemon *daemon)
{
	const struct timeval period = {0, TICK_NS / 1000};

	event_add(daemon->tick, &period);
	clockwork_tick(daemon->clockwork);
	service_manager_ready();
	loop = daemon->base;
	while (!stop_asked && event_base_dispatch(daemon->base) == 0 &&
		!event_base_got_break(daemon->base))
		;
	loop = NULL;
	service_manager_stopping();
}

/* In the opposite order; what it made stays unless the start failed. */
static void finish(struct daemon *daemon, bool failed)
{
	http_server_free(daemon->http);
	census_taker_free(daemon->census);
	for (int i = 0; i < DAEMON_TEXTS; i++)
		if (daemon->texts[i].text)
			evbuffer_free(daemon->texts[i].text);
	control_server_free(daemon->control);
	listener_free(daemon->listener);
	clockwork_free(daemon->clockwork);
	history_keeper_stop(&daemon->history);
	if (failed)
		plane_discard(daemon->plane);
	else
		plane_close(daemon->plane);
	if (daemon->tick)
		event_free(daemon->tick);
	if (daemon->base) {
		/* Lets go what the resolver has put off till the next round. */
		event_base_loop(daemon->base, EVLOOP_NONBLOCK);
		event_base_free(daemon->base);
	}
	config_free(daemon->config);
}

int daemon_run(const struct daemon_options *options, struct config *config)
{
	struct daemon daemon = {
		.options = *options, .config = config, .started_mono_ns = clocks_mono_ns()};
	int err;

	catch_signals();
	err = start(&daemon);
	if (!err) {
		log_event(LOG_EVENT_STARTED, LOG_WITH(LOG_TEXT(VERSION, NTPXDP_VERSION)),
			"ntpxdpd %s runs", NTPXDP_VERSION);
		run(&daemon);
		log_event(LOG_EVENT_STOPPED, LOG_WITHOUT, "stopped");
	}
	finish(&daemon, err != 0);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
