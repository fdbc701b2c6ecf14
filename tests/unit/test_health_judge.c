// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/cli/health_judge.c control/cli/answer.c control/print.c
// test-sources: control/control_protocol.c
/*
 * The thresholds of `ntpxdp health`: each at its edge, several at once, answers of a daemon and of
 * pins alone, and what is said of them.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "control/cli/health_judge.h"

#define GOOD                                                                                       \
	"{\"synchronised\":true,\"reason\":\"\",\"page_state\":\"valid\",\"error_bound_s\":0.01,"  \
	"\"sources_selectable\":3,\"sources_age_s\":[0.5,2.0,70.0]}"
#define PINS                                                                                       \
	"{\"synchronised\":true,\"reason\":\"\",\"page_state\":\"valid\",\"error_bound_s\":0.01}"

static struct health_verdict verdict;

/* The checks that fail, by name; " " between them. */
static const char *judged(const struct options *options, const char *text)
{
	static char names[100];
	struct json_object *answer = json_tokener_parse(text);

	assert_non_null(answer);
	health_judge(options, answer, &verdict);
	json_object_put(answer);
	names[0] = '\0';
	for (int i = 0; i < HEALTH_COUNT; i++) {
		if (!verdict.failed[i])
			continue;
		strcat(names, names[0] ? " " : "");
		strcat(names, health_check_name((enum health_check)i));
	}
	assert_int_equal(names[0] == '\0', verdict.reason[0] == '\0');
	return names;
}

static void test_none(void **state)
{
	const struct options options = {.json = false};

	(void)state;
	assert_string_equal(judged(&options, GOOD), "");
	assert_string_equal(judged(&options, PINS), "");
	assert_string_equal(judged(&options, "{}"), "time");
}

static void test_time(void **state)
{
	const struct options all = {.max_error_s = 1e-6, .min_sources = 9, .max_age_s = 0.001};

	(void)state;
	assert_string_equal(
		judged(&all, "{\"synchronised\":false,\"reason\":\"no source yet\"}"), "time");
	assert_string_equal(verdict.reason, "not synchronised: no source yet");
	assert_string_equal(
		judged(&all, "{\"synchronised\":true,\"page_state\":\"expired\"}"), "time");
	assert_string_equal(verdict.reason, "the time page is expired");
}

static void test_edges(void **state)
{
	struct options options = {.max_error_s = 0.0101};

	(void)state;
	assert_string_equal(judged(&options, GOOD), "");
	options.max_error_s = 0.01;
	assert_string_equal(judged(&options, GOOD), "max-error");
	assert_string_equal(
		verdict.reason, "the error bound is 10 ms, not below 10 ms (--max-error)");
	options = (struct options){.min_sources = 3};
	assert_string_equal(judged(&options, GOOD), "");
	options.min_sources = 4;
	assert_string_equal(judged(&options, GOOD), "min-sources");
	assert_string_equal(verdict.reason, "3 sources agree, fewer than 4 (--min-sources)");
}

static void test_age(void **state)
{
	struct options options = {.max_age_s = 0.5};

	(void)state;
	assert_string_equal(judged(&options, GOOD), "");
	options.max_age_s = 0.4;
	assert_string_equal(judged(&options, GOOD), "max-age");
	options = (struct options){.max_age_s = 2, .min_sources = 2};
	assert_string_equal(judged(&options, GOOD), "");
	options.min_sources = 3;
	assert_string_equal(judged(&options, GOOD), "max-age");
	assert_string_equal(verdict.reason,
		"2 agreeing sources have answered within 2 s, fewer than 3 (--max-age)");
	options.max_age_s = 70;
	assert_string_equal(judged(&options, GOOD), "");
}

/* What nobody tells is not good. */
static void test_unknown(void **state)
{
	const struct options options = {.min_sources = 1, .max_age_s = 10, .max_error_s = 1};

	(void)state;
	assert_string_equal(judged(&options, PINS), "min-sources max-age");
	assert_string_equal(
		judged(&options, "{\"synchronised\":true}"), "max-error min-sources max-age");
}

static void test_all(void **state)
{
	const struct options options = {.min_sources = 4, .max_age_s = 1, .max_error_s = 0.001};

	(void)state;
	assert_string_equal(judged(&options, GOOD), "max-error min-sources max-age");
	assert_string_equal(verdict.reason,
		"the error bound is 10 ms, not below 1 ms (--max-error); 3 sources agree, fewer "
		"than 4 (--min-sources); 1 agreeing sources have answered within 1 s, fewer than 4 "
		"(--max-age)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_age),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
