// SPDX-License-Identifier: GPL-2.0-or-later
/* See engine.h. */
#include "dataplane/dpdk/engine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rte_ethdev.h>
#include <rte_lcore.h>

#include "dataplane/core/ntp_time.h"
#include "dataplane/dpdk/say.h"

#define TURN_NS       100000000 /* of the supervisor */
#define TURNS_SELDOM  10        /* for what costs system calls */
#define TURNS_PATIENT 20        /* for workers to leave a state */

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NTP_TIME_NS_PER_S + (uint64_t)now.tv_nsec;
}

static void sleep_turn(void)
{
	const struct timespec turn = {.tv_nsec = TURN_NS};

	nanosleep(&turn, NULL);
}

static uint64_t missed(const struct dpdk_engine *engine)
{
	struct rte_eth_stats stats;

	if (rte_eth_stats_get(engine->port.id, &stats))
		return 0;
	return stats.imissed + stats.rx_nombuf;
}

/* How many queues: as asked for, else what lcores and port allow. */
static int choose_queues(const struct dpdk_engine *engine, uint16_t port, uint16_t *ret_queues)
{
	unsigned int lcores = rte_lcore_count(), most = port_queues_max(port);
	unsigned int queues = engine->options.queues;

	if (queues > lcores) {
		say("--queues %u: each needs an lcore, and there are %u; give more with -l", queues,
			lcores);
		return -EINVAL;
	}
	if (queues > most) {
		say("--queues %u: the port has %u at most", queues, most);
		return -EINVAL;
	}
	if (queues == 0)
		queues = lcores < most ? lcores : most;
	if (queues > COUNTERS_WORKERS)
		queues = COUNTERS_WORKERS;
	*ret_queues = (uint16_t)queues;
	return 0;
}

static int join_state(struct dpdk_engine *engine)
{
	struct engine_entry self = {
		.pid = (uint32_t)getpid(),
		.kind = ENGINE_DPDK,
		.queues = engine->port.queues,
		.card_stamps = engine->stamps.shared.flag != 0,
	};
	int error;

	memcpy(self.port, engine->port.name, sizeof(self.port));
	memcpy(self.driver, engine->port.driver, sizeof(self.driver));
	memcpy(self.exception, engine->exception.interface, sizeof(self.exception));
	error = engine_table_join(engine->shared.state, &self, monotonic_ns(), &engine->entry);
	if (error == -EEXIST)
		say("another ntpxdp-dpdk serves port %s from the same state", self.port);
	else if (error)
		say("no room in the state for %u queues more: stop another engine", self.queues);
	return error;
}

static int prepare_workers(struct dpdk_engine *engine)
{
	int error = 0;

	for (uint16_t i = 0; i < engine->port.queues && !error; i++) {
		struct worker *worker = &engine->worker[i];

		*worker = (struct worker){
			.state = engine->shared.state,
			.used = engine->shared.state,
			.block = engine->entry->first_block + i,
			.port = engine->port.id,
			.queue = i,
			.host_port = engine->exception.port,
			.stamps = &engine->stamps.shared,
			.stop = engine->stop,
		};
		memcpy(worker->interface.mac, engine->port.mac.addr_bytes, FRAME_MAC_SIZE);
		error = worker_prepare(worker);
	}
	if (error)
		say("no random numbers from the kernel: %s", strerror(-error));
	return error;
}

int engine_open(struct dpdk_engine *engine, const volatile bool *stop)
{
	uint16_t port = 0, queues = 0;
	int error = shared_open(&engine->options, &engine->shared);

	exception_none(&engine->exception);
	engine->stop = stop;
	if (!error)
		error = port_find(&port);
	if (!error)
		error = choose_queues(engine, port, &queues);
	if (!error)
		error = port_open(
			port, queues, engine->shared.state->settings->port, &engine->port);
	if (!error && engine->options.host)
		error = exception_open(&engine->port, &engine->exception);
	if (error)
		return error;
	stamps_open(&engine->stamps, &engine->port);
	engine->missed_before = missed(engine);
	error = join_state(engine);
	return error ? error : prepare_workers(engine);
}

/* What the workers have counted, for whoever looks into the state. */
static void add_up(struct dpdk_engine *engine)
{
	struct worker_counts sum = {0};

	for (uint16_t i = 0; i < engine->port.queues; i++) {
		const struct worker_counts *counts = &engine->worker[i].counts;

		sum.unsent += compiler_load(counts->unsent);
		sum.to_host += compiler_load(counts->to_host);
		sum.to_host_lost += compiler_load(counts->to_host_lost);
		sum.from_host += compiler_load(counts->from_host);
		sum.from_host_lost += compiler_load(counts->from_host_lost);
		sum.ignored += compiler_load(counts->ignored);
		sum.bad_checksum += compiler_load(counts->bad_checksum);
	}
	engine->entry->count.unsent = sum.unsent;
	engine->entry->count.to_host = sum.to_host;
	engine->entry->count.to_host_lost = sum.to_host_lost;
	engine->entry->count.from_host = sum.from_host;
	engine->entry->count.from_host_lost = sum.from_host_lost;
	engine->entry->count.ignored = sum.ignored;
	engine->entry->count.bad_checksum = sum.bad_checksum;
}

static bool all_use(const struct dpdk_engine *engine, const struct state *state)
{
	for (uint16_t i = 0; i < engine->port.queues; i++)
		if (!worker_uses(&engine->worker[i], state))
			return false;
	return true;
}

/* The workers go over one by one; the old state is unmapped when the last has left it. */
static void change_over(struct dpdk_engine *engine)
{
	struct engine_entry *before = engine->entry;
	struct state *old, *fresh;
	ptrdiff_t place = before - engine->shared.state->engines->entry;

	if (shared_reopen(&engine->shared, &old))
		return; /* half made, perhaps: again at the next turn */
	fresh = engine->shared.state;
	engine->entry = &fresh->engines->entry[place];
	if (engine->entry->pid != (uint32_t)getpid() && join_state(engine)) {
		/* The daemon's new table is full: go on counting in what nobody reads any more. */
		engine->entry = before;
		engine->shared.state = old;
		state_close(fresh);
		return;
	}
	for (uint16_t i = 0; i < engine->port.queues; i++) {
		engine->worker[i].block = engine->entry->first_block + i;
		worker_use_state(&engine->worker[i], fresh);
	}
	for (int turn = 0; !all_use(engine, fresh) && turn < TURNS_PATIENT && !*engine->stop;
		turn++)
		sleep_turn();
	if (all_use(engine, fresh))
		state_close(old);
	say("the daemon has made %s anew; using that", engine->shared.pindir);
}

void engine_supervise(struct dpdk_engine *engine)
{
	for (unsigned int turn = 1; !*engine->stop; turn++) {
		sleep_turn();
		add_up(engine);
		stamps_relate(&engine->stamps);
		if (turn % TURNS_SELDOM == 0) {
			engine->entry->count.missed = missed(engine) - engine->missed_before;
			if (shared_replaced(&engine->shared))
				change_over(engine);
		}
		compiler_store_release(engine->entry->heartbeat_ns, monotonic_ns());
	}
}

void engine_close(struct dpdk_engine *engine)
{
	if (engine->entry != NULL) {
		add_up(engine);
		engine->entry->count.missed = missed(engine) - engine->missed_before;
		engine_table_leave(engine->entry, monotonic_ns());
	}
	exception_close(&engine->exception);
	if (engine->port.pool != NULL)
		port_close(engine->port.id);
	state_close(engine->shared.state);
}
