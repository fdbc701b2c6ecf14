/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The events of log_events_table.h: each once and under a name that stays, EVENT= and MESSAGE_ID=
 * in the journal, with fields of its own. What they are told with, an entry of the journal made of
 * one, and the tables of docs/events.md. Whether and where an event is told is log.h's matter.
 */
#ifndef CONTROL_LOG_EVENTS_H
#define CONTROL_LOG_EVENTS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/uio.h>

#include "control/log_events_table.h"

enum log_field {
	LOG_FIELD_NONE, /* ends a list of values */
#define LOG_FIELD_ENUM(field, meaning) LOG_FIELD_##field,
	LOG_FIELDS(LOG_FIELD_ENUM)
#undef LOG_FIELD_ENUM
	LOG_FIELD_COUNT
};

enum log_event {
#define LOG_EVENT_ENUM(event, ...) LOG_EVENT_##event,
	LOG_EVENTS(LOG_EVENT_ENUM)
#undef LOG_EVENT_ENUM
	LOG_EVENT_COUNT
};

/* The value of a field: `text`, or the number where that is NULL. */
struct log_value {
	enum log_field field;
	const char *text;
	int64_t number;
};

/* What events are written with: LOG_WITH(LOG_TEXT(SOURCE, name), LOG_NUMBER(OFFSET_NS, ns)). */
#define LOG_TEXT(field, value)                                                                     \
	{                                                                                          \
		LOG_FIELD_##field, (value), 0                                                      \
	}
#define LOG_NUMBER(field, value)                                                                   \
	{                                                                                          \
		LOG_FIELD_##field, NULL, (value)                                                   \
	}
#define LOG_WITH(...) ((const struct log_value[]){__VA_ARGS__, {LOG_FIELD_NONE, NULL, 0}})
#define LOG_WITHOUT   NULL

const char *log_events_name(enum log_event event);
int log_events_priority(enum log_event event); /* of syslog.h */

/* Room for every event: MESSAGE, PRIORITY, EVENT, MESSAGE_ID, SUPPRESSED, and its fields. */
#define LOG_ENTRY_FIELDS (5 + LOG_FIELD_COUNT)
#define LOG_ENTRY_BYTES  4096

/* An entry of the journal, "NAME=value" each. */
struct log_entry {
	struct iovec field[LOG_ENTRY_FIELDS];
	int count;
	size_t used;
	char bytes[LOG_ENTRY_BYTES];
};

/*
 * Makes the entry. `values` may be LOG_WITHOUT; empty texts are left out, and so is SUPPRESSED
 * where it is 0. Fields that the event's row does not have are a bug of ours.
 */
struct log_message {
	enum log_event event;
	const struct log_value *values;
	unsigned int suppressed; /* of this event, before it */
	const char *text;
};
void log_events_compose(const struct log_message *message, struct log_entry *ret_entry);

/* The tables of docs/events.md. */
void log_events_describe(FILE *out);

#endif
