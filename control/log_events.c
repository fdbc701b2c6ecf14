/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of events, and an event as an entry of the journal; see log_events.h. */
#include "control/log_events.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <syslog.h>

static const struct {
	const char *name, *id, *when;
	int priority;
	uint32_t fields;
} events[LOG_EVENT_COUNT] = {
#define ROW(event, name, priority, id, fields, when)                                               \
	[LOG_EVENT_##event] = {name, id, when, LOG_##priority, fields},
	LOG_EVENTS(ROW)
#undef ROW
};

static const struct {
	const char *name, *meaning;
} fields[LOG_FIELD_COUNT] = {
#define ROW(field, meaning) [LOG_FIELD_##field] = {#field, meaning},
	LOG_FIELDS(ROW)
#undef ROW
};

/* LOG_HAS() is a bit of 32. */
_Static_assert(LOG_FIELD_COUNT <= 32, "more fields than a mask has bits");

const char *log_events_name(enum log_event event)
{
	return events[event].name;
}

int log_events_priority(enum log_event event)
{
	return events[event].priority;
}

static void add(struct log_entry *entry, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* What does not fit is cut, and fields for which there is no room at all are left out. */
static void add(struct log_entry *entry, const char *format, ...)
{
	size_t room = sizeof(entry->bytes) - entry->used;
	char *start = entry->bytes + entry->used;
	va_list list;
	size_t length;

	if (room < 2 || entry->count == LOG_ENTRY_FIELDS)
		return;
	va_start(list, format);
	vsnprintf(start, room, format, list);
	va_end(list);
	length = strlen(start);
	entry->field[entry->count++] = (struct iovec){start, length};
	entry->used += length + 1;
}

void log_events_compose(const struct log_message *message, struct log_entry *ret_entry)
{
	const struct log_value *value = message->values;
	enum log_event event = message->event;

	ret_entry->count = 0;
	ret_entry->used = 0;
	add(ret_entry, "MESSAGE=%s", message->text);
	add(ret_entry, "PRIORITY=%d", events[event].priority);
	add(ret_entry, "EVENT=%s", events[event].name);
	add(ret_entry, "MESSAGE_ID=%s", events[event].id);
	if (message->suppressed)
		add(ret_entry, "SUPPRESSED=%u", message->suppressed);
	for (; value && value->field != LOG_FIELD_NONE; value++) {
		bool text = value->text != NULL;

		assert(events[event].fields & (UINT32_C(1) << value->field));
		if (text && *value->text)
			add(ret_entry, "%s=%s", fields[value->field].name, value->text);
		else if (!text)
			add(ret_entry, "%s=%" PRId64, fields[value->field].name, value->number);
	}
}

static const char *priority_name(int priority)
{
	return priority == LOG_ERR       ? "error"
	       : priority == LOG_WARNING ? "warning"
	       : priority == LOG_NOTICE  ? "notice"
					 : "info";
}

static void describe_fields(FILE *out, uint32_t mask)
{
	const char *between = "";

	for (int i = LOG_FIELD_NONE + 1; i < LOG_FIELD_COUNT; i++) {
		if (!(mask & (UINT32_C(1) << i)))
			continue;
		fprintf(out, "%s`%s`", between, fields[i].name);
		between = ", ";
	}
}

void log_events_describe(FILE *out)
{
	fputs("| `EVENT` | priority | when | fields | `MESSAGE_ID` |\n|---|---|---|---|---|\n",
		out);
	for (int i = 0; i < LOG_EVENT_COUNT; i++) {
		fprintf(out, "| `%s` | %s | %s | ", events[i].name,
			priority_name(events[i].priority), events[i].when);
		describe_fields(out, events[i].fields);
		fprintf(out, " | `%s` |\n", events[i].id);
	}
	fputs("\n| field | value |\n|---|---|\n", out);
	for (int i = LOG_FIELD_NONE + 1; i < LOG_FIELD_COUNT; i++)
		fprintf(out, "| `%s` | %s |\n", fields[i].name, fields[i].meaning);
}
