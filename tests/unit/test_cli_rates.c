// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/cli/rates.c control/cli/answer.c control/json_add.c control/print.c
// control/cli/rows.c
/*
 * Rates out of two answers, the row of blocks, and rows of clients: no row is wider than its head,
 * whatever the client is.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "control/cli/rates.h"
#include "control/cli/rows.h"

static struct rates_reading read_text(const char *text)
{
	struct json_object *object = json_tokener_parse(text);
	struct rates_reading reading = rates_read(object);

	assert_non_null(object);
	json_object_put(object);
	return reading;
}

static const char *const before =
	"{\"read_s\": 10, \"requests\": 100, \"served\": 90, \"verdicts\": "
	"{\"drop_limited\": 4, \"served_kiss\": 1, \"pass_not_ip\": 7, "
	"\"pass_long\": 3, \"drop_short\": 50}}";
static const char *const after =
	"{\"read_s\": 12, \"requests\": 120, \"served\": 100, \"verdicts\": "
	"{\"drop_limited\": 10, \"served_kiss\": 5, \"pass_not_ip\": 8, "
	"\"pass_long\": 4, \"drop_short\": 90}}";

static void test_between(void **state)
{
	struct rates_reading from = read_text(before), to = read_text(after);
	struct rates rates = rates_between(&from, &to);

	(void)state;
	assert_true(rates.interval_s == 2);
	assert_true(rates.requests_hz == 10);
	assert_true(rates.answered_hz == 5);
	assert_true(rates.limited_hz == 5);
	assert_true(rates.passed_hz == 1);
	rates = rates_average(&to, 60);
	assert_true(rates.requests_hz == 2);
	assert_true(isnan(rates_average(&to, NAN).requests_hz));
}

/* New pins, the same moment twice, an answer of another version: nothing is made up. */
static void test_unknown(void **state)
{
	struct rates_reading from = read_text(before), to = read_text(after), odd = read_text("{}");

	(void)state;
	assert_true(isnan(rates_between(&to, &from).requests_hz));
	assert_true(isnan(rates_between(&to, &to).answered_hz));
	to.at_s = 13;
	from.requests = 121; /* one counter alone went back */
	assert_true(isnan(rates_between(&from, &to).answered_hz));
	assert_true(isnan(rates_between(&odd, &to).passed_hz));
}

static void test_json(void **state)
{
	struct rates_reading from = read_text(before), to = read_text(after);
	struct rates rates = rates_between(&from, &to);
	struct json_object *object = json_object_new_object(), *now, *value;

	(void)state;
	rates_add(object, "now", &rates);
	assert_true(json_object_object_get_ex(object, "now", &now));
	assert_int_equal(json_object_object_length(now), 5);
	assert_true(json_object_object_get_ex(now, "requests_hz", &value));
	assert_true(json_object_get_double(value) == 10);
	rates = rates_between(&to, &to);
	rates_add(object, "now", &rates);
	assert_true(json_object_object_get_ex(object, "now", &now));
	assert_int_equal(json_object_object_length(now), 0);
	json_object_put(object);
}

static void test_sparkline(void **state)
{
	static const double values[] = {99, 0, 1, 2, 4, NAN, 8};
	const struct rates_series series = {values, 7}, empty = {values, 0}, zero = {values + 1, 1};
	char out[100];

	(void)state;
	assert_true(rates_sparkline(out, 6, true, &series) == 8);
	assert_string_equal(out, " ▁▂▄ █");
	assert_true(rates_sparkline(out, 6, false, &series) == 8);
	assert_string_equal(out, " ..: |");
	assert_true(rates_sparkline(out, 9, false, &series) == 99);
	assert_string_equal(out, "  | ... .");
	assert_true(rates_sparkline(out, 3, true, &empty) == 0);
	assert_string_equal(out, "   ");
	assert_true(rates_sparkline(out, 2, true, &zero) == 0);
	assert_string_equal(out, "  ");
}

static void test_values(void **state)
{
	static const struct {
		double hz;
		const char *text;
	} rates[] = {{0, "0.0"}, {0.001, "<0.1"}, {0.05, "0.1"}, {99.94, "99.9"}, {99.96, "100"},
		{1234567.4, "1,234,567"}, {NAN, "-"}},
	  spans[] = {{0.25, "250 ms"}, {9.5, "9.5 s"}, {10, "10s"}, {7201, "2h 0min"}, {NAN, "-"}};
	char out[PRINT_VALUE_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
		assert_string_equal(print_rate(out, rates[i].hz), rates[i].text);
	for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++)
		assert_string_equal(print_span(out, spans[i].hz), spans[i].text);
}

static void test_client_rows(void **state)
{
	struct json_object *answer = json_tokener_parse(
		"{\"prefix6\": 64, \"tick_s\": 0.001, \"clients\": ["
		"{\"address\": \"ffff:ffff:ffff:ffff::\", \"family\": \"ipv6\", \"version\": 4, "
		"\"requests\": 9999999999, \"limited\": 9999999999, \"average_interval_s\": "
		"0.0012345, \"last_seen_s\": 86399},"
		"{\"address\": \"255.255.255.255\", \"family\": \"ipv4\", \"version\": 3, "
		"\"requests\": 1, \"limited\": 0, \"average_interval_s\": null, \"last_seen_s\": "
		"31536000},"
		"{\"address\": \"192.0.2.1\", \"family\": \"ipv4\", \"version\": 4, "
		"\"requests\": 20, \"limited\": 3, \"average_interval_s\": 0, \"last_seen_s\": 0},"
		"{\"address\": \"\\u001b[31m\", \"version\": 77}, {}]}");
	char head[ROWS_CLIENT_MAX], out[ROWS_CLIENT_MAX];

	(void)state;
	assert_non_null(answer);
	rows_client_head(head);
	assert_int_equal(strlen(head), ROWS_CLIENT_WIDTH);
	for (size_t i = 0; i < 6; i++) { /* one more than there are */
		assert_int_equal(strlen(rows_client(out, answer, i)), ROWS_CLIENT_WIDTH);
		assert_null(strchr(out, '\x1b'));
	}
	assert_memory_equal(rows_client(out, answer, 0), "ffff:ffff:ffff:ffff::/64 4 ", 27);
	assert_string_equal(rows_client(out, answer, 2) + 24,
		" 4             20              3       <1 ms      <1 ms");
	assert_string_equal(rows_client(out, answer, 5) + 24,
		" 0              0              0           -          -");
	json_object_put(answer);
}

static void test_slack(void **state)
{
	(void)state;
	assert_int_equal(rows_slack(40), 0);
	assert_int_equal(rows_slack(80), 0);
	assert_int_equal(rows_slack(90), 10);
	assert_int_equal(rows_slack(1000), PRINT_SLACK_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_between),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_sparkline),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_client_rows),
		cmocka_unit_test(test_slack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
