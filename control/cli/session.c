// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Paths, questions to the daemon, errors; session.h is the manual.
 */
#include "control/cli/session.h"

#include "control/config.h"

#include <errno.h>
#include <math.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

int session_error(const char *format, ...)
{
	va_list arguments;

	fflush(stdout);
	fputs("ntpxdp: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	return EXIT_FAILED;
}

/* Remarks on the settings file: the daemon says the notes, here only errors matter. */
static void say(void *arg, const struct config_remark *remark)
{
	(void)arg;
	if (remark->level != CONFIG_ERROR)
		return;
	if (remark->line > 0)
		session_error("%s:%d: %s", remark->file, remark->line, remark->text);
	else
		session_error("%s: %s", remark->file, remark->text);
}

static const struct config_sink loud = {.say = say}, silent = {.say = NULL};

static int read_settings(struct session *session, const char *file)
{
	int error = config_load(
		session->config, file ? file : CONFIG_DEFAULT_FILE, file ? &loud : &silent);

	if (error == 0 || file == NULL) {
		session->config_error = error;
		return EXIT_GOOD;
	}
	if (error != -EINVAL)
		session_error("cannot read settings file %s: %s", file, strerror(-error));
	return EXIT_FAILED;
}

int session_open(struct session *session, const struct options *options)
{
	*session = (struct session){.options = options, .config = config_new()};
	if (session->config == NULL)
		return session_error("cannot make the settings: %s", strerror(errno));
	if (read_settings(session, options->file) != EXIT_GOOD) {
		session_close(session);
		return EXIT_FAILED;
	}
	session->socket = options->socket;
	if (session->socket == NULL && session->config->control[0] != '\0')
		session->socket = session->config->control;
	session->pindir = options->pindir ? options->pindir : session->config->pindir;
	return EXIT_GOOD;
}

void session_close(struct session *session)
{
	config_free(session->config);
	session->config = NULL;
}

int session_check_settings(const struct session *session)
{
	struct config *again;
	int error = session->config_error;

	if (error == 0 || error == -ENOENT)
		return EXIT_GOOD;
	if (error != -EINVAL)
		return session_error("cannot read settings file %s: %s; try again as root",
			CONFIG_DEFAULT_FILE, strerror(-error));
	/* Once more, aloud. */
	again = config_new();
	if (again != NULL)
		config_load(again, CONFIG_DEFAULT_FILE, &loud);
	config_free(again);
	return EXIT_FAILED;
}

int session_try(const struct session *session, const struct control_request *request,
	struct json_object **ret_answer)
{
	if (session->socket == NULL)
		return -ENOTSUP;
	return control_protocol_call(session->socket, request, ret_answer, NULL);
}

int session_explain(const struct session *session, int error)
{
	const char *socket = session->socket;

	switch (error) {
	case -ENOTSUP:
		return session_error("cannot ask the daemon: the settings say \"control off\"; "
				     "name its socket with --socket");
	case -ENOENT:
	case -ECONNREFUSED:
		return session_error("no daemon on %s: %s; start ntpxdpd, or name its socket "
				     "with --socket",
			socket, strerror(-error));
	case -EACCES:
	case -EPERM:
		return session_error("cannot ask the daemon on %s: %s; try again as root", socket,
			strerror(-error));
	case -ETIMEDOUT:
		return session_error("the daemon on %s did not answer within %d s; see its log",
			socket, CONTROL_PROTOCOL_TIMEOUT_MS / 1000);
	case -ECONNRESET:
		return session_error("the daemon on %s closed the connection without an answer; "
				     "try again, and see its log",
			socket);
	case -ENAMETOOLONG:
		return session_error("no daemon on %s: no socket has so long a name", socket);
	case -EBADMSG:
	case -EMSGSIZE:
		return session_error("what answers on %s does not speak as ntpxdpd does; name the "
				     "right socket with --socket",
			socket);
	default:
		return session_error(
			"cannot ask the daemon on %s: %s; see its log", socket, strerror(-error));
	}
}

int session_ask(const struct session *session, const struct control_request *request,
	struct json_object **ret_answer)
{
	struct json_object *answer;
	int error = session_try(session, request, &answer);
	const char *failure;

	if (error != 0)
		return session_explain(session, error);
	failure = control_protocol_failure(answer);
	if (failure != NULL) {
		session_error("the daemon on %s refused \"%s\": %s", session->socket,
			control_protocol_name(request->command), failure);
		json_object_put(answer);
		return EXIT_FAILED;
	}
	*ret_answer = answer;
	return EXIT_GOOD;
}

int session_print_json(struct json_object *object)
{
	const char *text = json_object_to_json_string_ext(object,
		JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE);
	int status = EXIT_GOOD;

	if (text != NULL)
		puts(text);
	else
		status = session_error("cannot print JSON: %s", strerror(ENOMEM));
	json_object_put(object);
	return status;
}

int session_resolve(const struct options *options, struct addrinfo **ret_list)
{
	struct addrinfo hints = {.ai_socktype = SOCK_DGRAM};
	char service[16];
	int error;

	if (options->ipv4 != options->ipv6)
		hints.ai_family = options->ipv4 ? AF_INET : AF_INET6;
	snprintf(service, sizeof(service), "%ld", options->port);
	error = getaddrinfo(options->operand, service, &hints, ret_list);
	if (error == 0)
		return EXIT_GOOD;
	return session_error("cannot resolve %s: %s; check the name and this host's resolver",
		options->operand, error == EAI_SYSTEM ? strerror(errno) : gai_strerror(error));
}

void session_pause(double seconds)
{
	struct timespec rest = {
		.tv_sec = (time_t)seconds, .tv_nsec = (long)((seconds - floor(seconds)) * 1e9)};

	while (nanosleep(&rest, &rest) != 0 && errno == EINTR)
		;
}

int session_columns(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 ||
		size.ws_col < 80)
		return 80;
	return size.ws_col;
}
