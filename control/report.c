/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fills the answers of the control socket; see report.h. One function for each command, and
 * the pieces that several of them have. Objects that could not be made are null in the
 * answer: readers take that as "not known".
 */
#include "control/report.h"

#include "control/attach.h"
#include "control/counts.h"
#include "control/engine_list.h"
#include "control/json_add.h"
#include "control/report_clients.h"
#include "control/report_hardware.h"
#include "control/report_history.h"
#include "control/report_scores.h"

#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LEAP_UNKNOWN NTP_LEAP_UNKNOWN

static double seconds(int64_t ns)
{
	return (double)ns * 1e-9;
}

static const char *mode_name(enum config_mode mode)
{
	return mode == CONFIG_MODE_NATIVE    ? "native"
	       : mode == CONFIG_MODE_GENERIC ? "generic"
					     : "auto";
}

static struct json_object *report_info(const struct snapshot *snapshot)
{
	const struct config *config = snapshot->parts.config;
	struct json_object *object = json_object_new_object();
	struct json_object *list = json_object_new_array();

	json_add_text(object, "version", NTPXDP_VERSION);
	json_add_count(object, "pid", (uint64_t)getpid());
	json_add_text(object, "pindir", snapshot->parts.pindir);
	json_add_count(object, "layout", TIMEPAGE_LAYOUT);
	json_add_text(object, "settings", config_file_name(config));
	for (size_t i = 0; i < config->interface_count; i++) {
		const struct config_interface *interface = &config->interfaces[i];
		struct json_object *entry = json_object_new_object();

		json_add_text(entry, "name", interface->name);
		json_add_text(entry, "mode", mode_name(interface->mode));
		json_add_text(entry, "reply_path",
			interface->reply_path == CONFIG_REPLY_FIB ? "fib" : "reflect");
		json_object_array_add(list, entry);
	}
	json_object_object_add(object, "interfaces", list);
	return object;
}

/* What clients are told; keys that "status" and "health" have in common. */
static void add_served(struct json_object *object, const struct snapshot *snapshot)
{
	const struct snapshot_page *page = &snapshot->page;
	bool good = page->verdict == VERDICT_SERVED;

	json_add_flag(object, "synchronised", good);
	json_add_text(object, "reason", snapshot->reason);
	json_add_count(
		object, "stratum", good ? page->reading.stratum : CLOCK_STRATUM_UNSYNCHRONISED);
	json_add_count(object, "leap", good ? page->reading.leap : LEAP_UNKNOWN);
	json_add_number(object, "error_bound_s", good ? page->error_bound_s : NAN);
}

static struct json_object *page_object(const struct snapshot_page *page)
{
	struct json_object *object = json_object_new_object();

	json_add_text(object, "state", page->state);
	json_add_number(object, "age_s", page->written ? page->age_s : NAN);
	json_add_number(object, "expires_in_s", page->written ? page->expires_in_s : NAN);
	json_add_count(object, "updates", page->updates);
	return object;
}

static struct json_object *port_object(const struct snapshot *snapshot)
{
	static const char *const states[] = {
		[LISTENER_OFF] = "off", [LISTENER_BOUND] = "bound", [LISTENER_TAKEN] = "taken"};
	struct json_object *object = json_object_new_object();

	json_add_count(object, "number", (uint64_t)snapshot->parts.config->port);
	json_add_text(object, "state", states[snapshot->listener_state]);
	json_add_text(object, "detail", snapshot->listener_detail);
	json_add_count(object, "workers", snapshot->workers);
	return object;
}

static struct json_object *sources_object(const struct snapshot *snapshot)
{
	struct json_object *object = json_object_new_object();

	json_add_count(object, "configured", snapshot->source_count);
	json_add_count(object, "reachable", snapshot->reachable);
	json_add_count(object, "selectable", snapshot->selectable);
	json_add_count(object, "required", snapshot->clock.required);
	json_add_text(object, "selected", snapshot->selected ? snapshot->selected->name : NULL);
	return object;
}

static struct json_object *interface_object(
	const struct snapshot *snapshot, const struct interface *interface)
{
	struct json_object *object = json_object_new_object();
	char name[CONFIG_NAME_SIZE + 1] = "";
	struct attach_inspection found;

	attach_inspect(interface, &found);
	memcpy(name, interface->name, CONFIG_NAME_SIZE);
	json_add_text(object, "name", name);
	json_add_count(object, "index", interface->ifindex);
	json_add_flag(object, "attached", found.attached);
	json_add_text(object, "mode", attach_mode_name(interface->mode));
	json_add_text(object, "reply_path", attach_reply_path_name(interface->reply_path));
	json_add_flag(object, "shared", interface->shared != 0);
	json_add_count(object, "program_id", found.program_id);
	json_add_text(object, "detail", found.detail);
	report_receive_stamps(object, snapshot, interface);
	return object;
}

static struct json_object *interfaces_list(const struct snapshot *snapshot)
{
	const struct state *state = snapshot->parts.state;
	struct json_object *list = json_object_new_array();

	for (int i = 0; i < CONFIG_INTERFACES; i++)
		if (state->interfaces->entry[i].ifindex)
			json_object_array_add(
				list, interface_object(snapshot, &state->interfaces->entry[i]));
	return list;
}

static const char *clock_name(const struct snapshot *snapshot)
{
	if (snapshot->parts.config->mirror)
		return "mirror";
	return snapshot->clock.steering ? "system" : "page";
}

/* Whose word it is that is served; null: our own. */
static void add_mirrored(struct json_object *object, const struct snapshot *snapshot)
{
	const struct config *config = snapshot->parts.config;

	json_add_text(object, "mirror", config->mirror ? config->sources[0].host : NULL);
}

static struct json_object *report_status(const struct snapshot *snapshot)
{
	struct json_object *object = json_object_new_object();

	json_add_text(object, "version", NTPXDP_VERSION);
	json_add_count(object, "pid", (uint64_t)getpid());
	json_add_number(object, "uptime_s", snapshot->uptime_s);
	json_add_text(object, "pindir", snapshot->parts.pindir);
	json_add_text(object, "clock", clock_name(snapshot));
	add_mirrored(object, snapshot);
	add_served(object, snapshot);
	json_add_count(object, "steps", snapshot->clock.steps);
	json_object_object_add(object, "page", page_object(&snapshot->page));
	json_object_object_add(object, "port", port_object(snapshot));
	json_object_object_add(object, "sources", sources_object(snapshot));
	json_object_object_add(object, "interfaces", interfaces_list(snapshot));
	json_object_object_add(object, "engines", engine_list_json(snapshot->parts.state));
	json_object_object_add(object, "stamps", report_stamps(snapshot));
	counts_totals(object, &snapshot->sum);
	return object;
}

static struct json_object *rejected_object(const struct source_counters *counters)
{
	struct json_object *object = json_object_new_object();

	for (int i = 0; i < EXCHANGE_RESULT_COUNT; i++)
		if (i != EXCHANGE_ACCEPTED && counters->result[i])
			json_add_count(object, exchange_result_name((enum exchange_result)i),
				counters->result[i]);
	return object;
}

static struct json_object *source_object(const struct source_report *source)
{
	struct json_object *object = json_object_new_object();
	char tally[] = {source->tally, '\0'}, type[] = {source->type, '\0'};

	json_add_text(object, "name", source->name);
	json_add_text(object, "address", source->address);
	json_add_text(object, "refid", source->refid);
	json_add_count(object, "stratum", source->stratum);
	json_add_text(object, "type", type);
	if (source->answered)
		json_add_text(object, "mode", source->interleaved ? "interleaved" : "basic");
	json_add_number(object, "when_s", source->answered ? source->when_s : NAN);
	json_add_number(object, "poll_s", source->poll_s);
	json_add_count(object, "reach", source->reach);
	json_add_number(object, "delay_s", source->measured ? source->delay_s : NAN);
	json_add_number(object, "offset_s", source->measured ? source->offset_s : NAN);
	json_add_number(object, "jitter_s", source->measured ? source->jitter_s : NAN);
	json_add_number(
		object, "root_distance_s", source->measured ? source->root_distance_s : NAN);
	json_add_text(object, "stamps", source->measured ? stamp_name(source->stamp) : NULL);
	json_add_text(object, "tally", tally);
	json_add_text(object, "state", source->state);
	json_add_count(object, "sent", source->counters.sent);
	json_add_count(object, "accepted", source->counters.result[EXCHANGE_ACCEPTED]);
	json_object_object_add(object, "rejected", rejected_object(&source->counters));
	return object;
}

static struct json_object *report_sources(const struct snapshot *snapshot)
{
	struct json_object *object = json_object_new_object();
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < snapshot->source_count; i++)
		json_object_array_add(list, source_object(&snapshot->sources[i]));
	json_object_object_add(object, "sources", list);
	return object;
}

/* The reference id as chronyc prints it, and in words: address or name of the source. */
static void add_reference(struct json_object *object, const struct snapshot *snapshot)
{
	const struct clock_reading *reading = &snapshot->clock.reading;
	const struct config *config = snapshot->parts.config;
	const char *name = snapshot->selected ? snapshot->selected->name : "";
	char id[9], mirrored[CONFIG_HOST_MAX + 16];

	if (config->mirror) {
		snprintf(mirrored, sizeof(mirrored), "mirror of %s", config->sources[0].host);
		name = mirrored;
	}
	snprintf(id, sizeof(id), "%08X", be32_value(reading->reference_id));
	json_add_text(object, "reference_id", id);
	json_add_text(object, "reference_name", reading->state == CLOCK_LOCAL ? "local" : name);
}

static struct json_object *report_tracking(const struct snapshot *snapshot)
{
	static const char *const leaps[] = {
		"Normal", "Insert second", "Delete second", "Not synchronised"};
	const struct clockwork_status *clock = &snapshot->clock;
	const struct clock_reading *reading = &clock->reading;
	struct json_object *object = json_object_new_object();
	unsigned int leap = reading->synchronised ? leap_indicator(&clock->leap) : LEAP_UNKNOWN;
	bool known = clock->known;

	json_add_flag(object, "synchronised", reading->synchronised);
	json_add_text(object, "reason", clock->reason);
	add_reference(object, snapshot);
	add_mirrored(object, snapshot);
	json_add_count(object, "stratum", reading->stratum);
	json_add_number(object, "reference_time_s",
		reading->update_raw_ns ? seconds(reading->reference_utc_ns) : NAN);
	json_add_number(object, "system_offset_s", known ? seconds(clock->system_offset_ns) : NAN);
	json_add_number(
		object, "last_offset_s", clock->updates ? seconds(clock->last_offset_ns) : NAN);
	json_add_number(object, "rms_offset_s", clock->updates ? clock->rms_offset_ns * 1e-9 : NAN);
	json_add_number(object, "frequency_ppm", known ? reading->frequency * -1e6 : NAN);
	json_add_number(object, "residual_frequency_ppm",
		clock->updates ? clock->residual_frequency * -1e6 : NAN);
	json_add_number(object, "skew_ppm", known ? reading->frequency_sd * 1e6 : NAN);
	json_add_number(object, "root_delay_s", known ? seconds(reading->root_delay_ns) : NAN);
	json_add_number(
		object, "root_dispersion_s", known ? seconds(reading->root_dispersion_ns) : NAN);
	json_add_number(object, "error_bound_s",
		known ? seconds(reading->root_distance_ns) + fabs(seconds(clock->system_offset_ns))
		      : NAN);
	json_add_number(
		object, "update_interval_s", clock->updates > 1 ? clock->update_interval_s : NAN);
	json_add_count(object, "leap", leap);
	json_add_text(object, "leap_status", leaps[leap & 3]);
	json_add_count(object, "steps", clock->steps);
	return object;
}

static struct json_object *report_stats(const struct snapshot *snapshot)
{
	struct json_object *object = counts_stats(&snapshot->sum, snapshot->counted_s);

	json_object_object_add(object, "engines", counts_engines(snapshot->parts.state));
	return object;
}

static int by_age(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

/* Of the sources that agree, how long ago each has answered; the youngest first. */
static struct json_object *ages_list(const struct snapshot *snapshot)
{
	struct json_object *list = json_object_new_array();
	double *ages = calloc(snapshot->source_count + 1, sizeof(*ages));
	size_t count = 0;

	for (size_t i = 0; ages && i < snapshot->source_count; i++)
		if (snapshot_agrees(&snapshot->sources[i]))
			ages[count++] = snapshot->sources[i].when_s;
	if (ages)
		qsort(ages, count, sizeof(*ages), by_age);
	for (size_t i = 0; i < count; i++)
		json_object_array_add(list, json_object_new_double(ages[i]));
	free(ages);
	return list;
}

static struct json_object *report_health(const struct snapshot *snapshot)
{
	struct json_object *object = json_object_new_object();
	const struct snapshot_page *page = &snapshot->page;

	add_served(object, snapshot);
	json_add_number(object, "page_age_s", page->written ? page->age_s : NAN);
	json_add_text(object, "page_state", page->state);
	json_add_count(object, "sources_selectable", snapshot->selectable);
	json_add_count(object, "sources_required", snapshot->clock.required);
	json_object_object_add(object, "sources_age_s", ages_list(snapshot));
	return object;
}

static struct json_object *report_page(const struct snapshot *snapshot)
{
	struct json_object *object = json_object_new_object();

	(void)snapshot;
	json_add_count(object, "layout", TIMEPAGE_LAYOUT);
	json_add_count(object, "size", sizeof(struct timepage));
	return object;
}

struct json_object *report_make(
	const struct control_request *request, const struct snapshot *snapshot)
{
	switch (request->command) {
	case CONTROL_COMMAND_INFO:
		return report_info(snapshot);
	case CONTROL_COMMAND_STATUS:
		return report_status(snapshot);
	case CONTROL_COMMAND_SOURCES:
		return report_sources(snapshot);
	case CONTROL_COMMAND_TRACKING:
		return report_tracking(snapshot);
	case CONTROL_COMMAND_STATS:
		return report_stats(snapshot);
	case CONTROL_COMMAND_HEALTH:
		return report_health(snapshot);
	case CONTROL_COMMAND_PAGE:
		return report_page(snapshot);
	case CONTROL_COMMAND_CLIENTS:
		return report_clients(request, snapshot);
	case CONTROL_COMMAND_HISTORY:
		return report_history(request, snapshot);
	case CONTROL_COMMAND_SCORES:
		return report_scores(snapshot->parts.scores);
	case CONTROL_COMMAND_ACCESS:
		return report_access(request, snapshot);
	default:
		return control_protocol_error("\"%s\" has no answer in this version",
			control_protocol_name(request->command));
	}
}
