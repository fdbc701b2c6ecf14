// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/cli/history_rows.c control/print.c control/cli/answer.c
// control/json_add.c
/*
 * `ntpxdp history`: answers of the daemon in pieces become rows; no line is wider than 80 columns
 * whatever the rates; sums are kept; gaps are no zeros.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <json-c/json.h>

#include "control/cli/history_rows.h"
#include "control/print.h"

#define BEGIN_S 1767225600.25 /* 2026-01-01 */

/* An answer of `count` slots with the same number in each column; a gap where seen_ms is 0. */
static struct json_object *answer(int count, int step_s, double requests, int seen_ms)
{
	static const char *const columns[] = {
		"requests", "answered", "limited", "dropped", "passed", "seen_ms", "good_ms"};
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "step_s", json_object_new_int(step_s));
	json_object_object_add(object, "time_s", json_object_new_double(BEGIN_S));
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		struct json_object *list = json_object_new_array();

		for (int slot = 0; slot < count; slot++)
			json_object_array_add(list, strstr(columns[i], "_ms")
							    ? json_object_new_int(seen_ms)
							    : json_object_new_double(requests));
		json_object_object_add(object, columns[i], list);
	}
	return object;
}

static void take(struct history_table *table, struct json_object *object)
{
	assert_int_equal(history_rows_take(table, object), 0);
	json_object_put(object);
}

static char *text_of(const struct history_table *table, bool utf8)
{
	size_t size;
	char *text;
	FILE *out = open_memstream(&text, &size);

	history_rows_print(table, utf8, out);
	fclose(out);
	return text;
}

/* Columns of the widest line; UTF-8 counts by character. */
static int width_of(const char *text)
{
	int width = 0, widest = 0;

	for (; *text; text++) {
		width = *text == '\n' ? 0 : width + ((*text & 0xC0) != 0x80);
		widest = width > widest ? width : widest;
	}
	return widest;
}

static int lines_of(const char *text)
{
	int lines = 0;

	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}

static void test_width(void **state)
{
	static const double rates[] = {0, 0.4, 17, 999999, 8123456, 71582788};

	(void)state;
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		struct history_table table = {.count = 0};
		char *wide, *narrow;

		take(&table, answer(3600, 1, rates[i], 1000));
		wide = text_of(&table, true);
		narrow = text_of(&table, false);
		assert_in_range(width_of(wide), 60, 80);
		assert_in_range(width_of(narrow), 60, 80);
		assert_in_range(lines_of(wide), 20, 30);
		for (const char *byte = narrow; *byte; byte++)
			assert_true((*byte & 0x80) == 0);
		free(wide);
		free(narrow);
		free(table.row);
	}
}

/* A week in pieces, the last of them a gap. */
static void test_pieces(void **state)
{
	struct history_table table = {.count = 0};
	struct json_object *object;
	char *text;

	(void)state;
	take(&table, answer(1440, 60, 6000, 60000));
	take(&table, answer(100, 60, 0, 0));
	assert_int_equal(table.count, 1540);
	assert_true(history_rows_rate(&table.row[0], HISTORY_COLUMN_requests) == 100);
	assert_true(isnan(history_rows_rate(&table.row[1539], HISTORY_COLUMN_passed)));
	object = history_rows_object(&table);
	assert_int_equal(json_object_array_length(json_object_object_get(object, "slots")), 1540);
	json_object_put(object);
	text = text_of(&table, true);
	assert_non_null(strstr(text, "The last 1d 1h; a second, on average over 2h 0min:"));
	assert_non_null(strstr(text, "       100       100       100"));
	assert_null(strchr(text, '!'));
	free(text);
	free(table.row);
}

static void test_gap(void **state)
{
	struct history_table table = {.count = 0};
	size_t size;
	char *text;
	FILE *out;

	(void)state;
	take(&table, answer(2, 1, 0, 0));
	table.row[1].seen_s = 1;
	text = text_of(&table, true);
	assert_non_null(strstr(text, "         -         -         -"));
	assert_non_null(strstr(text, "! time was not good"));
	free(text);
	out = open_memstream(&text, &size);
	history_rows_csv(&table, out);
	fclose(out);
	assert_string_equal(text,
		"time,seen_s,good_s,requests_hz,answered_hz,limited_hz,dropped_hz,passed_hz\n"
		"2026-01-01T00:00:00Z,0,0,,,,,\n2026-01-01T00:00:01Z,1,0,0,0,0,0,0\n");
	free(text);
	free(table.row);
}

/* An answer of another version. */
static void test_odd(void **state)
{
	static const char *const keys[] = {"step_s", "time_s", "seen_ms", "good_ms", "dropped"};
	struct history_table table = {.count = 0};

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct json_object *object = answer(2, 1, 1, 1000);

		json_object_object_del(object, keys[i]);
		assert_int_equal(history_rows_take(&table, object), -EBADMSG);
		json_object_put(object);
	}
	assert_int_equal(table.count, 0);
	free(table.row);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_gap),
		cmocka_unit_test(test_odd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
