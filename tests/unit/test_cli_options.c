// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/cli/options.c
/*
 * The command line of `ntpxdp`: where options may stand, what each type takes, and the words for
 * what is wrong. The table of commands is the test's own.
 */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/cli/options.h"

#define AT(member) offsetof(struct options, member)
#define WORDS_MAX  12

static const struct option_row paint_options[] = {
	{"mode", 'm', OPTION_CHOICE, AT(mode), "auto|native|generic", "how", 0, 0},
	{"shared", 0, OPTION_FLAG, AT(shared), NULL, "a flag", 0, 0},
	{"samples", 'n', OPTION_COUNT, AT(samples), "N", "a number", 1, 100},
	{"wait", 'w', OPTION_SECONDS, AT(wait_s), "T", "a time", 0, 3600},
	{0},
};

static const struct command_row commands[] = {
	{"paint", "WALL", paint_options, NULL, "paint a wall", "At length."},
	{"rest", NULL, NULL, NULL, "do nothing", NULL},
	{0},
};

struct result {
	int error;
	struct options options;
	const struct command_row *command;
	char mistake[OPTIONS_MISTAKE_MAX];
};

/* line: words with one blank between them; "''" is the empty word. */
static struct result parse(const char *line)
{
	static char copy[400], name[] = "ntpxdp", empty[] = "";
	char *argv[WORDS_MAX] = {name};
	struct result result = {.options = {.mode = -1, .samples = 3}};
	int argc = 1;

	snprintf(copy, sizeof(copy), "%s", line);
	for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " "))
		argv[argc++] = strcmp(word, "''") == 0 ? empty : word;
	result.error = options_parse(&(struct command_line){argc, argv, commands}, &result.options,
		&result.command, result.mistake);
	return result;
}

static void test_good(void **state)
{
	struct result r = parse("--socket /s paint --json wall --mode=native -n 7 --wait 250ms");

	(void)state;
	assert_int_equal(r.error, 0);
	assert_string_equal(r.command->name, "paint");
	assert_string_equal(r.options.operand, "wall");
	assert_string_equal(r.options.socket, "/s");
	assert_null(r.options.pindir);
	assert_true(r.options.json);
	assert_false(r.options.shared);
	assert_int_equal(r.options.mode, 1);
	assert_int_equal(r.options.samples, 7);
	assert_true(fabs(r.options.wait_s - 0.25) < 1e-12);

	r = parse("paint -n7 -mgeneric --shared --pindir=/p -f /f -- --wall");
	assert_int_equal(r.error, 0);
	assert_int_equal(r.options.samples, 7);
	assert_int_equal(r.options.mode, 2);
	assert_true(r.options.shared);
	assert_string_equal(r.options.pindir, "/p");
	assert_string_equal(r.options.file, "/f");
	assert_string_equal(r.options.operand, "--wall");

	r = parse("rest");
	assert_int_equal(r.error, 0);
	assert_null(r.options.operand);
	assert_int_equal(r.options.mode, -1);
	assert_int_equal(r.options.samples, 3);
}

static void test_help_needs_no_more(void **state)
{
	struct result r = parse("--help");

	(void)state;
	assert_int_equal(r.error, 0);
	assert_true(r.options.help);
	assert_null(r.command);
	r = parse("paint -h");
	assert_int_equal(r.error, 0);
	assert_string_equal(r.command->name, "paint");
	r = parse("-V");
	assert_int_equal(r.error, 0);
	assert_true(r.options.version);
}

static void test_mistakes(void **state)
{
	static const struct {
		const char *line, *says;
	} cases[] = {
		{"", "no command given"},
		{"dance", "unknown command \"dance\""},
		{"paint", "ntpxdp paint WALL"},
		{"paint ''", "WALL is empty"},
		{"paint a b", "\"a\" and \"b\""},
		{"rest now", "rest takes no argument"},
		{"--mode native paint w", "stand after it"},
		{"rest --mode native", "see ntpxdp rest --help"},
		{"paint w --mod native", "unknown option --mod"},
		{"paint w -x", "unknown option -x"},
		{"paint w --mode", "--mode needs a value: auto|native|generic"},
		{"paint w --mode=fast", "\"fast\" is not one of auto|native|generic"},
		{"paint w --mode=nat", "not one of"},
		{"paint w --mode=auto|native", "not one of"},
		{"paint w --shared=yes", "takes no value"},
		{"paint w -n 0", "not in the range 1 to 100"},
		{"paint w -n 101", "not in the range"},
		{"paint w -n 1x", "no number"},
		{"paint w -n", "needs a value: N"},
		{"paint w --wait 1week", "no time"},
		{"paint w --wait nan", "no time"},
		{"paint w --wait 2h", "not in the range 0 to 3600 s"},
		{"--socket= rest", "--socket: PATH is empty"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct result r = parse(cases[i].line);

		assert_int_equal(r.error, -EINVAL);
		assert_non_null(strstr(r.mistake, cases[i].says));
		assert_null(strchr(r.mistake, '\n'));
	}
}

static void test_seconds(void **state)
{
	static const struct {
		const char *text;
		double seconds;
	} good[] = {{"2", 2}, {"2s", 2}, {"0.5", 0.5}, {"10ms", 0.01}, {"10us", 1e-5},
		{"10ns", 1e-8}, {"2min", 120}, {"1h", 3600}, {"1d", 86400}};
	static const char *const bad[] = {"", "s", "1 s", "1m", "1S", "inf", "nan", "1e999", "--1"};
	double seconds = -7;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(options_seconds(bad[i], &seconds));
	assert_true(seconds < -6);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(options_seconds(good[i].text, &seconds));
		assert_true(fabs(seconds - good[i].seconds) < 1e-12);
	}
	assert_int_equal(options_choice("a|bb|c", "bb"), 1);
	assert_int_equal(options_choice("a|bb|c", "b"), -1);
	assert_int_equal(options_choice("a|bb|c", ""), -1);
}

static void check_width(char *text)
{
	for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
		assert_true(strlen(line) <= 80);
}

static void test_help(void **state)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	options_help(commands, out);
	options_command_help(&commands[0], out);
	options_command_help(&commands[1], out);
	fclose(out);
	assert_non_null(strstr(text, "paint WALL"));
	assert_non_null(strstr(text, "At length."));
	assert_non_null(strstr(text, "--mode auto|native|generic"));
	assert_non_null(strstr(text, "--pindir DIR"));
	check_width(text);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_help_needs_no_more),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_seconds),
		cmocka_unit_test(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
