// SPDX-License-Identifier: GPL-2.0-or-later
#include "dataplane/socket/workers.h"

#include "dataplane/socket/stamp.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct worker {
	struct workers *workers;
	struct engine *engine;
	pthread_t thread;
};

struct workers {
	/* Read by a worker while it answers; written by who holds them. Writers go first: under a
	 * flood a worker comes back for it at once. */
	pthread_rwlock_t still;
	int stop; /* eventfd, readable to the end */
	uint64_t busy_poll_ns;
	unsigned count, running;
	struct worker worker[WORKERS_MAX];
};

static int make_lock(pthread_rwlock_t *lock)
{
	pthread_rwlockattr_t attributes;
	int err = pthread_rwlockattr_init(&attributes);

	if (err)
		return err;
	err = pthread_rwlockattr_setkind_np(
		&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	if (!err)
		err = pthread_rwlock_init(lock, &attributes);
	pthread_rwlockattr_destroy(&attributes);
	return err;
}

struct workers *workers_new(
	const struct socket_shared *shared, struct counters_block *counters, unsigned count)
{
	struct workers *workers = calloc(1, sizeof(*workers));

	if (!workers)
		return NULL;
	workers->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	errno = workers->stop < 0 ? errno : make_lock(&workers->still);
	if (errno) {
		if (workers->stop >= 0)
			close(workers->stop);
		free(workers);
		return NULL;
	}
	while (workers->count < count && workers->count < WORKERS_MAX) {
		struct worker *worker = &workers->worker[workers->count];

		worker->workers = workers;
		worker->engine = engine_new(shared, &counters[workers->count]);
		if (!worker->engine) {
			workers_free(workers);
			errno = ENOMEM;
			return NULL;
		}
		workers->count++;
	}
	return workers;
}

void workers_free(struct workers *workers)
{
	if (!workers)
		return;
	workers_stop(workers);
	for (unsigned i = 0; i < workers->count; i++)
		engine_free(workers->worker[i].engine);
	close(workers->stop);
	pthread_rwlock_destroy(&workers->still);
	free(workers);
}

int workers_bind(struct workers *workers, int family, struct engine *loopback)
{
	int err = engine_bind(workers->worker[0].engine, family, ENGINE_ALONE);

	/* A bound socket may be shared from then on: nobody gets in between. */
	if (!err)
		err = engine_share_port(workers->worker[0].engine, family);
	for (unsigned i = 1; i < workers->count && !err; i++)
		err = engine_bind(workers->worker[i].engine, family, ENGINE_SHARED);
	if (!err)
		err = engine_bind(loopback, family, ENGINE_LOOPBACK);
	if (err) {
		for (unsigned i = 0; i < workers->count; i++)
			engine_unbind(workers->worker[i].engine, family);
		engine_unbind(loopback, family);
	}
	return err;
}

/* Waits for something to do: looking on for a while after there was something, then asleep. */
static int wait_for_work(const struct workers *workers, struct pollfd polled[3], uint64_t last_ns)
{
	uint64_t busy_poll_ns = compiler_load(workers->busy_poll_ns);
	int ready = 0;

	while (!ready && busy_poll_ns && stamp_monotonic_ns() - last_ns < busy_poll_ns)
		ready = poll(polled, 3, 0);
	return ready ? ready : poll(polled, 3, -1);
}

static void *run(void *arg)
{
	static const int families[] = {AF_INET, AF_INET6};
	struct worker *worker = arg;
	uint64_t last_ns = 0;
	struct pollfd polled[] = {
		{engine_fd(worker->engine, AF_INET), POLLIN, 0},
		{engine_fd(worker->engine, AF_INET6), POLLIN, 0},
		{worker->workers->stop, POLLIN, 0},
	};

	while (!polled[2].revents) {
		if (wait_for_work(worker->workers, polled, last_ns) < 0)
			continue;
		pthread_rwlock_rdlock(&worker->workers->still);
		for (int i = 0; i < 2; i++)
			if (polled[i].revents)
				engine_handle(worker->engine, families[i]);
		pthread_rwlock_unlock(&worker->workers->still);
		last_ns = stamp_monotonic_ns();
	}
	return NULL;
}

int workers_start(struct workers *workers)
{
	sigset_t all, before;
	int err = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before); /* inherited: signals are the owner's */
	while (workers->running < workers->count && !err) {
		struct worker *worker = &workers->worker[workers->running];

		err = pthread_create(&worker->thread, NULL, run, worker);
		if (!err)
			workers->running++;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (err)
		workers_stop(workers);
	return -err;
}

void workers_stop(struct workers *workers)
{
	eventfd_t value;

	eventfd_write(workers->stop, 1);
	while (workers->running)
		pthread_join(workers->worker[--workers->running].thread, NULL);
	eventfd_read(workers->stop, &value);
}

void workers_busy_poll(struct workers *workers, uint64_t busy_poll_ns)
{
	compiler_store(workers->busy_poll_ns, busy_poll_ns);
}

void workers_hold(struct workers *workers)
{
	pthread_rwlock_wrlock(&workers->still);
}

void workers_release(struct workers *workers)
{
	pthread_rwlock_unlock(&workers->still);
}

unsigned workers_count(const struct workers *workers)
{
	return workers->count;
}

struct engine_statistics workers_statistics(const struct workers *workers)
{
	struct engine_statistics sum = {0};

	for (unsigned i = 0; i < workers->count; i++)
		engine_statistics_add(&sum, engine_statistics(workers->worker[i].engine));
	return sum;
}
