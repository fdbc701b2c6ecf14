/* SPDX-License-Identifier: GPL-2.0-or-later */
// test-sources: control/privileges.c
/*
 * The daemon's way down from root, each case in a child of its own: the account, the
 * capabilities that are left, the system calls that are denied. Cases that need root skip.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cap-ng.h>
#include <cmocka.h>

#include "control/privileges.h"

/* Runs a case in a child; its exit status. */
static int in_child(int (*run)(void))
{
	int status = 0;
	pid_t child = fork();

	assert_true(child >= 0);
	if (!child)
		_exit(run());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void test_account(void **state)
{
	struct privileges_account account;

	(void)state;
	if (geteuid() != 0) {
		assert_int_equal(privileges_account("nobody", &account), 0);
		assert_false(account.change);
		return;
	}
	assert_int_equal(privileges_account("no-such-account-here", &account), -ENOENT);
	assert_false(account.change);
	assert_int_equal(account.uid, 0);
	assert_int_equal(privileges_account("nobody", &account), 0);
	assert_true(account.change);
	assert_int_not_equal(account.uid, 0);
	assert_int_equal(privileges_account("root", &account), 0);
	assert_false(account.change);
}

static int filtered(void)
{
	struct privileges_need need = {false, false, false};
	struct timespec now = {1, 0};

	if (privileges_filter(&need))
		return 77;
	if (execl("/bin/true", "true", NULL) != -1 || errno != EPERM)
		return 1;
	if (chroot("/") != -1 || errno != EPERM)
		return 2;
	if (clock_settime(CLOCK_REALTIME, &now) != -1 || errno != EPERM)
		return 3;
	if (clock_gettime(CLOCK_REALTIME, &now) || getpid() <= 0)
		return 4;
	return 0;
}

static void test_filter(void **state)
{
	int status = in_child(filtered);

	(void)state;
	if (status == 77)
		skip();
	assert_int_equal(status, 0);
}

static int dropped(void)
{
	struct privileges_need need = {false, true, false};
	struct privileges_account account;

	if (privileges_account("nobody", &account) || privileges_drop(&account, &need))
		return 1;
	if (geteuid() != account.uid || getegid() != account.gid || setuid(0) == 0)
		return 2;
	if (capng_get_caps_process() ||
		!capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_BIND_SERVICE))
		return 3;
	for (unsigned int capability = 0; capability <= (unsigned int)CAP_LAST_CAP; capability++)
		if (capability != CAP_NET_BIND_SERVICE &&
			(capng_have_capability(CAPNG_EFFECTIVE, capability) ||
				capng_have_capability(CAPNG_PERMITTED, capability)))
			return 4;
	return 0;
}

static void test_drop(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(in_child(dropped), 0);
}

/* A folder that is not there is made for the account; one that is there keeps its owner. */
static void test_folder(void **state)
{
	struct privileges_account account;
	char base[] = "/tmp/ntpxdp-test-XXXXXX", path[64];
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(base));
	snprintf(path, sizeof(path), "%s/a/b", base);
	privileges_account("nobody", &account);
	assert_int_equal(privileges_folder(path, &account), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_uid, account.uid);
	assert_int_equal(privileges_folder(base, &account), 0);
	assert_int_equal(stat(base, &st), 0);
	assert_int_equal(st.st_uid, geteuid());
	rmdir(path);
	*strrchr(path, '/') = '\0';
	rmdir(path);
	rmdir(base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_account),
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_drop),
		cmocka_unit_test(test_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
