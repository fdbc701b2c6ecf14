// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Preloaded under ntpxdpd -n by test_bare.py: looks at the calls that a simulator would have to
 * give an answer to. What such a simulator cannot know (threads, epoll, timers and events with a
 * descriptor, anything in the poll set that is no UDP socket) is written to the file that
 * CALLS_REPORT names, one word a line, the first time; at the end how often poll() and
 * clock_adjtime() were called. clock_adjtime() is answered here: this machine's clock is
 * not touched.
 */
#include <dlfcn.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/timex.h>

#define REPORT_MAX 64

static const char *reported[REPORT_MAX];
static unsigned reports;
static unsigned long polls, adjusts;

static void report(const char *word)
{
	const char *path = getenv("CALLS_REPORT");
	FILE *out;

	for (unsigned i = 0; i < reports; i++)
		if (!strcmp(reported[i], word))
			return;
	if (reports < REPORT_MAX)
		reported[reports++] = word;
	out = path ? fopen(path, "a") : NULL;
	if (!out)
		abort();
	fprintf(out, "%s\n", word);
	fclose(out);
}

/* The library's own function of that name. */
static void *real(const char *name)
{
	void *function = dlsym(RTLD_NEXT, name);

	if (!function)
		abort();
	return function;
}

/* Each is carried out all the same: the report is what counts. */
#define REPORTED(name, ret, parameters, arguments)                                                 \
	ret name parameters                                                                        \
	{                                                                                          \
		ret(*call) parameters = (ret(*) parameters)real(#name);                            \
		report(#name);                                                                     \
		return call arguments;                                                             \
	}

REPORTED(epoll_create, int, (int size), (size))
REPORTED(epoll_create1, int, (int flags), (flags))
REPORTED(timerfd_create, int, (clockid_t clock, int flags), (clock, flags))
REPORTED(eventfd, int, (unsigned int count, int flags), (count, flags))
REPORTED(select, int, (int n, fd_set *r, fd_set *w, fd_set *e, struct timeval *t), (n, r, w, e, t))
REPORTED(ppoll, int,
	(struct pollfd * fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask),
	(fds, count, timeout, mask))
REPORTED(pthread_create, int,
	(pthread_t * thread, const pthread_attr_t *attributes, void *(*run)(void *), void *arg),
	(thread, attributes, run, arg))
REPORTED(adjtimex, int, (struct timex * timex), (timex))

static int option(int fd, int name)
{
	int value = -1;
	socklen_t length = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, name, &value, &length) ? -1 : value;
}

int poll(struct pollfd *fds, nfds_t count, int timeout)
{
	int (*call)(struct pollfd *, nfds_t, int) =
		(int (*)(struct pollfd *, nfds_t, int))real("poll");

	polls++;
	for (nfds_t i = 0; i < count; i++) {
		int family = option(fds[i].fd, SO_DOMAIN);

		if (option(fds[i].fd, SO_TYPE) != SOCK_DGRAM ||
			(family != AF_INET && family != AF_INET6))
			report("polled_no_udp_socket");
	}
	return call(fds, count, timeout);
}

/* A kernel that takes everything, and nobody else steers. */
int clock_adjtime(clockid_t clock, struct timex *timex)
{
	(void)clock;
	adjusts++;
	if (!(timex->modes & ADJ_STATUS))
		timex->status = STA_UNSYNC;
	timex->tick = 10000;
	return TIME_OK;
}

__attribute__((destructor)) static void finish(void)
{
	const char *path = getenv("CALLS_REPORT");
	FILE *out = path ? fopen(path, "a") : NULL;

	if (!out)
		return;
	fprintf(out, "poll=%lu\nclock_adjtime=%lu\n", polls, adjusts);
	fclose(out);
}
