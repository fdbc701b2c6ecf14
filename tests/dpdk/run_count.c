// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Nothing is lost uncounted: 24 million frames of all kinds through two workers of one port, on
 * rings that are often full. Replies and frames for the host are counted where they come out, and
 * with what the workers counted they add up to what went in, exactly; so does the memory. And the
 * limit is one limit, however its queues share a client. Prints TAP; needs no root. The seed of
 * the dice may be given.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include "dataplane/dpdk/worker.h"
#include "dataplane/state/client_table.h"
#include "tests/dpdk/bench_port.h"
#include "tests/dpdk/hook.h"
#include "tests/vectors/vector.h"

#define FRAMES  24000000
#define WORKERS 2
#define KINDS   64

static struct vector *kinds[KINDS];
static unsigned int kinds_count, reported, failed;
static struct state *state;
static struct worker_stamps stamps;
static struct rte_mempool *pool;
static struct bench_port port, host;
static const volatile bool stop;
static struct worker workers[WORKERS];
static uint32_t random_state;

struct tally {
	uint64_t sent, replies, passed;
};

static uint32_t throw_dice(void)
{
	random_state = random_state * 1664525 + 1013904223;
	return random_state >> 8;
}

static void check(bool good, const char *name)
{
	printf("%s %u - %s\n", good ? "ok" : "not ok", ++reported, name);
	failed += !good;
}

/* One vector of each verdict and family that needs no state of its own. */
static void choose_kinds(struct vector *vectors, size_t count)
{
	bool seen[VERDICT_COUNT][2] = {{false}};

	for (size_t i = 0; i < count && kinds_count < KINDS; i++) {
		struct vector *vector = &vectors[i];

		if (vector->features || vector->port != 123 ||
			seen[vector->verdict][vector->ipv6] ||
			(vector->verdict >= VERDICT_PASS_PAGE_UNWRITTEN &&
				vector->verdict <= VERDICT_PASS_NO_ROUTE))
			continue;
		seen[vector->verdict][vector->ipv6] = true;
		kinds[kinds_count++] = vector;
	}
}

static uint64_t drain(struct rte_ring *ring, unsigned int most)
{
	uint64_t count = 0;
	void *frame;

	while (count < most && rte_ring_dequeue(ring, &frame) == 0) {
		rte_pktmbuf_free(frame);
		count++;
	}
	return count;
}

/* Half of them are a plain request of one of a thousand clients, the others anything. */
static void send_burst(struct tally *tally, int queue)
{
	unsigned int count = 1 + throw_dice() % WORKER_BURST;

	for (unsigned int i = 0; i < count && tally->sent < FRAMES; i++) {
		struct vector *kind = kinds[throw_dice() & 1 ? 0 : throw_dice() % kinds_count];
		struct rte_mbuf *mbuf = bench_frame(pool, kind->in, kind->in_length);

		if (kind == kinds[0])
			rte_pktmbuf_mtod(mbuf, uint8_t *)[28] = (uint8_t)throw_dice();
		if (rte_ring_enqueue(port.in[queue], mbuf) != 0) {
			rte_pktmbuf_free(mbuf);
			return;
		}
		tally->sent++;
	}
}

static struct tally run_all(void)
{
	struct tally tally = {0};
	bool rest = false;

	while (!rest || tally.sent < FRAMES) {
		int queue = (int)(throw_dice() % WORKERS);

		send_burst(&tally, queue);
		hook.now_ns += throw_dice() % 2000000;
		hook.random = throw_dice() * 2654435761u;
		worker_turn(&workers[queue]);
		/* Whoever takes replies and frames for the host is slow, so that rings fill. */
		if (throw_dice() % 64 == 0)
			tally.replies += drain(port.out[queue], 400);
		if (throw_dice() % 16 == 0)
			tally.passed += drain(host.out[queue], 100);
		rest = rte_ring_empty(port.in[0]) && rte_ring_empty(port.in[1]);
	}
	for (int i = 0; i < WORKERS; i++) {
		tally.replies += drain(port.out[i], UINT32_MAX);
		tally.passed += drain(host.out[i], UINT32_MAX);
	}
	return tally;
}

static uint64_t verdicts(const struct counters_block *sum, enum verdict_action action)
{
	uint64_t count = 0;

	for (int i = 0; i < VERDICT_COUNT; i++)
		if (verdict_action((enum verdict)i) == action)
			count += sum->verdict[i];
	return count;
}

static void set_up_worker(uint16_t queue)
{
	static const uint8_t mac[FRAME_MAC_SIZE] = {VECTOR_MAC};

	workers[queue] = (struct worker){.state = state,
		.block = queue,
		.port = port.id,
		.queue = queue,
		.host_port = host.id,
		.stamps = &stamps,
		.stop = &stop};
	memcpy(workers[queue].interface.mac, mac, sizeof(mac));
}

static void test_count(void)
{
	unsigned int left = rte_mempool_avail_count(pool);
	struct worker_counts lost = {0};
	struct counters_block sum;
	struct tally tally;
	uint64_t served, passed, dropped;

	tally = run_all();
	state_count(state->counters->dpdk, COUNTERS_WORKERS, &sum);
	for (int i = 0; i < WORKERS; i++) {
		lost.unsent += workers[i].counts.unsent;
		lost.to_host += workers[i].counts.to_host;
		lost.to_host_lost += workers[i].counts.to_host_lost;
	}
	served = verdicts(&sum, VERDICT_ACTION_SERVED);
	passed = verdicts(&sum, VERDICT_ACTION_PASS);
	dropped = verdicts(&sum, VERDICT_ACTION_DROP);
	printf("#! sent %llu = replies %llu + unsent %llu + host %llu + lost for it %llu + dropped "
	       "%llu\n",
		(unsigned long long)tally.sent, (unsigned long long)tally.replies,
		(unsigned long long)lost.unsent, (unsigned long long)tally.passed,
		(unsigned long long)lost.to_host_lost, (unsigned long long)dropped);
	check(tally.sent == FRAMES, "24 million frames went in");
	check(tally.sent ==
			tally.replies + lost.unsent + tally.passed + lost.to_host_lost + dropped,
		"replies, frames for the host, counted drops and counted losses are what went in");
	check(served == tally.replies + lost.unsent, "every reply is counted, sent or not");
	check(passed == tally.passed + lost.to_host_lost && lost.to_host == tally.passed,
		"every frame for the host is counted");
	check(lost.unsent > 0 && lost.to_host_lost > 0 && dropped > 0 &&
			sum.verdict[VERDICT_DROP_LIMITED] > 0,
		"and all of these happened");
	check(rte_mempool_avail_count(pool) == left, "all memory was given back");
}

/* So many requests of one client over both queues in one moment: its burst is answered, once. */
static void test_one_limit(struct vector *request)
{
	unsigned int replies = 0;

	memset(state->clients, 0, sizeof(struct client_set) * state->client_sets);
	hook.random = 0x55555555; /* no leak */
	for (int i = 0; i < 40; i++) {
		rte_ring_enqueue(
			port.in[i % WORKERS], bench_frame(pool, request->in, request->in_length));
		worker_turn(&workers[i % WORKERS]);
		replies += (unsigned int)drain(port.out[i % WORKERS], UINT32_MAX);
	}
	if (replies != VECTOR_BURST)
		printf("# %u replies\n", replies);
	check(replies == VECTOR_BURST, "one client over two queues has one burst");
}

int main(int argc, char **argv)
{
	struct vector *vectors;
	size_t count = vectors_build(&vectors);

	random_state = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : (uint32_t)time(NULL);
	printf("# seed %u\n", random_state);
	choose_kinds(vectors, count);
	bench_eal(argv[0], 64, NULL);
	pool = bench_pool("frames", 8191);
	port = bench_port_open("count", WORKERS, 512, pool);
	host = bench_port_open("host", WORKERS, 128, pool);
	state = state_new_private();
	if (state == NULL || state_set_clients(state, VECTOR_SETS_LOG2) != 0 || kinds_count < 20)
		abort();
	vector_addresses(state->addresses);
	vector_settings(kinds[0], state->settings);
	vector_limit(kinds[0], &state->settings->limit);
	state->settings->features = FEATURE_CLIENTS;
	state->settings->access_default = ACCESS_LIMITED;
	*state->page = kinds[0]->page;
	hook.now_ns = kinds[0]->now_ns;
	for (uint16_t i = 0; i < WORKERS; i++)
		set_up_worker(i);
	test_count();
	test_one_limit(kinds[0]);
	printf("1..%u\n", reported);
	free(vectors);
	state_close(state);
	bench_end();
	return failed ? 1 : 0;
}
