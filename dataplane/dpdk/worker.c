// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The worker's turn; see worker.h. A burst goes in passes, each over all its frames: keys, so that
 * what they select is on its way from memory; then the core's judgement; then what became of them,
 * in bulk.
 */
#include "dataplane/dpdk/worker.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>
#include <rte_pause.h>
#include <rte_prefetch.h>

#include "dataplane/core/frame_plain.h"
#include "dataplane/core/respond.h"
#include "dataplane/dpdk/worker_burst.h"

/* A test puts its own clock and dice here (tests/dpdk). */
#ifndef HOOK_CLOCK_NS
#define HOOK_CLOCK_NS() read_clock()
#endif
#ifndef HOOK_TSC
#define HOOK_TSC() rte_rdtsc()
#endif
#ifndef HOOK_RANDOM
#define HOOK_RANDOM(worker) throw_dice(worker)
#endif

#define RESTRICTING (FEATURE_ACCESS | FEATURE_CLIENTS | FEATURE_DSCP)
#define KNOWN       (RESTRICTING | FEATURE_INTERLEAVED)

/* How far two moments of one queue are to be apart. */
#ifndef HOOK_STEP_NS
#define HOOK_STEP_NS(page) step_of(page)
#endif

/* Reading the TSC takes 8 ns, a quarter of a reply: so many frames share a reading, and follow each
 * other by the clock's step: 200 ns early at most. */
#define TSC_EVERY 8
#define CORRUPT   (RTE_MBUF_F_RX_IP_CKSUM_BAD | RTE_MBUF_F_RX_L4_CKSUM_BAD)

static inline uint64_t read_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NTP_TIME_NS_PER_S + (uint64_t)now.tv_nsec;
}

static inline uint64_t step_of(const struct timepage *page)
{
	return engine_clock_step(
		compiler_load(page->sample[compiler_load(page->generation) & 1].precision));
}

/* SplitMix64 (Steele, Lea, Flood 2014). */
static inline uint32_t throw_dice(struct worker *worker)
{
	uint64_t x = worker->random += 0x9e3779b97f4a7c15ULL;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return (uint32_t)(x >> 32);
}

static inline struct frame frame_of(const struct rte_mbuf *mbuf)
{
	uint8_t *data = rte_pktmbuf_mtod(mbuf, uint8_t *);

	return (struct frame){data, data + mbuf->data_len};
}

/* Both lines of a request. */
static inline void prefetch_frame(const struct rte_mbuf *mbuf)
{
	const uint8_t *data = rte_pktmbuf_mtod(mbuf, const uint8_t *);

	rte_prefetch0(data);
	rte_prefetch0(data + CORE_CACHELINE);
}

/* Has all frames on their way, where a card put them no nearer than memory. */
static inline void prefetch_frames(const struct worker_burst *burst)
{
	for (uint16_t i = 0; i < burst->count; i++)
		prefetch_frame(burst->frame[i]);
}

static inline struct client_set *client_set(const struct worker_burst *burst, uint64_t client)
{
	const struct state *state = burst->state;

	/* The settings may speak of another table already: stay in this one. */
	return &state->clients[respond_client_set(client, state->settings) &
			       (state->client_sets - 1)];
}

/* Fills ret_layers but for WORKER_FORM_OTHER. */
CORE_INLINE enum worker_form find_form(
	const struct frame *frame, be16 port, struct frame_layers *ret_layers)
{
	if (frame_is_plain(frame, port, FRAME_IPV4, ret_layers))
		return WORKER_FORM_IPV4;
	if (frame_is_plain(frame, port, FRAME_IPV6, ret_layers))
		return WORKER_FORM_IPV6;
	return WORKER_FORM_OTHER;
}

/* The keys of all frames that have one, and the sets of the client table on their way. */
static inline void fetch_clients(struct worker_burst *burst)
{
	const struct settings *settings = burst->state->settings;

	for (uint16_t i = 0; i < burst->count; i++) {
		struct frame frame = frame_of(burst->frame[i]);
		struct frame_layers layers;

		burst->form[i] = (uint8_t)find_form(&frame, settings->port, &layers);
		if (burst->form[i] == WORKER_FORM_OTHER &&
			respond_parse(&frame, settings, &layers) != VERDICT_SERVED)
			continue;
		burst->client[i] = respond_client_key(&layers, settings);
		burst->clients[i] = client_set(burst, burst->client[i]);
		__builtin_prefetch(burst->clients[i], 1);
	}
}

static inline struct counters_block *own_block(
	const struct worker *worker, const struct worker_burst *burst)
{
	return &burst->state->counters->dpdk[worker->block];
}

/* Nearly all are SERVED, of few kinds: those are added up over the burst. */
static inline void count(struct worker *worker, struct worker_burst *burst,
	const struct respond_input *in, enum verdict verdict)
{
	struct counters_block *block = own_block(worker, burst);

	if (CORE_LIKELY(verdict == VERDICT_SERVED)) {
		burst->served[in->layers.family & 1][ntp_wire_version(in->layers.ntp) & 7]++;
		return;
	}
	counters_verdict(block, verdict);
	if (verdict_is_request(verdict))
		counters_request(block, verdict_action(verdict) == VERDICT_ACTION_SERVED,
			in->layers.family, ntp_wire_version(in->layers.ntp));
}

static inline void count_served(struct worker *worker, const struct worker_burst *burst)
{
	for (int family = 0; family < FRAME_FAMILIES; family++)
		for (uint8_t version = NTP_VERSION_MIN; version <= NTP_VERSION_MAX; version++)
			if (burst->served[family][version])
				counters_served(own_block(worker, burst),
					burst->served[family][version], (enum frame_family)family,
					version);
}

/* When the card says that the frame came, where it says so and that can be true. */
static inline void take_card_stamp(
	const struct worker *worker, const struct rte_mbuf *mbuf, struct respond_input *in)
{
	const struct worker_stamps *stamps = worker->stamps;
	uint64_t now_ns = in->now_ns, received_ns, ticks;

	if (CORE_LIKELY(!(mbuf->ol_flags & stamps->flag)))
		return;
	ticks = *RTE_MBUF_DYNFIELD(mbuf, stamps->offset, const rte_mbuf_timestamp_t *);
	received_ns = cardclock_received(&stamps->clock, 0,
		(uint64_t)((__uint128_t)ticks * stamps->multiplier_q32 >> 32), now_ns);
	if (received_ns == 0)
		return;
	in->now_ns = received_ns;
	in->waited_ns = now_ns - received_ns;
}

/* When the frame came, and what the keys of its parse select. */
CORE_INLINE void fetch(struct worker *worker, const struct worker_burst *burst, uint16_t i,
	struct respond_input *in)
{
	const struct state *state = burst->state;

	in->interface = &worker->interface;
	in->addresses = state->addresses;
	in->recent = &worker->recent[in->layers.family & 1];
	in->settings = state->settings;
	in->random = HOOK_RANDOM(worker);
	in->now_ns = engine_clock_next(&worker->clock, burst->since_ns);
	take_card_stamp(worker, burst->frame[i], in);
	if (in->features & FEATURE_ACCESS)
		in->rule = respond_rule(&in->layers, access_current(state->access));
	if (in->features & FEATURE_CLIENTS) {
		in->client = burst->client[i];
		in->clients = burst->clients[i];
	}
}

/* Fills the template with what the page says about now_ns. */
static __attribute__((noinline)) void refresh(
	struct worker *worker, const struct worker_burst *burst, uint64_t now_ns)
{
	reply_template_fill(
		&worker->tmpl, burst->state->page, now_ns, &own_block(worker, burst)->page_retries);
}

/* UDP to our port: lets the core decide and build. */
CORE_INLINE enum verdict answer(
	struct worker *worker, struct worker_burst *burst, uint16_t i, struct respond_input *in)
{
	enum verdict verdict;

	fetch(worker, burst, i, in);
	if (CORE_UNLIKELY(!reply_template_valid(&worker->tmpl, burst->state->page, in->now_ns)))
		refresh(worker, burst, in->now_ns);
	verdict = respond_by_template(in, &worker->tmpl);
	count(worker, burst, in, verdict);
	if (verdict_action(verdict) == VERDICT_ACTION_SERVED) {
		struct rte_mbuf *mbuf = burst->frame[i];

		mbuf->data_len = (uint16_t)respond_reply_length(&in->layers);
		mbuf->pkt_len = mbuf->data_len;
	}
	return verdict;
}

/* Whatever may be a request and is not plain. */
static __attribute__((noinline)) enum verdict serve_other(
	struct worker *worker, struct worker_burst *burst, uint16_t i)
{
	struct frame frame = frame_of(burst->frame[i]);
	struct respond_input in = {.features = burst->features};
	enum verdict verdict = respond_parse(&frame, burst->state->settings, &in.layers);

	if (verdict == VERDICT_SERVED)
		return answer(worker, burst, i, &in);
	counters_verdict(own_block(worker, burst), verdict);
	return verdict;
}

/* answer() is inlined for the plain request of each family, where all is at constant offsets. */
CORE_INLINE enum verdict serve(
	struct worker *worker, struct worker_burst *burst, uint16_t i, uint32_t looked_for)
{
	struct frame frame = frame_of(burst->frame[i]);
	struct respond_input in = {.features = burst->features & looked_for};
	enum worker_form form;

	form = in.features & FEATURE_CLIENTS
		       ? burst->form[i]
		       : find_form(&frame, burst->state->settings->port, &in.layers);
	if (CORE_LIKELY(form == WORKER_FORM_IPV4)) {
		in.layers = frame_plain_layers(&frame, FRAME_IPV4);
		return answer(worker, burst, i, &in);
	}
	if (form == WORKER_FORM_IPV6) {
		in.layers = frame_plain_layers(&frame, FRAME_IPV6);
		return answer(worker, burst, i, &in);
	}
	return serve_other(worker, burst, i);
}

CORE_INLINE void serve_all(struct worker *worker, struct worker_burst *burst, uint32_t looked_for)
{
	for (uint16_t i = 0; i < burst->count; i++) {
		struct rte_mbuf *mbuf = burst->frame[i];
		enum verdict verdict;

		if (i % TSC_EVERY == 0)
			burst->since_ns = engine_clock_since(&worker->clock, HOOK_TSC());
		/* A corrupt frame is the kernel's to drop and to count. */
		if (CORE_UNLIKELY(mbuf->ol_flags & CORRUPT)) {
			worker->counts.bad_checksum++;
			burst->pass[burst->passed++] = mbuf;
			continue;
		}
		verdict = serve(worker, burst, i, looked_for);
		if (CORE_LIKELY(verdict_action(verdict) == VERDICT_ACTION_SERVED))
			burst->reply[burst->replies++] = mbuf;
		else if (verdict_action(verdict) == VERDICT_ACTION_PASS)
			burst->pass[burst->passed++] = mbuf;
		else
			burst->drop[burst->dropped++] = mbuf;
	}
}

/* What the settings ask for and this state can give. */
static inline uint32_t features_of(const struct state *state)
{
	const struct settings *settings = state->settings;
	uint32_t features = compiler_load_acquire(settings->features) & KNOWN;

	/* Another table by now: nobody is limited until the engine has opened it. */
	if (features & FEATURE_CLIENTS &&
		(1U << (settings->limit.sets_log2 & 31)) != state->client_sets)
		features &= ~FEATURE_CLIENTS;
	return features;
}

/* The variants are those of the XDP program, and one for the limit alone. */
static inline void serve_burst(struct worker *worker, struct worker_burst *burst)
{
	uint64_t now_ns;

	burst->features = features_of(burst->state);
	memset(burst->served, 0, sizeof(burst->served));
	prefetch_frames(burst);
	if (burst->features & FEATURE_CLIENTS)
		fetch_clients(burst);
	now_ns = HOOK_CLOCK_NS();
	engine_clock_burst(&worker->clock, now_ns, HOOK_TSC());
	worker->clock.step_ns = HOOK_STEP_NS(burst->state->page);
	if (!(burst->features & RESTRICTING))
		serve_all(worker, burst, ~RESTRICTING);
	else if (!(burst->features & ~FEATURE_CLIENTS))
		serve_all(worker, burst, FEATURE_CLIENTS);
	else
		serve_all(worker, burst, UINT32_MAX);
	count_served(worker, burst);
	worker_burst_dispose(worker, burst);
}

unsigned int worker_turn(struct worker *worker)
{
	struct worker_burst burst;

	burst.state = compiler_load_acquire(worker->state);
	if (CORE_UNLIKELY(burst.state != worker->used)) {
		/* Of another page, of another table. */
		memset(&worker->tmpl, 0, sizeof(worker->tmpl));
		memset(worker->recent, 0, sizeof(worker->recent));
		compiler_store_release(worker->used, burst.state);
	}
	burst.count = rte_eth_rx_burst(worker->port, worker->queue, burst.frame, WORKER_BURST);
	burst.replies = burst.passed = burst.dropped = 0;
	if (burst.count)
		serve_burst(worker, &burst);
	if (worker->host_port != WORKER_NO_PORT)
		worker_burst_relay(worker);
	return burst.count;
}

void worker_run(struct worker *worker)
{
	while (!*worker->stop)
		if (!worker_turn(worker))
			rte_pause();
}

int worker_prepare(struct worker *worker)
{
	while (getrandom(&worker->random, sizeof(worker->random), 0) < 0)
		if (errno != EINTR)
			return -errno;
	engine_clock_calibrate(&worker->clock, HOOK_CLOCK_NS(), HOOK_TSC());
	rte_delay_us_sleep(10000);
	engine_clock_calibrate(&worker->clock, HOOK_CLOCK_NS(), HOOK_TSC());
	return 0;
}

void worker_use_state(struct worker *worker, const struct state *state)
{
	compiler_store_release(worker->state, state);
}

bool worker_uses(const struct worker *worker, const struct state *state)
{
	return compiler_load_acquire(worker->used) == state;
}
