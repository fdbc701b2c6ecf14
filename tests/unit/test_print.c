// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/print.c
/*
 * What the command prints, column by column. The rows of the source table are those of NTPsec's
 * `ntpq -p` for the same values (ntp/util.py, PeerSummary), and no row is wider than its head.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/print.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void test_milliseconds(void **state)
{
	/* As f8dot4() of ntp/util.py has them. */
	static const struct {
		double ms;
		const char *text;
	} cases[] = {{0, "  0.0000"}, {0.12346, "  0.1235"}, {-0.12346, " -0.1235"},
		{99.9999, " 99.9999"}, {-99.9999, "-99.9999"}, {999.9999, "999.9999"},
		{-100, "-100.000"}, {1000, "1000.000"}, {-1000, "-1000.00"}, {10000, "10000.00"},
		{-10000, "-10000.0"}, {100000, "100000.0"}, {-100000, " -100000"},
		{1000000, " 1000000"}, {NAN, "  0.0000"}, {1e15, "99999999"}, {-1e15, "-9999999"},
		{INFINITY, "99999999"}};
	char out[PRINT_VALUE_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_string_equal(print_milliseconds(out, cases[i].ms / 1e3), cases[i].text);
		assert_int_equal(strlen(out), 8);
	}
}

static void test_interval(void **state)
{
	/* As prettyinterval() of ntp/util.py has them. */
	static const struct {
		double seconds;
		const char *text;
	} cases[] = {{NAN, "-"}, {0, "-"}, {-5, "-"}, {0.5, "-"}, {1, "1"}, {64, "64"},
		{2048, "2048"}, {2049, "34m"}, {17969, "299m"}, {18000, "5h"}, {18031, "5h"},
		{86400, "24h"}, {343770, "95h"}, {345600, "4d"}, {349200, "4d"}, {1e12, "11574d"}};
	char out[PRINT_VALUE_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(print_interval(out, cases[i].seconds), cases[i].text);
}

static void test_values(void **state)
{
	char out[PRINT_VALUE_MAX];

	(void)state;
	assert_string_equal(print_seconds(out, 1.5), "1.5 s");
	assert_string_equal(print_seconds(out, 12345), "12345 s");
	assert_string_equal(print_seconds(out, 0.0123456), "12.35 ms");
	assert_string_equal(print_seconds(out, -0.00031), "-310 us");
	assert_string_equal(print_seconds(out, 0.00099999), "1 ms");
	assert_string_equal(print_seconds(out, 25e-9), "25 ns");
	assert_string_equal(print_seconds(out, 0), "0 ns");
	assert_string_equal(print_seconds(out, NAN), "?");
	assert_string_equal(print_duration(out, 5.9), "5s");
	assert_string_equal(print_duration(out, 125), "2min 5s");
	assert_string_equal(print_duration(out, 4 * 3600 + 12 * 60), "4h 12min");
	assert_string_equal(print_duration(out, 3 * 86400 + 4 * 3600), "3d 4h");
	assert_string_equal(print_duration(out, NAN), "?");
	assert_string_equal(print_duration(out, -1), "?");
	assert_string_equal(print_count(out, 0), "0");
	assert_string_equal(print_count(out, 999), "999");
	assert_string_equal(print_count(out, 1000), "1,000");
	assert_string_equal(print_count(out, UINT64_MAX), "18,446,744,073,709,551,615");
	assert_string_equal(print_share(out, 1, 2), "50.00 %");
	assert_string_equal(print_share(out, 7, 7), "100.00 %");
	assert_string_equal(print_share(out, 1, 1000000), "<0.01 %");
	assert_string_equal(print_share(out, 0, 7), "0.00 %");
	assert_string_equal(print_share(out, 0, 0), "-");
	assert_string_equal(print_leap(0), "normal");
	assert_string_equal(print_leap(3), "not synchronised");
	assert_string_equal(print_leap(4), "?");
}

static void test_moments(void **state)
{
	char out[PRINT_VALUE_MAX];

	(void)state;
	assert_string_equal(print_utc(out, 1700700245.9), "2023-11-23 00:44:05 UTC");
	assert_string_equal(print_asctime(out, 1700700245.9), "Thu Nov 23 00:44:05 2023");
	/* NTP's second era. */
	assert_string_equal(print_utc(out, 2085978496), "2036-02-07 06:28:16 UTC");
	assert_string_equal(print_utc(out, 0), "never");
	assert_string_equal(print_utc(out, NAN), "never");
	assert_string_equal(print_utc(out, 1e300), "never");
}

static void test_refid(void **state)
{
	static const struct {
		uint8_t octets[4];
		unsigned stratum;
		const char *text;
	} cases[] = {{{'G', 'P', 'S', 0}, 1, ".GPS."}, {{'R', 'A', 'T', 'E'}, 0, ".RATE."},
		{{192, 0, 2, 1}, 2, "192.0.2.1"}, {{'G', 'P', 'S', 0}, 2, "71.80.83.0"},
		{{127, 127, 1, 1}, 1, "127.127.1.1"}, {{'a', 0, 'b', 0}, 1, "97.0.98.0"},
		{{27, '[', '3', '1'}, 1, "27.91.51.49"}, {{0, 0, 0, 0}, 1, ".."}};
	char out[PRINT_VALUE_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(
			print_refid(out, cases[i].octets, cases[i].stratum), cases[i].text);
}

static void test_safe(void **state)
{
	char out[12];

	(void)state;
	assert_string_equal(print_safe(out, sizeof(out), "a\x1b[31m\n\xc3\x9f"), "a?[31m???");
	assert_string_equal(print_safe(out, sizeof(out), "longer than that"), "longer than");
	assert_string_equal(print_safe(out, 1, "x"), "");
}

/* Rows as NTPsec 1.2.2 prints them. */
static void test_source_table(void **state)
{
	static const struct {
		struct print_source source;
		const char *row;
	} cases[] = {
		{{'*', "10.0.0.1", ".GPS.", 1, 'u', 12, 64, 255, 123e-6, 45.1e-6, 12e-6},
			"*10.0.0.1        .GPS.            1 u   12   64  377   0.1230   0.0451  "
			" 0.0120"},
		{{'x', "2001:db8::1:2:3:4", "192.168.123.234", 2, 'u', 3000, 1024, 127, 0.1234,
			 -0.1, 0.002},
			"x2001:db8::1:2:3 192.168.123.234  2 u  50m 1024  177 123.4000 -100.000  "
			" 2.0000"},
		{{' ', "dead.example", ".INIT.", 16, 'u', NAN, 64, 0, NAN, NAN, NAN},
			" dead.example    .INIT.          16 u    -   64    0   0.0000   0.0000   "
			"0.0000"},
		{{'-', "pool", "2001:db8:1234:5678:9abc", 3, 'p', 61, 64, 1, 2.5, -12.3456789, 1.5},
			"-pool            -1234:5678:9abc  3 p   61   64    1 2500.000 -12345.7 "
			"1500.000"},
	};
	char out[PRINT_SOURCE_MAX];

	(void)state;
	assert_string_equal(print_source_head(out, 0), "     remote           refid      st t when "
						       "poll reach   delay   offset   jitter");
	assert_int_equal(strlen(out), PRINT_LINE_WIDTH);
	assert_int_equal(strlen(print_source_rule(out, 0)), PRINT_LINE_WIDTH);
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_string_equal(print_source_row(out, &cases[i].source, 0, 0), cases[i].row);
		assert_int_equal(strlen(out), PRINT_LINE_WIDTH);
		print_source_row(out, &cases[i].source, PRINT_SLACK_MAX, 0);
		assert_int_equal(strlen(out), PRINT_LINE_WIDTH + PRINT_SLACK_MAX);
	}
}

static void test_source_wide(void **state)
{
	struct print_source source = {
		'+', "ntp1.a-very-long-name.example.org", ".PPS.", 1, 'u', 1, 16, 3, 0, 0, 0};
	char out[PRINT_SOURCE_MAX], name[500];

	(void)state;
	assert_string_equal(print_source_row(out, &source, 0, 1),
		"+ntp1.a-very-long-name.example.org\n"
		"                 .PPS.            1 u    1   16    3   0.0000   0.0000   0.0000");
	source.name = "short";
	assert_null(strchr(print_source_row(out, &source, 0, 1), '\n'));
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	source.name = source.refid = name;
	assert_true(strlen(print_source_row(out, &source, PRINT_SLACK_MAX, 1)) < sizeof(out));
	source.reach = 0xffff; /* only eight bits count */
	assert_non_null(strstr(print_source_row(out, &source, 0, 0), " 377 "));
}

static void check_wrapped(const char *text, int indent, int columns, const char *expected)
{
	char *out = NULL;
	size_t size;
	FILE *stream = open_memstream(&out, &size);

	print_wrapped(stream, text, indent, columns);
	fclose(stream);
	assert_string_equal(out, expected);
	free(out);
}

static void test_wrapped(void **state)
{
	(void)state;
	check_wrapped("", 4, 10, "\n");
	check_wrapped("one two", 2, 9, "one two\n");
	check_wrapped("one two", 2, 8, "one\n  two\n");
	check_wrapped("one two three", 2, 9, "one two\n  three\n");
	check_wrapped("incompressible", 2, 9, "incompressible\n");
	check_wrapped("an incompressible word", 2, 9, "an\n  incompressible\n  word\n");
	check_wrapped("a b", 20, 10, "a\n                    b\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_milliseconds),
		cmocka_unit_test(test_interval),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_moments),
		cmocka_unit_test(test_refid),
		cmocka_unit_test(test_safe),
		cmocka_unit_test(test_source_table),
		cmocka_unit_test(test_source_wide),
		cmocka_unit_test(test_wrapped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
