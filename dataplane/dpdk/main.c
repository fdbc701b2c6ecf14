// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ntpxdp-dpdk: the DPDK engine. Its command line, the EAL, signals, and a worker on each lcore.
 */
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_launch.h>
#include <rte_lcore.h>

#include "dataplane/dpdk/engine.h"
#include "dataplane/dpdk/say.h"

static volatile bool stop;
static struct dpdk_engine engine;

static void on_signal(int number)
{
	(void)number;
	stop = true;
}

static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static int work(void *arg)
{
	worker_run(arg);
	return 0;
}

static void *supervise(void *arg)
{
	engine_supervise(arg);
	return NULL;
}

/* One worker on each lcore, the last of them on this one; returns when all have ended. */
static void run_workers(void)
{
	unsigned int lcore;
	uint16_t next = 0;

	RTE_LCORE_FOREACH_WORKER(lcore)
	{
		if (next + 1 < engine.port.queues)
			rte_eal_remote_launch(work, &engine.worker[next++], lcore);
	}
	worker_run(&engine.worker[next]);
	rte_eal_mp_wait_lcore();
}

static int run(void)
{
	pthread_t thread;
	int error = rte_ctrl_thread_create(&thread, "supervise", NULL, supervise, &engine);

	if (error) {
		say("no thread: %s", strerror(-error));
		return error;
	}
	say("serving port %s (%s) with %u %s; what is not answered goes to %s", engine.port.name,
		engine.port.driver, engine.port.queues,
		engine.port.queues == 1 ? "queue" : "queues", engine.exception.interface);
	run_workers();
	pthread_join(thread, NULL);
	say("stopped");
	return 0;
}

/* The EAL makes its folder, and leaves it. Others may use the one above. */
static void remove_folder(void)
{
	char path[PATH_MAX];
	char *slash;

	snprintf(path, sizeof(path), "%s", rte_eal_get_runtime_dir());
	rte_eal_cleanup();
	if (rmdir(path) != 0)
		return;
	slash = strrchr(path, '/');
	if (slash != NULL)
		*slash = '\0';
	(void)rmdir(path);
}

int main(int argc, char **argv)
{
	int taken, error;

	if (options_told(argc, argv))
		return EXIT_SUCCESS;
	taken = rte_eal_init(argc, argv);
	if (taken < 0) {
		say("DPDK does not start: %s; see its messages above, and docs/dpdk.md",
			rte_strerror(rte_errno));
		return EXIT_FAILURE;
	}
	catch_signals();
	error = options_parse(&engine.options, argc - taken, argv + taken);
	if (!error)
		error = engine_open(&engine, &stop);
	if (!error)
		error = run();
	engine_close(&engine);
	remove_folder();
	return error ? EXIT_FAILURE : EXIT_SUCCESS;
}
