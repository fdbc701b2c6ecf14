/* SPDX-License-Identifier: GPL-2.0-or-later */
// test-sources: control/log_events.c
/*
 * The table of events: names and message ids are well formed, no two alike; and an event as an
 * entry of the journal: its fields, what is left out, what is too long.
 */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include <cmocka.h>

#include "control/log_events.h"

static struct log_entry entry;

/* Value of a field of the entry; NULL: it has none. */
static const char *value_of(const char *name)
{
	size_t length = strlen(name);

	for (int i = 0; i < entry.count; i++) {
		const char *field = entry.field[i].iov_base;

		assert_int_equal(entry.field[i].iov_len, strlen(field));
		if (!strncmp(field, name, length) && field[length] == '=')
			return field + length + 1;
	}
	return NULL;
}

static void compose(enum log_event event, const struct log_value *values, const char *text)
{
	const struct log_message message = {.event = event, .values = values, .text = text};

	log_events_compose(&message, &entry);
}

static void test_table(void **state)
{
	char ids[LOG_EVENT_COUNT][40];

	(void)state;
	for (int i = 0; i < LOG_EVENT_COUNT; i++) {
		const char *name = log_events_name((enum log_event)i);

		compose((enum log_event)i, LOG_WITHOUT, "text");
		assert_string_equal(value_of("EVENT"), name);
		assert_true(strlen(name) > 0 &&
			    strspn(name, "abcdefghijklmnopqrstuvwxyz-") == strlen(name));
		assert_int_equal(strlen(value_of("MESSAGE_ID")), 32);
		assert_int_equal(strspn(value_of("MESSAGE_ID"), "0123456789abcdef"), 32);
		assert_int_equal(
			atoi(value_of("PRIORITY")), log_events_priority((enum log_event)i));
		assert_in_range(log_events_priority((enum log_event)i), LOG_ERR, LOG_INFO);
		strcpy(ids[i], value_of("MESSAGE_ID"));
		for (int j = 0; j < i; j++) {
			assert_string_not_equal(ids[i], ids[j]);
			assert_string_not_equal(name, log_events_name((enum log_event)j));
		}
	}
}

static void test_fields(void **state)
{
	struct log_message message = {
		.event = LOG_EVENT_SYNCHRONISED,
		.values = LOG_WITH(LOG_TEXT(STATE, "synchronised"), LOG_NUMBER(STRATUM, 2),
			LOG_NUMBER(ERROR_BOUND_NS, INT64_MAX), LOG_TEXT(REASON, "")),
		.text = "good = \"yes\"",
	};

	(void)state;
	log_events_compose(&message, &entry);
	assert_string_equal(value_of("MESSAGE"), "good = \"yes\"");
	assert_string_equal(value_of("PRIORITY"), "5");
	assert_string_equal(value_of("STATE"), "synchronised");
	assert_string_equal(value_of("STRATUM"), "2");
	assert_string_equal(value_of("ERROR_BOUND_NS"), "9223372036854775807");
	assert_null(value_of("REASON"));
	assert_null(value_of("SUPPRESSED"));
	message.suppressed = 7;
	log_events_compose(&message, &entry);
	assert_string_equal(value_of("SUPPRESSED"), "7");
	compose(LOG_EVENT_STEPPED, LOG_WITH(LOG_NUMBER(OFFSET_NS, -1)), "s");
	assert_string_equal(value_of("OFFSET_NS"), "-1");
	assert_int_equal(entry.count, 5);
}

/* What is too long is cut, and the entry stays well formed. */
static void test_long(void **state)
{
	static char big[2 * LOG_ENTRY_BYTES];

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	compose(LOG_EVENT_FALSETICKER, LOG_WITH(LOG_TEXT(SOURCE, big), LOG_TEXT(ADDRESS, big)),
		"short");
	assert_string_equal(value_of("EVENT"), "falseticker");
	assert_true(strlen(value_of("SOURCE")) > LOG_ENTRY_BYTES / 2);
	assert_null(value_of("ADDRESS"));
	assert_true(entry.used <= LOG_ENTRY_BYTES);
	compose(LOG_EVENT_FALSETICKER, LOG_WITHOUT, big);
	assert_int_equal(entry.count, 1);
}

static void test_description(void **state)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	log_events_describe(out);
	fclose(out);
	for (int i = 0; i < LOG_EVENT_COUNT; i++) {
		compose((enum log_event)i, LOG_WITHOUT, "text");
		assert_non_null(strstr(text, log_events_name((enum log_event)i)));
		assert_non_null(strstr(text, value_of("MESSAGE_ID")));
	}
	assert_non_null(strstr(text, "| `OFFSET_NS` | "));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_description),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
