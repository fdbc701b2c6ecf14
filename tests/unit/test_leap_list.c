/* SPDX-License-Identifier: GPL-2.0-or-later */
// test-sources: control/leap_list.c control/leap.c
/*
 * The list of leap seconds: the next one after a moment, inserted and deleted, expiry, and
 * files that are no such list.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "control/leap_list.h"

/* 2016-12-31 23:59:60 ended at this Unix second; in NTP seconds 3692217600. */
#define MOMENT     INT64_C(1483228800)
#define NTP_UNIX_S INT64_C(2208988800)

static const char list_2016[] = "#\tcomment\n#$\t 3676924800\n#@\t3707596800\n\n"
				"3550089600\t35\t# 1 Jul 2012\n3644697600\t36\t# 1 Jul 2015\n"
				"3692217600\t37\t# 1 Jan 2017\n#h\t1 2 3 4 5\n";

static int read_text(const char *text, int64_t utc_s, struct leap_list *ret_list)
{
	char path[] = "/tmp/ntpxdp-test-XXXXXX";
	int err, fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	err = leap_list_read(path, utc_s, ret_list);
	unlink(path);
	return err;
}

static void test_next(void **state)
{
	struct leap_list list;

	(void)state;
	assert_int_equal(read_text(list_2016, MOMENT - 86400, &list), 0);
	assert_int_equal(list.at_utc_s, MOMENT);
	assert_int_equal(list.sign, 1);
	assert_int_equal(list.expires_utc_s, INT64_C(3707596800) - NTP_UNIX_S);
	assert_int_equal(list.tai_s, 36);
	assert_int_equal(read_text(list_2016, MOMENT, &list), 0);
	assert_int_equal(list.tai_s, 37);
	assert_int_equal(list.at_utc_s, 0);
	assert_int_equal(read_text(list_2016, INT64_C(3600000000) - NTP_UNIX_S, &list), 0);
	assert_int_equal(list.at_utc_s, INT64_C(3644697600) - NTP_UNIX_S);
}

/* A deleted second is the last one of the day. */
static void test_deleted(void **state)
{
	struct leap_list list;

	(void)state;
	assert_int_equal(
		read_text("#@ 3707596800\n3644697600 36\n3692217600 35\n", MOMENT - 5, &list), 0);
	assert_int_equal(list.sign, -1);
	assert_int_equal(list.at_utc_s, MOMENT - 1);
}

static void test_refused(void **state)
{
	struct leap_list list = {7, 1, 9, 11};

	(void)state;
	assert_int_equal(read_text("", 0, &list), -EBADMSG);
	assert_int_equal(read_text("# nothing\n", 0, &list), -EBADMSG);
	assert_int_equal(read_text("hello\n", 0, &list), -EBADMSG);
	assert_int_equal(read_text("3692217600\n", 0, &list), -EBADMSG);
	assert_int_equal(read_text("12 37\n", 0, &list), -EBADMSG);
	assert_int_equal(read_text("3692217600 -3\n", 0, &list), -EBADMSG);
	/* An hour after the end of a December, and the end of a November. */
	assert_int_equal(read_text("3644697600 36\n3692221200 37\n", 0, &list), -EBADMSG);
	assert_int_equal(read_text("3644697600 36\n3689539200 37\n", 0, &list), -EBADMSG);
	assert_int_equal(leap_list_read("/nonexistent/list", 0, &list), -ENOENT);
	assert_int_equal(list.at_utc_s, 7);
}

/* Before it expires it goes before the sources, after that they count; both are said. */
static void test_expiry(void **state)
{
	const int64_t end = INT64_C(3707596800) - NTP_UNIX_S, day = 86400;
	struct leap_list list;

	(void)state;
	assert_int_equal(read_text(list_2016, MOMENT - day, &list), 0);
	assert_int_equal(leap_list_life(&list, end - 31 * day), LEAP_LIST_GOOD);
	assert_int_equal(leap_list_life(&list, end - 29 * day), LEAP_LIST_ENDING);
	assert_int_equal(leap_list_life(&list, end - 1), LEAP_LIST_ENDING);
	assert_int_equal(leap_list_life(&list, end), LEAP_LIST_EXPIRED);
	assert_true(leap_list_rules(&list, end - 31 * day) && leap_list_rules(&list, end - 1));
	assert_false(leap_list_rules(&list, end));
	assert_string_equal(leap_list_life_text(LEAP_LIST_EXPIRED),
		"has expired, so the sources are listened to");
	/* Without a date it is not believed, and none at all says nothing. */
	assert_int_equal(read_text("3644697600 36\n3692217600 37\n", MOMENT - day, &list), 0);
	assert_int_equal(leap_list_life(&list, MOMENT - day), LEAP_LIST_UNDATED);
	assert_false(leap_list_rules(&list, MOMENT - day));
	list = (struct leap_list){0};
	assert_false(leap_list_rules(&list, MOMENT - day));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_next),
		cmocka_unit_test(test_deleted),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_expiry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
