/* SPDX-License-Identifier: GPL-2.0-or-later */
// test-sources: control/log.c control/log_events.c
/*
 * Log lines: prefixes with and without the journal, levels, cleaning of control characters,
 * the length limit, the rate limit on a made-up clock, and events where they are lines.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "control/log.h"

static char *text;
static size_t size;
static FILE *stream;

static void begin(bool journal)
{
	stream = open_memstream(&text, &size);
	assert_non_null(stream);
	log_open("tester");
	log_redirect(stream, journal);
	log_set_level(LOG_INFO);
}

static void end(const char *expected)
{
	log_redirect(NULL, false);
	fclose(stream);
	assert_string_equal(text, expected);
	free(text);
}

static void test_terminal(void **state)
{
	(void)state;
	begin(false);
	log_line(LOG_INFO, "hello %d", 1);
	log_line(LOG_WARNING, "hm");
	log_line(LOG_ERR, "no");
	log_line(LOG_DEBUG, "unseen");
	end("tester: hello 1\ntester: warning: hm\ntester: error: no\n");
}

static void test_journal(void **state)
{
	(void)state;
	begin(true);
	log_line(LOG_INFO, "hello");
	log_line(LOG_ERR, "no");
	end("<6>hello\n<3>no\n");
}

/* JOURNAL_STREAM counts only where it names standard error itself. */
static void test_journal_stream(void **state)
{
	char value[64];
	struct stat st;
	int saved = dup(STDERR_FILENO), pipes[2];
	char got[32] = "";

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	dup2(pipes[1], STDERR_FILENO);
	assert_int_equal(fstat(STDERR_FILENO, &st), 0);
	snprintf(value, sizeof(value), "%llu:%llu", (unsigned long long)st.st_dev,
		(unsigned long long)st.st_ino);
	setenv("JOURNAL_STREAM", value, 1);
	log_open("tester");
	log_line(LOG_INFO, "a");
	setenv("JOURNAL_STREAM", "1:2", 1);
	log_open("tester");
	log_line(LOG_INFO, "b");
	unsetenv("JOURNAL_STREAM");
	log_open("tester");
	dup2(saved, STDERR_FILENO);
	assert_true(read(pipes[0], got, sizeof(got) - 1) > 0);
	assert_string_equal(got, "<6>a\ntester: b\n");
	close(saved);
	close(pipes[0]);
	close(pipes[1]);
}

static void test_clean(void **state)
{
	(void)state;
	begin(false);
	log_line(LOG_INFO, "a\nb\x1b[1m\t\x7f\n\n");
	end("tester: a?b?[1m??\n");
}

static void test_long(void **state)
{
	static char big[5000];

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	begin(false);
	log_line(LOG_INFO, "%s", big);
	log_redirect(NULL, false);
	fclose(stream);
	assert_true(size <= 1024);
	assert_int_equal(text[size - 1], '\n');
	free(text);
}

static void test_limit(void **state)
{
	struct log_limit limit = {.written = 0};
	unsigned int suppressed = 9, written = 0;

	(void)state;
	for (int i = 0; i < 100; i++)
		written += log_limit_take(&limit, 1000, &suppressed);
	assert_int_equal(written, LOG_LIMIT_BURST);
	assert_int_equal(suppressed, 0);
	assert_false(log_limit_take(&limit, 1000 + LOG_LIMIT_PERIOD_NS - 1, &suppressed));
	assert_true(log_limit_take(&limit, 1000 + LOG_LIMIT_PERIOD_NS, &suppressed));
	assert_int_equal(suppressed, 100 - LOG_LIMIT_BURST + 1);
	assert_true(log_limit_take(&limit, 1000 + LOG_LIMIT_PERIOD_NS, &suppressed));
	assert_int_equal(suppressed, 0);
}

static void library(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void library(int priority, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	log_library("libx", priority, format, list);
	va_end(list);
}

static void test_library(void **state)
{
	(void)state;
	begin(false);
	library(LOG_ERR, "broken %s\n", "thing");
	library(LOG_WARNING, "odd\n");
	library(LOG_INFO, "chatter\n");
	end("tester: warning: libx: broken thing\ntester: libx: odd\n");
}

/* An event that is not for the journal's socket is a line as any other. */
static void test_event(void **state)
{
	(void)state;
	begin(false);
	log_event(LOG_EVENT_STEPPED, LOG_WITH(LOG_NUMBER(OFFSET_NS, -5)), "stepped by %d\n", -5);
	log_event(LOG_EVENT_STARTED, LOG_WITHOUT, "runs");
	end("tester: warning: stepped by -5\ntester: runs\n");
	begin(true);
	log_event(LOG_EVENT_LOST, LOG_WITH(LOG_TEXT(STATE, "waiting")), "lost");
	end("<4>lost\n");
	begin(false);
	log_set_level(LOG_WARNING);
	log_event(LOG_EVENT_STARTED, LOG_WITHOUT, "runs");
	end("");
}

/* Each event by itself has its burst, and then silence. */
static void test_event_limit(void **state)
{
	unsigned int lines = 0;

	(void)state;
	begin(false);
	for (int i = 0; i < 10 * LOG_EVENT_BURST; i++)
		log_event(LOG_EVENT_FALSETICKER, LOG_WITHOUT, "false");
	log_event(LOG_EVENT_FALSETICKER_ENDS, LOG_WITHOUT, "ends");
	log_redirect(NULL, false);
	fclose(stream);
	for (const char *at = text; (at = strstr(at, "false\n")); at++)
		lines++;
	assert_int_equal(lines, LOG_EVENT_BURST);
	assert_non_null(strstr(text, "ends\n"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_terminal),
		cmocka_unit_test(test_journal),
		cmocka_unit_test(test_journal_stream),
		cmocka_unit_test(test_clean),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_library),
		cmocka_unit_test(test_event),
		cmocka_unit_test(test_event_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
