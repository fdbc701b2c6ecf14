/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lowest part of the clockwork: the time by the clock or the mirror, and its way into the
 * page, with a word to people where that changes. Declared in clockwork_private.h; called by
 * clockwork.c and upkeep.c, and calls neither.
 */
#include "control/clockwork_private.h"
#include "control/log.h"

#include <stdio.h>

/* A publication that came too late for continuity is made anew so often. */
#define PUBLISH_TRIES 5

static void tell(const struct clockwork *clockwork, const char *text)
{
	if (clockwork->options.on_change)
		clockwork->options.on_change(clockwork->options.arg, text);
}

bool clockwork_read(const struct clockwork *clockwork, struct clocks_pair *ret_pair,
	struct clock_reading *ret_reading)
{
	struct clock_reading reading = {.stratum = CLOCK_STRATUM_UNSYNCHRONISED};
	bool known;

	if (clocks_read_pair(ret_pair)) {
		*ret_reading = reading;
		return false;
	}
	if (clockwork->mirror)
		known = mirror_read(clockwork->mirror, ret_pair, &reading);
	else
		known = clock_read(clockwork->clock, ret_pair->raw_ns, &reading);
	reading.raw_ns = ret_pair->raw_ns;
	*ret_reading = reading;
	return known;
}

const char *clockwork_text(const struct clockwork *clockwork, const struct clock_reading *reading)
{
	return clockwork->mirror ? mirror_text(clockwork->mirror, reading)
				 : clock_state_text(clockwork->clock, reading->raw_ns);
}

const char *clockwork_state_name(enum clock_state state)
{
	static const char *const names[] = {
#define NAME(symbol, name) name,
		CLOCK_STATES(NAME)
#undef NAME
	};

	return names[state];
}

static void tell_good(const struct clock_reading *reading, const char *text, const char *line)
{
	const struct log_value *values =
		LOG_WITH(LOG_TEXT(STATE, clockwork_state_name(reading->state)),
			LOG_TEXT(REASON, text), LOG_NUMBER(STRATUM, reading->stratum),
			LOG_NUMBER(ERROR_BOUND_NS, reading->root_distance_ns));

	log_event(reading->state == CLOCK_HOLDOVER ? LOG_EVENT_HOLDOVER : LOG_EVENT_SYNCHRONISED,
		values, "%s", line);
}

static void tell_bad(
	const struct clockwork *clockwork, const struct clock_reading *reading, const char *text)
{
	const struct log_value *values = LOG_WITH(
		LOG_TEXT(STATE, clockwork_state_name(reading->state)), LOG_TEXT(REASON, text));

	if (clockwork->served_good)
		log_event(LOG_EVENT_LOST, values,
			"not synchronised any more: %s; clients are told so until %s", text,
			clockwork->mirror ? "that server says better" : "sources agree");
	else
		log_event(LOG_EVENT_UNSYNCHRONISED, values, "not synchronised: %s", text);
}

/* Says once what changed, to the log and to the service manager. */
static void tell_state(struct clockwork *clockwork, const struct clock_reading *reading)
{
	enum clock_state state = reading->state;
	const char *text = clockwork_text(clockwork, reading);
	bool good = reading->synchronised;
	char line[200];

	if (state == clockwork->state && good == clockwork->served_good)
		return;
	clockwork->state = state;
	if (good) {
		snprintf(line, sizeof(line), "%s: stratum %u, error below %.9f s (%s)",
			state == CLOCK_HOLDOVER ? "served from memory" : "synchronised",
			reading->stratum, (double)reading->root_distance_ns * 1e-9, text);
		tell_good(reading, text, line);
	} else {
		tell_bad(clockwork, reading, text);
	}
	clockwork->served_good = good;
	tell(clockwork, good ? line : text);
}

static void tell_step(const struct clockwork *clockwork)
{
	int64_t offset_ns = -publisher_error_ns(clockwork->publisher);

	log_event(LOG_EVENT_STEPPED, LOG_WITH(LOG_NUMBER(OFFSET_NS, offset_ns)),
		"served time is stepped by %+.6f s, since slewing would take too long; no time is "
		"served meanwhile",
		(double)offset_ns * 1e-9);
}

/* `said`: a step would be no news. */
static void publish(struct clockwork *clockwork, bool said)
{
	struct publisher *publisher = clockwork->publisher;
	struct clock_reading reading;
	struct clocks_pair pair = {.raw_ns = 0};
	struct publisher_input input = {&reading, &pair, &clockwork->leap};
	struct timepage_sample sample;
	enum publisher_action action;
	int tries = PUBLISH_TRIES;

	if (clockwork->mirror && mirroring_follow(clockwork))
		said = true;
	do {
		clockwork_read(clockwork, &pair, &reading);
		if (clockwork->mirror)
			mirror_on_monotonic(&pair, &reading);
		action = publisher_prepare(publisher, &input, &sample);
	} while (action != PUBLISHER_KEEP && !publisher_in_time(publisher, clocks_mono_ns()) &&
		 --tries);
	clockwork->turned = pair.raw_ns && tries;
	if (action != PUBLISHER_KEEP) {
		state_publish(clockwork->options.state, &sample);
		publisher_commit(publisher);
		clockwork->publications++;
	}
	if (action == PUBLISHER_STEP && !said)
		tell_step(clockwork);
	tell_state(clockwork, &reading);
}

void clockwork_publish(struct clockwork *clockwork)
{
	publish(clockwork, false);
}

void clockwork_publish_step(struct clockwork *clockwork)
{
	publisher_step(clockwork->publisher);
	publish(clockwork, true);
}
