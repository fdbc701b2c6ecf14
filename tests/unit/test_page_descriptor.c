// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: dataplane/state/page.c dataplane/state/state.c dataplane/state/pindir.c
// test-sources: dataplane/state/mapping.c
/*
 * The descriptor of the time page that every local program may ask for: it shows what is published,
 * and nobody can write through it, shorten it, or open it anew to do so.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "dataplane/state/state.h"

static int setup(void **state)
{
	*state = state_new_private();
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	state_close(*state);
	return 0;
}

static void test_shows_what_is_published(void **state)
{
	struct timepage_sample sample = {.base_ns = 1, .stratum = 3};
	const struct timepage *page;
	int fd = state_page_descriptor(*state);

	assert_true(fd >= 0);
	page = mmap(NULL, sizeof(*page), PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	assert_true(page != MAP_FAILED);
	assert_null(timepage_current(page));
	state_publish(*state, &sample);
	assert_non_null(timepage_current(page));
	assert_int_equal(timepage_current(page)->stratum, 3);
	munmap((void *)page, sizeof(*page));
}

static void test_cannot_be_written(void **state)
{
	struct timepage_sample sample = {.base_ns = 1};
	char path[64];
	int again, fd = state_page_descriptor(*state);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "x", 1), -1);
	/* What the owner of the daemon's account, or root, can open anew is no way either. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDWR | O_CLOEXEC);
	if (again >= 0) {
		assert_int_equal(pwrite(again, "x", 1, 0), -1);
		assert_int_equal(ftruncate(again, 0), -1);
		assert_int_equal(ftruncate(again, 1 << 20), -1);
		assert_true(mmap(NULL, sizeof(struct timepage), PROT_READ | PROT_WRITE, MAP_SHARED,
				    again, 0) == MAP_FAILED);
		close(again);
	}
	assert_int_equal(truncate(path, 0), -1);
	close(fd);
	state_publish(*state, &sample); /* the memory is there as before */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_shows_what_is_published, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cannot_be_written, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
