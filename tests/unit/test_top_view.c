// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/cli/top_view.c control/cli/rates.c control/cli/rows.c control/print.c
// control/cli/answer.c control/json_add.c
/*
 * The screen of `ntpxdp top` at every size, with nothing known, with all there is, and with an
 * answer of another version: every row is filled in, none is too long for 80 columns, and what
 * does not fit is counted.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "control/cli/top_view.h"
#include "control/print.h"

static struct top_view view;
static double values[TOP_VIEW_COLUMNS];

static struct top_data nothing(void)
{
	struct rates_reading none = {.at_s = NAN};

	return (struct top_data){.trouble = "",
		.no_clients = "",
		.sort = "requests",
		.now = rates_between(&none, &none),
		.history = {values, TOP_VIEW_COLUMNS},
		.interval_s = 1};
}

/* # in the text is the number. */
static void add_row(struct json_object *list, const char *text, int number)
{
	const char *hash = strchr(text, '#');
	char row[400];

	assert_non_null(hash);
	snprintf(row, sizeof(row), "%.*s%d%s", (int)(hash - text), text, number, hash + 1);
	json_object_array_add(list, json_tokener_parse(row));
}

/* An answer with so many entries of one form. */
static struct json_object *list_of(const char *key, const char *text, int count)
{
	struct json_object *object = json_tokener_parse("{\"prefix6\": 64, \"tick_s\": 0.001}");
	struct json_object *list = json_object_new_array();

	for (int i = 0; i < count; i++)
		add_row(list, text, i);
	json_object_object_add(object, key, list);
	return object;
}

static struct top_data everything(int sources, int clients)
{
	struct top_data data = nothing();

	data.status =
		json_tokener_parse("{\"synchronised\": true, \"error_bound_s\": 0.00012, "
				   "\"stratum\": 2, \"version\": \"0.1.0\", \"uptime_s\": 99}");
	data.stats = json_tokener_parse("{\"verdicts\": {\"served\": 89, \"drop_limited\": 9, "
					"\"b\": 1, \"drop_short\": 0, \"a\": 1}}");
	data.sources = list_of("sources",
		"{\"name\": \"2001:db8:1111:2222:3333:4444:5555:#\", \"tally\": \"*\", \"type\": "
		"\"u\", \"refid\": \"192.0.2.1\", \"stratum\": 2, \"offset_s\": -123.456}",
		sources);
	data.clients = list_of("clients",
		"{\"address\": \"2001:db8:1111:#::\", \"family\": \"ipv6\", \"version\": 4, "
		"\"requests\": 1234567}",
		clients);
	return data;
}

static void free_data(struct top_data *data)
{
	json_object_put(data->status);
	json_object_put(data->stats);
	json_object_put(data->sources);
	json_object_put(data->clients);
}

static void draw(const struct top_data *data, int columns, int rows)
{
	memset(&view, 'Z', sizeof(view));
	view.columns = columns;
	view.rows = rows;
	top_view_draw(&view, data);
	for (int row = 0; row < rows; row++) {
		assert_true(view.line[row].style < TOP_STYLES);
		assert_non_null(memchr(view.line[row].text, '\0', TOP_VIEW_TEXT));
		if (columns == 80)
			assert_true(strlen(view.line[row].text) <= 80);
		assert_null(strchr(view.line[row].text, '\n'));
	}
	/* Nothing below the screen. */
	assert_int_equal(view.line[rows].text[0], 'Z');
}

/* Rows of the screen that begin with a text. */
static int count_rows(const char *start)
{
	int count = 0;

	for (int row = 0; row < view.rows; row++)
		count += strncmp(view.line[row].text, start, strlen(start)) == 0;
	return count;
}

static void test_sizes(void **state)
{
	struct top_data full = everything(7, 30), empty = nothing(), odd = nothing();

	(void)state;
	odd.status = odd.stats = odd.sources = odd.clients = json_tokener_parse(
		"{\"sources\": 7, \"clients\": [3, null, {}], \"verdicts\": {\"x\": \"y\"}}");
	for (int rows = 1; rows < 60; rows++) {
		for (int columns = 1; columns < 130; columns += rows == 24 ? 1 : 79) {
			draw(&full, columns, rows);
			draw(&empty, columns, rows);
			draw(&odd, columns, rows);
		}
		full.help = !full.help;
		empty.utf8 = !empty.utf8;
	}
	draw(&full, TOP_VIEW_COLUMNS, TOP_VIEW_ROWS - 1);
	json_object_put(odd.status);
	free_data(&full);
}

static void test_24_rows(void **state)
{
	struct top_data data = everything(7, 30);

	(void)state;
	values[TOP_VIEW_COLUMNS - 1] = 10;
	draw(&data, 80, 24);
	assert_string_equal(view.line[0].text,
		"time is good, within 120 us; stratum 2; ntpxdpd 0.1.0 up 1min 39s");
	assert_int_equal(view.line[0].style, TOP_GOOD);
	assert_string_equal(
		view.line[1].text, "requests -/s  answered -/s  limited -/s  passed -/s");
	assert_int_equal(strlen(view.line[2].text), 80);
	assert_int_equal(view.line[2].text[79], '|');
	assert_string_equal(view.line[3].text, "frames: served 89.00 %, drop_limited 9.00 %, "
					       "a 1.00 %, b 1.00 %");
	assert_int_equal(count_rows("*2001:db8:1111"), 7);
	assert_int_equal(count_rows("2001:db8:1111:"), 8);
	assert_string_equal(view.line[23].text, "q quit  space pause  s order: requests  h help");
	free_data(&data);
}

/* Many sources leave a third of the rows to the clients, and say how many there are. */
static void test_many(void **state)
{
	struct top_data data = everything(100, 30);

	(void)state;
	draw(&data, 80, 24);
	assert_int_equal(count_rows("*2001:db8:1111") + 1 + 1, 12);
	assert_int_equal(count_rows("... and 90 more"), 1);
	assert_int_equal(count_rows("2001:db8:1111:"), 4);
	free_data(&data);
	data = everything(0, 0);
	draw(&data, 80, 24);
	assert_int_equal(count_rows("no sources in the settings"), 1);
	assert_int_equal(count_rows("no client yet"), 1);
	data.no_clients = "clients are root's";
	data.trouble = "no daemon answers: Connection refused";
	data.paused = true;
	draw(&data, 80, 24);
	assert_int_equal(count_rows("clients are root's"), 1);
	assert_int_equal(count_rows("client "), 0);
	assert_int_equal(view.line[0].style, TOP_BAD);
	assert_string_equal(
		view.line[0].text, "no daemon answers: Connection refused; trying again");
	assert_non_null(strstr(view.line[23].text, "PAUSED"));
	free_data(&data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_24_rows),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
