// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/driftfile.c
/*
 * The drift file: our own and chrony's format, ntpd's, what is neither, and that a failed
 * write leaves the old file and nothing else.
 */
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "control/driftfile.h"

static char folder[] = "/tmp/test_driftfile.XXXXXX";
static char path[64];

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/drift", folder);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static void put(const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static int count_files(void)
{
	DIR *dir = opendir(folder);
	int count = 0;

	assert_non_null(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 2;
}

static void assert_drift(double ppm, double sd_ppm)
{
	struct drift drift;

	assert_int_equal(driftfile_read(path, &drift), 0);
	assert_true(fabs(drift.frequency - ppm * 1e-6) < 1e-12);
	assert_true(fabs(drift.frequency_sd - sd_ppm * 1e-6) < 1e-12);
}

static void test_formats(void **state)
{
	(void)state;
	/* chrony: positive gains, so UTC is slower than the counter. */
	put("            13.500000             0.250000\n");
	assert_drift(-13.5, 0.25);
	/* ntpd: what has to be added. */
	put("13.500\n");
	assert_drift(13.5, 5.0);
	put("-0.25");
	assert_drift(-0.25, 5.0);
	put("0 0\n");
	assert_drift(0.0, 0.0);
}

static void test_nonsense(void **state)
{
	const char *bad[] = {"", "\n", "abc", "1 2 3", "nan", "inf 1", "1 nan", "1 -1", "1x",
		"1 2x", "\t\t", "+-3"};
	struct drift drift = {1.0, 2.0};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		put(bad[i]);
		assert_int_equal(driftfile_read(path, &drift), -EBADMSG);
	}
	put("501\n");
	assert_int_equal(driftfile_read(path, &drift), -ERANGE);
	put("-501 1\n");
	assert_int_equal(driftfile_read(path, &drift), -ERANGE);
	put("1 5000\n");
	assert_int_equal(driftfile_read(path, &drift), -ERANGE);
	assert_int_equal(driftfile_read("/nonexistent/drift", &drift), -ENOENT);
	assert_int_equal(driftfile_read("/", &drift), -EISDIR);
	assert_true(drift.frequency == 1.0 && drift.frequency_sd == 2.0);
}

static void test_too_long(void **state)
{
	char text[400];
	struct drift drift;

	(void)state;
	memset(text, ' ', sizeof(text));
	memcpy(text, "1 2", 3);
	text[sizeof(text) - 1] = '\0';
	put(text);
	assert_int_equal(driftfile_read(path, &drift), -EBADMSG);
}

static void test_write(void **state)
{
	struct drift drift = {-27.123456e-6, 0.031e-6}, bad = {NAN, 0.0};
	struct stat info;

	(void)state;
	put("1 2\n");
	assert_int_equal(driftfile_write(path, &drift), 0);
	assert_drift(-27.123456, 0.031);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0644);
	assert_int_equal(count_files(), 1);
	assert_int_equal(driftfile_write(path, &bad), -EINVAL);
	assert_drift(-27.123456, 0.031);
	assert_int_equal(driftfile_write("/nonexistent/drift", &drift), -ENOENT);
	assert_int_equal(driftfile_check("/nonexistent/drift"), -ENOENT);
	assert_int_equal(driftfile_check("/proc/version/drift"), -EACCES);
	assert_int_equal(driftfile_check(path), 0);
}

/* The name is taken by a folder: no new file, and no temporary one left behind. */
static void test_failed_write_leaves_nothing(void **state)
{
	struct drift drift = {1e-6, 1e-6};

	(void)state;
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(driftfile_write(path, &drift), -EISDIR);
	assert_int_equal(count_files(), 1);
	rmdir(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_nonsense),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_failed_write_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
