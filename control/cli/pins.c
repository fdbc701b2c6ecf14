// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The daemon's answers out of the pins; pins.h is the manual.
 */
#include "control/cli/pins.h"
#include "control/attach.h"
#include "control/clocks.h"
#include "control/control_protocol.h"
#include "control/counts.h"
#include "control/engine_list.h"

#include "control/json_add.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* Everything that the page says at this moment. */
struct page_view {
	enum verdict verdict;
	struct timepage_reading reading;
	const char *state;
	double age_s, expires_in_s; /* NAN: never written */
	double error_bound_s;       /* NAN: not good */
	uint64_t updates;
};

static void view_page(const struct timepage *page, struct page_view *view)
{
	const struct timepage_sample *sample = timepage_current(page);
	uint64_t now_ns = clocks_mono_ns();

	*view = (struct page_view){.age_s = NAN, .expires_in_s = NAN, .error_bound_s = NAN};
	view->verdict = timepage_read(page, now_ns, &view->reading);
	view->state = control_protocol_page_state(view->verdict);
	view->updates = page->generation;
	if (sample != NULL) {
		view->age_s = (double)(int64_t)(now_ns - sample->base_ns) / 1e9;
		view->expires_in_s = (double)(int64_t)(sample->expires_ns - now_ns) / 1e9;
	}
	if (view->verdict == VERDICT_SERVED)
		view->error_bound_s =
			(view->reading.root_delay_q16 / 2.0 + view->reading.root_dispersion_q16) /
			65536.0;
}

/* The keys that "status" and "health" have in common. */
static void add_time(struct json_object *object, const struct page_view *view)
{
	bool good = view->verdict == VERDICT_SERVED;
	char reason[120] = "";

	if (!good)
		snprintf(reason, sizeof(reason), "time page %s; no daemon renews it", view->state);
	json_add_flag(object, "synchronised", good);
	json_add_text(object, "reason", reason);
	json_add_count(
		object, "stratum", good ? view->reading.stratum : NTP_STRATUM_UNSYNCHRONISED);
	json_add_count(object, "leap", good ? view->reading.leap : NTP_LEAP_UNKNOWN);
	if (good)
		json_add_number(object, "error_bound_s", view->error_bound_s);
}

static struct json_object *health(const struct state *state)
{
	struct json_object *object = json_object_new_object();
	struct page_view view;

	view_page(state->page, &view);
	add_time(object, &view);
	json_add_text(object, "page_state", view.state);
	if (!isnan(view.age_s))
		json_add_number(object, "page_age_s", view.age_s);
	return object;
}

static struct json_object *stats(const struct state *state)
{
	struct counters_block sum;
	struct json_object *object;

	counts_sum(state, &sum);
	object = counts_stats(&sum, state_counted_s(state));
	json_object_object_add(object, "engines", counts_engines(state));
	return object;
}

static struct json_object *interfaces(const struct state *state)
{
	struct json_object *list = json_object_new_array();

	for (int i = 0; i < CONFIG_INTERFACES; i++) {
		const struct interface *interface = &state->interfaces->entry[i];
		char name[CONFIG_NAME_SIZE + 1] = "";
		struct attach_inspection found;
		struct json_object *entry;
		const char *why;

		if (interface->ifindex == 0)
			continue;
		attach_inspect(interface, &found);
		entry = json_object_new_object();
		memcpy(name, interface->name, CONFIG_NAME_SIZE);
		json_add_text(entry, "name", name);
		json_add_count(entry, "index", interface->ifindex);
		json_add_flag(entry, "attached", found.attached);
		json_add_text(entry, "mode", attach_mode_name(interface->mode));
		json_add_text(entry, "reply_path", attach_reply_path_name(interface->reply_path));
		json_add_flag(entry, "shared", interface->shared != 0);
		json_add_count(entry, "program_id", found.program_id);
		json_add_text(entry, "detail", found.detail);
		json_add_text(entry, "receive_stamps",
			attach_receive_stamps(state, interface, clocks_mono_ns(), &why));
		json_add_text(entry, "receive_stamps_detail",
			interface->features & FEATURE_HARDWARE ? why : "");
		json_object_array_add(list, entry);
	}
	return list;
}

static struct json_object *status(const struct state *state, const char *pindir)
{
	struct json_object *object = json_object_new_object();
	struct json_object *page = json_object_new_object();
	struct counters_block sum;
	struct page_view view;

	view_page(state->page, &view);
	counts_sum(state, &sum);
	add_time(object, &view);
	json_add_text(object, "pindir", pindir);
	json_add_text(page, "state", view.state);
	if (!isnan(view.age_s)) {
		json_add_number(page, "age_s", view.age_s);
		json_add_number(page, "expires_in_s", view.expires_in_s);
	}
	json_add_count(page, "updates", view.updates);
	json_object_object_add(object, "page", page);
	json_object_object_add(object, "interfaces", interfaces(state));
	json_object_object_add(object, "engines", engine_list_json(state));
	counts_totals(object, &sum);
	return object;
}

static int read_pins(const struct session *session, enum control_command command,
	struct json_object **ret_object, struct pins_failure *failure)
{
	struct state *state;

	failure->pins_error = state_open(session->pindir, &state, &failure->state);
	if (failure->pins_error != 0)
		return failure->pins_error;
	if (command == CONTROL_COMMAND_STATUS)
		*ret_object = status(state, session->pindir);
	else if (command == CONTROL_COMMAND_STATS)
		*ret_object = stats(state);
	else
		*ret_object = health(state);
	state_close(state);
	return 0;
}

int pins_try(const struct session *session, enum control_command command,
	struct json_object **ret_object, struct pins_failure *ret_failure)
{
	const struct options *options = session->options;

	*ret_failure = (struct pins_failure){0};
	if (options->pindir != NULL && options->socket == NULL)
		return read_pins(session, command, ret_object, ret_failure);
	ret_failure->daemon_error =
		session_try(session, &(struct control_request){.command = command}, ret_object);
	if (ret_failure->daemon_error == 0)
		return 0;
	if (options->socket != NULL && options->pindir == NULL)
		return ret_failure->daemon_error;
	return read_pins(session, command, ret_object, ret_failure);
}

int pins_explain(const struct session *session, const struct pins_failure *failure)
{
	const char *object = failure->state.object, *doing = failure->state.doing;
	const char *first = failure->daemon_error != 0 ? "no daemon answers, and " : "";

	switch (failure->pins_error) {
	case 0:
		return session_explain(session, failure->daemon_error);
	case -ENOENT:
		if (failure->daemon_error != 0 && session->socket != NULL)
			return session_error(
				"no daemon on %s and no pins in %s: nothing is served; "
				"start ntpxdpd, or name them with --socket or --pindir",
				session->socket, session->pindir);
		return session_error("no pins in %s: nothing is attached; run \"ntpxdp attach "
				     "IFACE\", or name the folder with --pindir",
			session->pindir);
	case -EACCES:
	case -EPERM:
		return session_error("%s%s %s failed: %s; try again as root", first, doing, object,
			strerror(-failure->pins_error));
	case -EPROTO:
		return session_error(
			"%s%s is of another layout than this version's; use the ntpxdp "
			"that made it, or run \"ntpxdp attach\" anew",
			first, object);
	case -EXDEV:
		return session_error("%s%s is of another network namespace; run ntpxdp there "
				     "(nsenter --net=...)",
			first, object);
	default:
		return session_error(
			"%s%s %s failed: %s; name the folder of the pins with --pindir", first,
			doing, object, strerror(-failure->pins_error));
	}
}

int pins_ask(const struct session *session, enum control_command command,
	struct json_object **ret_object)
{
	struct pins_failure failure;
	struct json_object *object;

	if (pins_try(session, command, &object, &failure) != 0)
		return pins_explain(session, &failure);
	if (control_protocol_failure(object) != NULL) {
		session_error("the daemon on %s refused \"%s\": %s", session->socket,
			control_protocol_name(command), control_protocol_failure(object));
		json_object_put(object);
		return EXIT_FAILED;
	}
	*ret_object = object;
	return EXIT_GOOD;
}
