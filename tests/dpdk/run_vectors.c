// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The vectors through the DPDK worker, on a port made of rings, with the test's clock and dice:
 * every frame has to leave to the octet as it does natively, as a reply on the port or as it came
 * to the host, or not at all; and each moves the counters of one frame. Passes: one frame at a
 * time; bursts of 32 alike; bursts that the TSC says were read some time before; and a card that
 * says when the frame came, and one that says what cannot be true. At last, what the
 * worker keeps: it is used until page or address table turn, or the state is another. Prints TAP;
 * needs no root.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>
#include <rte_ring.h>

#include "dataplane/dpdk/worker.h"
#include "dataplane/state/client_table.h"
#include "tests/dpdk/bench_port.h"
#include "tests/dpdk/hook.h"
#include "tests/vectors/build.h"
#include "tests/vectors/vector.h"

#define BLOCK         7
#define CARD_EPOCH_NS 1800000037000000000ULL

struct pass {
	const char *name;
	unsigned int copies; /* in one burst */
	bool waits;          /* the TSC moves between the burst's reading and its frames */
	bool card, lies;     /* the card says when the frame came; or what cannot be true */
};

static struct vector *vectors;
static size_t vectors_count;
static struct state *state;
static struct worker_stamps stamps;
static struct rte_mempool *pool;
static struct bench_port port, host;
static const volatile bool stop;
static struct worker worker = {.block = BLOCK, .stamps = &stamps, .stop = &stop};
static unsigned int reported;

/* What the page has room for: how long before the reply the frame came, or the clock was read. */
static uint64_t waited_ns(const struct vector *vector)
{
	uint32_t a = vector->page.sample[0].answer_cost_ns,
		 b = vector->page.sample[1].answer_cost_ns;

	return a < b ? a : b;
}

/* A card that counts from another epoch, its clock as fast as ours. */
static void meet_card(const struct pass *pass, const struct vector *vector)
{
	struct cardclock_relation relation = {
		.card_ns = CARD_EPOCH_NS, .counter_ns = vector->now_ns};

	stamps.clock = (struct cardclock){0};
	stamps.multiplier_q32 = 1ULL << 32;
	if (pass->card)
		cardclock_publish(&stamps.clock, &relation);
	if (pass->card && !pass->lies)
		hook.now_ns += waited_ns(vector);
}

static void meet(const struct pass *pass, const struct vector *vector)
{
	/* All pages are of one generation. */
	memset(&worker.tmpl, 0, sizeof(worker.tmpl));
	*state->page = vector->page;
	vector_settings(vector, state->settings);
	if (vector->features & FEATURE_ACCESS)
		vector_access(vector, state->access);
	if (vector->features & FEATURE_CLIENTS) {
		vector_limit(vector, &state->settings->limit);
		vector_clients(vector, state->settings, vector->now_ns, state->clients);
	}
	hook = (struct test_hook){.now_ns = vector->now_ns, .random = vector->random};
	if (pass->waits) {
		hook.waited_ns = waited_ns(vector);
		hook.now_ns -= hook.waited_ns;
	}
	meet_card(pass, vector);
	for (int i = 0; i < 2 && pass->card && !pass->lies; i++)
		state->page->sample[i].answer_cost_ns -= (uint32_t)waited_ns(vector);
	worker.clock = (struct engine_clock){.multiplier_q32 = 1ULL << 32, .pair_ns = hook.now_ns};
}

/* The stamps that must not count: none, of the future, of long ago, of another epoch. */
static uint64_t lie(const struct vector *vector)
{
	const uint64_t lies[] = {0, CARD_EPOCH_NS + CARDCLOCK_AHEAD_NS + 10,
		CARD_EPOCH_NS - CARDCLOCK_AGE_NS - 10, UINT64_MAX};

	return lies[(size_t)(vector - vectors) % 4];
}

static void send(const struct pass *pass, const struct vector *vector)
{
	for (unsigned int i = 0; i < pass->copies; i++) {
		struct rte_mbuf *mbuf = bench_frame(pool, vector->in, vector->in_length);

		if (pass->card) {
			mbuf->ol_flags |= stamps.flag;
			*RTE_MBUF_DYNFIELD(mbuf, stamps.offset, rte_mbuf_timestamp_t *) =
				pass->lies ? lie(vector) : CARD_EPOCH_NS;
		}
		if (rte_ring_enqueue(port.in[0], mbuf) != 0)
			abort();
	}
}

/* Takes what came there, expected or not; what is wrong with it, or NULL. */
static const char *receive(
	struct rte_ring *ring, const struct vector *vector, unsigned int expected)
{
	const char *wrong = NULL;
	unsigned int count = 0;
	void *frame;

	while (rte_ring_dequeue(ring, &frame) == 0) {
		struct rte_mbuf *mbuf = frame;
		const uint8_t *octets = rte_pktmbuf_mtod(mbuf, const uint8_t *);

		count++;
		if (wrong == NULL && (mbuf->data_len != vector->out_length ||
					     memcmp(octets, vector->out, mbuf->data_len) != 0)) {
			wrong = "another frame";
			vector_print_difference(vector, octets, mbuf->data_len);
		}
		if (wrong == NULL && mbuf->pkt_len != mbuf->data_len)
			wrong = "its two lengths differ";
		rte_pktmbuf_free(mbuf);
	}
	return count != expected ? "it left by another way, or not at all" : wrong;
}

/* Counters of one frame: every one has moved by a whole number of times. */
static struct counters_block per_frame(const struct counters_block *before, unsigned int copies)
{
	struct counters_block each = *before, *now = &state->counters->dpdk[BLOCK];

	for (int i = 0; i < COUNTERS_VERDICTS; i++)
		if (now->verdict[i] - before->verdict[i] == copies)
			each.verdict[i]++;
		else if (now->verdict[i] != before->verdict[i])
			each.verdict[i] += 1000;
	for (size_t i = 0; i < sizeof(each.request) / sizeof(uint64_t); i++)
		if ((&now->request[0][0][0])[i] - (&before->request[0][0][0])[i] == copies)
			(&each.request[0][0][0])[i]++;
		else if ((&now->request[0][0][0])[i] != (&before->request[0][0][0])[i])
			(&each.request[0][0][0])[i] += 1000;
	return each;
}

static bool vector_holds(const struct pass *pass, const struct vector *vector)
{
	struct counters_block before = state->counters->dpdk[BLOCK], after;
	const char *name = vector_verdict_name(vector->verdict), *wrong;
	unsigned int left = rte_mempool_avail_count(pool), turned;

	meet(pass, vector);
	send(pass, vector);
	turned = worker_turn(&worker);
	wrong = receive(port.out[0], vector, vector_answered(vector) ? pass->copies : 0);
	if (wrong == NULL)
		wrong = receive(
			host.out[0], vector, strncmp(name, "pass_", 5) == 0 ? pass->copies : 0);
	if (wrong == NULL && turned != pass->copies)
		wrong = "not one burst";
	after = per_frame(&before, pass->copies);
	if (wrong == NULL)
		wrong = vector_counted(&before, &after, vector);
	if (wrong == NULL && rte_mempool_avail_count(pool) != left)
		wrong = "its memory was not given back";
	if (wrong != NULL)
		printf("# %s: %s; expected %s\n", vector->name, wrong, name);
	return wrong == NULL;
}

/* The caller's own route lookup is not the worker's matter; copies share one bucket. */
static bool skipped(const struct pass *pass, const struct vector *vector)
{
	return vector->features & FEATURE_FIB ||
	       (pass->copies > 1 && vector->features & FEATURE_CLIENTS);
}

static unsigned int run_group(const struct pass *pass, const struct vector_group *group)
{
	size_t ran = 0, failed = 0;

	for (size_t i = 0; i < vectors_count; i++) {
		if (!vector_in_group(&vectors[i], group) || skipped(pass, &vectors[i]))
			continue;
		ran++;
		failed += !vector_holds(pass, &vectors[i]);
	}
	if (ran == 0)
		return 0;
	printf("%s %u - dpdk, %s: %s, %zu vectors\n", failed ? "not ok" : "ok", ++reported,
		pass->name, group->name, ran);
	return failed != 0;
}

/* The seconds of the reply's transmit timestamp; 0: there is none. */
static uint32_t ask(const struct vector *vector)
{
	static const struct pass alone = {.copies = 1};
	struct rte_mbuf *mbuf;
	uint32_t seconds = 0;
	void *frame = NULL;

	send(&alone, vector);
	worker_turn(&worker);
	while (rte_ring_dequeue(port.out[0], &frame) == 0) {
		mbuf = frame;
		seconds = (uint32_t)build_get(
			rte_pktmbuf_mtod(mbuf, const uint8_t *) + mbuf->data_len - 8, 4);
		rte_pktmbuf_free(mbuf);
	}
	while (rte_ring_dequeue(host.out[0], &frame) == 0)
		rte_pktmbuf_free(frame);
	return seconds;
}

/* Another state whose page has the same generation and base, and says another time. */
static bool switches_state(const struct vector *vector, uint32_t before)
{
	struct state *other = state_new_private();
	bool switched;

	if (other == NULL)
		return false;
	*other->page = *state->page;
	other->page->sample[0].base_seconds += 5000;
	other->page->sample[1].base_seconds += 5000;
	*other->settings = *state->settings;
	vector_addresses(other->addresses);
	worker_use_state(&worker, other);
	switched = ask(vector) == before + 5000;
	worker_use_state(&worker, state);
	switched = switched && ask(vector) == before && worker_uses(&worker, state);
	state_close(other);
	return switched;
}

/* The first vector is the plain request. Twice by one template, then the page says another
 * time, then another state does; then the address is not the host's for a turn of the table, and
 * then there is no time. */
static bool valid_until_turned(const struct vector *vector)
{
	static const struct pass alone = {.copies = 1};
	struct timepage_sample sample;
	uint32_t first;

	meet(&alone, vector);
	sample = *timepage_current(state->page);
	first = ask(vector);
	if (first == 0 || ask(vector) != first)
		return false;
	sample.base_seconds += 1000;
	timepage_publish(state->page, &sample);
	if (ask(vector) != first + 1000 || !switches_state(vector, first + 1000))
		return false;
	state->addresses->current++; /* to the set that says the opposite */
	if (ask(vector) != 0)
		return false;
	state->addresses->current++;
	if (ask(vector) != first + 1000)
		return false;
	sample.flags = 0;
	timepage_publish(state->page, &sample);
	return ask(vector) == 0;
}

static unsigned int run_kept(void)
{
	bool holds = valid_until_turned(&vectors[0]);

	printf("%s %u - dpdk: what is kept goes when page or table turn or the state is another\n",
		holds ? "ok" : "not ok", ++reported);
	return !holds;
}

static void set_up(const char *program)
{
	static const uint8_t mac[FRAME_MAC_SIZE] = {VECTOR_MAC};

	bench_eal(program, 64, NULL);
	pool = bench_pool("frames", 8191);
	port = bench_port_open("vectors", 1, 256, pool);
	host = bench_port_open("host", 1, 256, pool);
	state = state_new_private();
	if (state == NULL || state_set_clients(state, VECTOR_SETS_LOG2) != 0 ||
		rte_mbuf_dyn_rx_timestamp_register(&stamps.offset, &stamps.flag) != 0)
		abort();
	vector_addresses(state->addresses);
	worker.state = state;
	worker.port = port.id;
	worker.host_port = host.id;
	memcpy(worker.interface.mac, mac, sizeof(mac));
}

int main(int argc, char **argv)
{
	static const struct pass passes[] = {
		{.name = "one by one", .copies = 1},
		{.name = "bursts", .copies = WORKER_BURST},
		{.name = "refined by the TSC", .copies = WORKER_BURST, .waits = true},
		{.name = "test card", .copies = 1, .card = true},
		{.name = "lying card", .copies = WORKER_BURST, .card = true, .lies = true},
	};
	static struct vector_group groups[VECTOR_GROUPS_MAX];
	size_t groups_count;
	unsigned int failed = 0;

	(void)argc;
	set_up(argv[0]);
	vectors_count = vectors_build(&vectors);
	groups_count = vector_groups(vectors, vectors_count, groups);
	for (size_t pass = 0; pass < sizeof(passes) / sizeof(passes[0]); pass++)
		for (size_t i = 0; i < groups_count; i++)
			failed += run_group(&passes[pass], &groups[i]);
	failed += run_kept();
	printf("1..%u\n", reported);
	free(vectors);
	state_close(state);
	bench_end();
	return failed ? 1 : 0;
}
