/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds what was asked for in the tables, and the status words; see query_variables.h. */
#include "control/query_variables.h"

#include <errno.h>
#include <string.h>

#define NS_PER_S     INT64_C(1000000000)
#define SEPARATORS   ", \t\r\n"
#define EVENTS_KNOWN 1 /* of events only the last is known here, not how many there were */

/* RFC 9327 sec. 3.1: clock source and event of the system status word. */
#define SOURCE_UNKNOWN 0
#define SOURCE_LOCAL   5
#define SOURCE_NTP     6
#define EVENT_SYNC     5
#define EVENT_RESTART  6
#define EVENT_NO_PEER  8
#define EVENT_LEAP     9

/* RFC 9327 sec. 3.2: bits and events of the peer status word. */
#define PEER_CONFIGURED  0x80
#define PEER_REACHABLE   0x10
#define PEER_MOBILIZE    1
#define PEER_UNREACHABLE 3
#define PEER_REACH       4
#define PEER_RATE        7
#define PEER_DENIED      8
#define PEER_SELECTED    10

void query_text_put_time(struct query_text *text, const char *name, int64_t unix_ns)
{
	uint64_t ns = unix_ns > 0 ? (uint64_t)unix_ns : 0;
	uint64_t second = ns / NS_PER_S, fraction = ((ns % NS_PER_S) << 32) / NS_PER_S;

	if (unix_ns)
		second += NTP_TIME_UNIX_EPOCH_S;
	query_text_put(text, name, "0x%08x.%08x", (uint32_t)second, (uint32_t)fraction);
}

void query_text_put_ms(struct query_text *text, const char *name, double seconds)
{
	query_text_put(text, name, "%.6f", seconds * 1e3);
}

void query_text_put_refid(struct query_text *text, const char *name, const char *refid)
{
	size_t length = strlen(refid);
	bool dotted = length >= 2 && refid[0] == '.';

	query_text_put(text, name, "%.*s", (int)(dotted ? length - 2 : length), refid + dotted);
}

/* What stands behind a "=" is a value to write, and nothing to whoever reads. */
static const struct query_variable *find(
	const struct query_variable *table, const char *name, size_t length)
{
	const char *value = memchr(name, '=', length);

	if (value)
		length = (size_t)(value - name);
	for (; table->name; table++)
		if (strlen(table->name) == length && !memcmp(table->name, name, length))
			return table;
	return NULL;
}

static bool separates(char c)
{
	return c == '\0' || strchr(SEPARATORS, c) != NULL;
}

/* The next name: moves *at to its begin and returns its length, 0 at the end. */
static size_t next_name(const char *names, size_t length, size_t *at)
{
	size_t end;

	while (*at < length && separates(names[*at]))
		++*at;
	for (end = *at; end < length && !separates(names[end]);)
		end++;
	return end - *at;
}

int query_variables_write(const struct query_subject *subject, const char *names, size_t length,
	struct query_text *text)
{
	const struct query_variable *table =
		subject->source ? query_source_variables : query_system_variables;
	size_t at = 0, count = next_name(names, length, &at);
	bool named = count > 0;

	for (; count; at += count, count = next_name(names, length, &at)) {
		const struct query_variable *variable = find(table, names + at, count);

		if (!variable)
			return -ENOENT;
		variable->write(subject, variable->name, text);
	}
	for (; !named && table->name; table++)
		if (!table->when_named)
			table->write(subject, table->name, text);
	query_text_end(text);
	return 0;
}

uint8_t query_variables_leap(const struct snapshot *snapshot)
{
	return snapshot->page.verdict == VERDICT_SERVED ? snapshot->page.reading.leap
							: NTP_LEAP_UNKNOWN;
}

unsigned query_variables_system_status(const struct snapshot *snapshot)
{
	const struct clockwork_status *clock = &snapshot->clock;
	bool good = snapshot->page.verdict == VERDICT_SERVED;
	unsigned source = SOURCE_UNKNOWN, event = EVENT_RESTART;

	if (good)
		source = clock->reading.state == CLOCK_LOCAL ? SOURCE_LOCAL : SOURCE_NTP;
	if (good)
		event = clock->leap.at_utc_s ? EVENT_LEAP : EVENT_SYNC;
	else if (clock->updates)
		event = EVENT_NO_PEER;
	return (unsigned)query_variables_leap(snapshot) << 14 | source << 8 | EVENTS_KNOWN << 4 |
	       event;
}

static unsigned source_event(const struct source_report *source)
{
	switch (source->last_result) {
	case EXCHANGE_KISS_RATE:
		return PEER_RATE;
	case EXCHANGE_KISS_DENY:
	case EXCHANGE_KISS_RSTR:
		return PEER_DENIED;
	default:
		break;
	}
	if (!source->reach)
		return source->answered ? PEER_UNREACHABLE : PEER_MOBILIZE;
	return source->tally == TALLY_SELECTED ? PEER_SELECTED : PEER_REACH;
}

/* The selection code is the place of the tally in this. */
unsigned query_variables_source_status(const struct source_report *source)
{
	static const char codes[] = {TALLY_UNREACHABLE, TALLY_FALSETICKER, TALLY_EXCESS,
		TALLY_OUTLIER, TALLY_CANDIDATE, TALLY_BACKUP, TALLY_SELECTED};
	unsigned code = 0, bits = PEER_CONFIGURED | (source->reach ? PEER_REACHABLE : 0);

	for (unsigned i = 0; i < sizeof(codes); i++)
		if (codes[i] == source->tally)
			code = i;
	return (bits | code) << 8 | EVENTS_KNOWN << 4 | source_event(source);
}
