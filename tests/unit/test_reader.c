// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: dataplane/state/reader.c
/*
 * The public reader: time and error bound of a page in shared memory, every reason why there is
 * no time, and the way to the page over the control socket. The clock is the test's.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "dataplane/core/timepage.h"
#include "dataplane/state/reader.h"

#define BASE_NS   1000000000000ULL
#define UNIX_S    1700000000ULL
#define SECOND_NS 1000000000ULL

struct fixture {
	int fd;
	struct timepage *page;
	struct ntpxdp_reader *reader;
};

/* Good time at BASE_NS: 1700000000.5 s, root delay 2 ms, root dispersion 1 ms, growing by 15 ppm,
 * served for an hour. */
static const struct timepage_sample good = {
	.base_ns = BASE_NS,
	.base_seconds = UNIX_S + NTP_TIME_UNIX_EPOCH_S,
	.base_fraction = 1U << 31,
	.multiplier = NTP_TIME_NOMINAL_MULTIPLIER,
	.shift = NTP_TIME_NOMINAL_SHIFT,
	.flags = TIMEPAGE_SYNCHRONISED,
	.expires_ns = BASE_NS + 3600 * SECOND_NS,
	.root_dispersion_q32 = NTP_TIME_Q32_PER_S / 1000,
	.dispersion_rate_q32 = 64425,
	.root_delay_q16 = 131,
	.stratum = 2,
	.precision = -24,
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	fixture->fd = memfd_create("page", MFD_CLOEXEC);
	if (ftruncate(fixture->fd, sizeof(struct timepage)) != 0)
		return -1;
	fixture->page = mmap(
		NULL, sizeof(struct timepage), PROT_READ | PROT_WRITE, MAP_SHARED, fixture->fd, 0);
	timepage_init(fixture->page);
	*state = fixture;
	return ntpxdp_reader_open_descriptor(fixture->fd, &fixture->reader);
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	ntpxdp_reader_close(fixture->reader);
	munmap(fixture->page, sizeof(struct timepage));
	close(fixture->fd);
	free(fixture);
	return 0;
}

static void test_good_time(void **state)
{
	struct fixture *fixture = *state;
	struct ntpxdp_time now;

	timepage_publish(fixture->page, &good);
	assert_true(ntpxdp_reader_at(fixture->reader, BASE_NS, &now));
	assert_true(now.synchronised);
	assert_string_equal(now.reason, "");
	assert_int_equal(now.unix_ns, (int64_t)UNIX_S * 1000000000 + 500000000);
	assert_int_equal(now.stratum, 2);
	assert_int_equal(now.leap, 0);
	/* Half of 131 / 65536 s and 1 ms, both rounded up by 1 / 65536 s at most. */
	assert_in_range(now.error_ns, 1999451, 1999451 + 2 * 15259);
	assert_true(ntpxdp_reader_at(fixture->reader, BASE_NS + 100 * SECOND_NS, &now));
	assert_in_range(now.unix_ns, (int64_t)(UNIX_S + 100) * 1000000000 + 500000000 - 60,
		(int64_t)(UNIX_S + 100) * 1000000000 + 500000000 + 60);
	assert_in_range(now.error_ns, 1999451 + 1500000, 1999451 + 1500000 + 3 * 15259);
	assert_int_equal(now.age_ns, 100 * SECOND_NS);
}

static void test_era(void **state)
{
	struct fixture *fixture = *state;
	struct timepage_sample sample = good;
	struct ntpxdp_time now;

	/* 2036-02-07 06:28:16 UTC, the first second of era 1. */
	sample.base_seconds = (1ULL << 32) - 1;
	timepage_publish(fixture->page, &sample);
	assert_true(ntpxdp_reader_at(fixture->reader, BASE_NS + SECOND_NS, &now));
	assert_in_range(now.unix_ns / 1000, 2085978496499999LL, 2085978496500001LL);
}

static void expect_no_time(struct fixture *fixture, uint64_t now_ns, const char *reason)
{
	struct ntpxdp_time now;

	assert_false(ntpxdp_reader_at(fixture->reader, now_ns, &now));
	assert_false(now.synchronised);
	assert_string_equal(now.reason, reason);
	assert_true(now.error_ns == UINT64_MAX);
	assert_int_equal(now.stratum, 16);
	assert_int_equal(now.leap, 3);
}

static void test_no_time(void **state)
{
	struct fixture *fixture = *state;
	struct timepage_sample sample = good;
	struct ntpxdp_time now;

	expect_no_time(fixture, BASE_NS, "never written");
	assert_false(ntpxdp_reader_at(fixture->reader, BASE_NS, &now));
	assert_int_equal(now.unix_ns, 0);
	timepage_publish(fixture->page, &good);
	assert_true(ntpxdp_reader_at(fixture->reader, good.expires_ns - 1, &now));
	expect_no_time(fixture, good.expires_ns, "sample expired");
	/* Of another boot: the base is in the future. */
	expect_no_time(fixture, 5 * SECOND_NS, "sample expired");
	sample.flags = 0;
	timepage_publish(fixture->page, &sample);
	expect_no_time(fixture, BASE_NS, "not synchronised");
	assert_false(ntpxdp_reader_at(fixture->reader, BASE_NS, &now));
	assert_int_equal(now.unix_ns, (int64_t)UNIX_S * 1000000000 + 500000000);
	timepage_publish(fixture->page, &good);
	fixture->page->generation++;
	expect_no_time(fixture, BASE_NS, "changed while it was read");
	fixture->page->layout++;
	expect_no_time(fixture, BASE_NS, "another layout");
	fixture->page->layout--;
}

static void test_leap(void **state)
{
	struct fixture *fixture = *state;
	struct timepage_sample sample = good;
	struct ntpxdp_time before, after;

	sample.leap = 1;
	sample.leap_at_ns = BASE_NS + 10 * SECOND_NS;
	sample.leap_sign = 1;
	timepage_publish(fixture->page, &sample);
	assert_true(ntpxdp_reader_at(fixture->reader, BASE_NS, &before));
	assert_int_equal(before.leap, 1);
	assert_true(ntpxdp_reader_at(fixture->reader, BASE_NS + 10 * SECOND_NS, &after));
	assert_int_equal(after.leap, 3);
	assert_true(ntpxdp_reader_at(fixture->reader, BASE_NS + 20 * SECOND_NS, &after));
	assert_int_equal(after.leap, 0);
	assert_in_range(after.unix_ns - before.unix_ns, 19 * SECOND_NS - 20, 19 * SECOND_NS + 20);
}

static void test_now(void **state)
{
	struct fixture *fixture = *state;
	struct timepage_sample sample = good;
	struct ntpxdp_time first, second;

	sample.base_ns = 0;
	sample.expires_ns = UINT64_MAX;
	timepage_publish(fixture->page, &sample);
	assert_true(ntpxdp_reader_now(fixture->reader, &first));
	assert_true(ntpxdp_reader_now(fixture->reader, &second));
	assert_in_range(second.unix_ns - first.unix_ns, 0, SECOND_NS);
}

static void test_bad_descriptors(void **state)
{
	struct fixture *fixture = *state;
	struct ntpxdp_reader *reader = NULL;
	int fd = memfd_create("short", MFD_CLOEXEC);

	assert_int_equal(ntpxdp_reader_open_descriptor(fd, &reader), -EPROTO);
	assert_int_equal(ftruncate(fd, 4096), 0);
	assert_int_equal(ntpxdp_reader_open_descriptor(fd, &reader), -EPROTO);
	close(fd);
	assert_int_equal(ntpxdp_reader_open_descriptor(fd, &reader), -EBADF);
	fixture->page->size++;
	assert_int_equal(ntpxdp_reader_open_descriptor(fixture->fd, &reader), -EPROTO);
	assert_null(reader);
	ntpxdp_reader_close(NULL);
}

/* A control server for one client. */
struct server {
	char folder[64], path[100];
	int listener, pass_fd;
	const char *answer;
	char request[64];
};

static void *serve(void *arg)
{
	struct server *server = arg;
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec vector = {(void *)server->answer, strlen(server->answer)};
	struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
	int fd = accept(server->listener, NULL, NULL);

	if (server->pass_fd >= 0) {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &server->pass_fd, sizeof(int));
	}
	(void)!recv(fd, server->request, sizeof(server->request) - 1, 0);
	if (server->answer[0] != '\0')
		(void)!sendmsg(fd, &message, MSG_NOSIGNAL);
	close(fd);
	return NULL;
}

static int open_from(const char *answer, int pass_fd, struct ntpxdp_reader **ret_reader)
{
	struct server server = {.answer = answer, .pass_fd = pass_fd};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	pthread_t thread;
	int error;

	snprintf(server.folder, sizeof(server.folder), "%s", "/tmp/test-reader-XXXXXX");
	assert_non_null(mkdtemp(server.folder));
	snprintf(server.path, sizeof(server.path), "%s/control", server.folder);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", server.path);
	server.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(server.listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(server.listener, 1), 0);
	assert_int_equal(pthread_create(&thread, NULL, serve, &server), 0);
	error = ntpxdp_reader_open(server.path, ret_reader);
	pthread_join(thread, NULL);
	assert_string_equal(server.request, "{\"command\":\"page\"}\n");
	close(server.listener);
	assert_int_equal(ntpxdp_reader_open(server.path, ret_reader), -ECONNREFUSED);
	unlink(server.path);
	rmdir(server.folder);
	return error;
}

static void test_control_socket(void **state)
{
	struct fixture *fixture = *state;
	struct ntpxdp_reader *reader;
	struct ntpxdp_time now;
	char name[200];

	timepage_publish(fixture->page, &good);
	assert_int_equal(open_from("{\"layout\":1,\"size\":320}\n", fixture->fd, &reader), 0);
	assert_true(ntpxdp_reader_at(reader, BASE_NS, &now));
	ntpxdp_reader_close(reader);
	assert_int_equal(open_from("{\"error\":\"no data plane\"}\n", -1, &reader), -EOPNOTSUPP);
	assert_int_equal(open_from("220 mail.example\r\n", -1, &reader), -EBADMSG);
	assert_int_equal(open_from("", -1, &reader), -ECONNRESET);
	assert_int_equal(ntpxdp_reader_open("/tmp/there/is/nothing", &reader), -ENOENT);
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(ntpxdp_reader_open(name, &reader), -ENAMETOOLONG);
}

int main(void)
{
#define WITH_PAGE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		WITH_PAGE(test_good_time),
		WITH_PAGE(test_era),
		WITH_PAGE(test_no_time),
		WITH_PAGE(test_leap),
		WITH_PAGE(test_now),
		WITH_PAGE(test_bad_descriptors),
		WITH_PAGE(test_control_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
