// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `ntpxdp attach` and `ntpxdp detach`. The work is control/attach.h's; here is where the pins are,
 * what the settings say about the interface, the tables that no daemon fills, and what people are
 * told. Both run as root and work without a daemon.
 */
#include "control/attach.h"
#include "control/addresses.h"
#include "control/cli/answer.h"
#include "control/cli/commands.h"
#include "control/cli/session.h"
#include "control/config.h"
#include "control/json_add.h"
#include "control/live_settings.h"
#include "control/print.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

struct place {
	const char *pindir;
	bool daemon;              /* a daemon runs on these pins, and fills the tables */
	struct json_object *info; /* its answer, or NULL */
};

/*
 * The pin folder: the one named, else the daemon's, else that of the settings. A daemon that does
 * not answer is none; one that has no pins cannot take part. Exit status.
 */
static int find_place(const struct session *session, struct place *place)
{
	const char *named = session->options->pindir, *pindir;

	*place = (struct place){.pindir = session->pindir};
	if (session_try(session, &(struct control_request){.command = CONTROL_COMMAND_INFO},
		    &place->info) != 0) {
		place->info = NULL;
		return EXIT_GOOD;
	}
	pindir = answer_text(place->info, "pindir");
	if (named != NULL) {
		place->daemon = strcmp(named, pindir) == 0;
		return EXIT_GOOD;
	}
	if (pindir[0] == '\0')
		return session_error("the daemon on %s has no data plane (it was started with -n): "
				     "its time would not be served; start it without -n, or name "
				     "a folder with --pindir",
			session->socket);
	place->pindir = pindir;
	place->daemon = true;
	return EXIT_GOOD;
}

static void leave_place(struct place *place)
{
	json_object_put(place->info);
}

/* What the daemon's or the file's `interface` line says about mode and reply path; -1: nothing. */
static void find_line(
	const struct session *session, const struct place *place, int *ret_mode, int *ret_path)
{
	struct json_object *list = answer_list(place->info, "interfaces");
	const char *name = session->options->operand;

	*ret_mode = *ret_path = -1;
	for (size_t i = 0; place->daemon && list && i < json_object_array_length(list); i++) {
		struct json_object *entry = json_object_array_get_idx(list, i);

		if (strcmp(answer_text(entry, "name"), name) != 0)
			continue;
		*ret_mode = options_choice("auto|native|generic", answer_text(entry, "mode"));
		*ret_path = options_choice("reflect|fib", answer_text(entry, "reply_path"));
	}
	for (size_t i = 0; !place->daemon && i < session->config->interface_count; i++) {
		const struct config_interface *line = &session->config->interfaces[i];

		if (strcmp(line->name, name) != 0)
			continue;
		*ret_mode = (int)line->mode;
		*ret_path = (int)line->reply_path;
	}
}

/* Settings and addresses, once, from the file and the kernel; exit status. */
static int fill_tables(const struct session *session, const struct place *place)
{
	const struct config *config = session->config;
	char text[ATTACH_TEXT_MAX];
	struct state_failure failure;
	struct addresses *addresses;
	struct state *state;
	int error = state_create(place->pindir, &state, &failure);

	if (error != 0) {
		attach_explain_state(&failure, error, text, sizeof(text));
		return session_error("%s", text);
	}
	error = live_settings_write(state, config, NULL);
	if (error != 0) {
		state_close(state);
		return session_error("rules by address or the client table: %s", strerror(-error));
	}
	addresses = addresses_new(state, config);
	error = addresses == NULL ? -errno : 0;
	addresses_free(addresses);
	state_close(state);
	if (error != 0)
		return session_error("cannot read this host's addresses: %s; nothing is answered "
				     "without them",
			strerror(-error));
	return EXIT_GOOD;
}

static int report_json(const struct session *session, const struct place *place,
	const struct attach_report *report)
{
	struct json_object *object = json_object_new_object();

	json_add_text(object, "interface", session->options->operand);
	json_add_text(object, "mode", attach_mode_name(report->mode));
	json_add_text(object, "reply_path", attach_reply_path_name(report->reply_path));
	json_add_flag(object, "fresh", report->fresh);
	json_add_text(object, "why_not_native", report->why_not_native);
	json_add_text(object, "warning", report->warning);
	json_add_text(object, "pindir", place->pindir);
	json_add_flag(object, "daemon", place->daemon);
	return session_print_json(object);
}

/* "eth0: text", indented where it needs another line. */
__attribute__((format(printf, 2, 3))) static void tell(const char *name, const char *format, ...)
{
	char text[2 * ATTACH_TEXT_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	printf("%s: ", name);
	print_wrapped(stdout, text, (int)strlen(name) + 2, session_columns());
}

static void report_attached(const struct session *session, const struct place *place,
	const struct attach_report *report)
{
	const char *name = session->options->operand;

	tell(name, "%s; %s mode, reply path %s",
		report->fresh ? "attached" : "attached as before, program replaced",
		attach_mode_name(report->mode), attach_reply_path_name(report->reply_path));
	if (report->why_not_native[0] != '\0')
		tell(name, "not native, since %s", report->why_not_native);
	if (report->warning[0] != '\0')
		tell(name, "warning: %s", report->warning);
	if (report->fresh)
		tell(name, "note: what XDP answers is not seen by firewall rules, connection "
			   "tracking and packet captures (tcpdump) on this host");
	if (!place->daemon)
		tell(name,
			"note: no daemon runs on %s: start ntpxdpd, since without good time "
			"there requests go to the kernel",
			place->pindir);
}

static int attach_at(const struct session *session, const struct place *place)
{
	const struct options *options = session->options;
	struct attach_options wanted = {.pindir = place->pindir, .shared = options->shared};
	struct attach_report report = {.error = ""};
	char directory[STATE_PATH_MAX];
	bool made, failed;
	int mode, path;

	find_line(session, place, &mode, &path);
	if (options->mode >= 0)
		mode = options->mode;
	if (options->reply_path >= 0)
		path = options->reply_path;
	wanted.mode = mode < 0 ? ATTACH_AUTO : (enum attach_mode)mode;
	wanted.reply_path = path < 0 ? INTERFACE_REFLECT : (enum interface_reply_path)path;
	state_directory(place->pindir, directory, sizeof(directory));
	made = access(directory, F_OK) != 0;
	failed = (!place->daemon && fill_tables(session, place) != EXIT_GOOD) ||
		 attach_interface(options->operand, &wanted, &report) != 0;
	if (failed && made)
		state_remove(place->pindir);
	if (failed)
		return report.error[0] != '\0' ? session_error("%s", report.error) : EXIT_FAILED;
	if (options->json)
		return report_json(session, place, &report);
	report_attached(session, place, &report);
	return EXIT_GOOD;
}

static int detach_at(const struct session *session, const struct place *place)
{
	const char *name = session->options->operand;
	struct attach_report report;

	if (attach_detach(name, place->pindir, place->daemon, &report) != 0)
		return session_error("%s", report.error);
	if (session->options->json) {
		struct json_object *object = json_object_new_object();

		json_add_text(object, "interface", name);
		json_add_text(object, "pindir", place->pindir);
		return session_print_json(object);
	}
	printf("%s: detached\n", name);
	return EXIT_GOOD;
}

static int at_place(const struct options *options, bool settings_matter,
	int (*act)(const struct session *session, const struct place *place))
{
	struct session session;
	struct place place;
	int status = session_open(&session, options);

	if (status != EXIT_GOOD)
		return status;
	libbpf_set_print(NULL); /* its words are in the reports */
	status = find_place(&session, &place);
	if (status == EXIT_GOOD && settings_matter && !place.daemon)
		status = session_check_settings(&session);
	if (status == EXIT_GOOD)
		status = act(&session, &place);
	leave_place(&place);
	session_close(&session);
	return status;
}

int command_attach(const struct options *options)
{
	return at_place(options, true, attach_at);
}

int command_detach(const struct options *options)
{
	return at_place(options, false, detach_at);
}
