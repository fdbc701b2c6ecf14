// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a reply costs the DPDK worker, all in, on memory in the place of a card: a port of rings
 * (what making the requests costs is measured apart and taken off), and a capture file that is
 * received again and again (net_pcap, infinite_rx). Hot: one client; and so many random clients
 * with the limit on. One core, that which taskset gave it; no root. Prints one JSON line for each,
 * in the form of programrun.c; least and median of several rounds. Called by scripts/bench.
 *
 *     dpdk [--label TEXT] [--clients N] [--repeat N] [--huge] [--hot]
 *
 * ns_per_reply is all in: receiving, answering, sending. ns_device is receiving and sending alone,
 * ns_request making the request and taking the reply away. Without --huge memory is in ordinary
 * pages. --hot: the first line alone, for a profiler.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include "control/cli/generator_frame.h"
#include "dataplane/dpdk/port.h"
#include "dataplane/dpdk/worker.h"
#include "dataplane/state/client_table.h"
#include "tests/dpdk/bench_port.h"

#define ROUNDS    31  /* short ones: the least of them met nobody else on the core */
#define SETS_LOG2 18  /* 16 MiB, the default of `clientloglimit`: a million clients */
#define CAPTURED  256 /* few enough to stay near: the port's own cost is not what is measured */

static const uint8_t mac[6] = {2, 0, 0x5e, 0x10, 0, 1};

struct setting {
	const char *label;
	uint32_t clients, repeat;
	bool huge, hot;
};

struct result {
	double least_ns, median_ns;
};

struct bench {
	struct setting setting;
	struct state *state;
	struct worker worker;
	struct worker_stamps stamps;
	struct bench_port ring;
	uint16_t capture;
	struct rte_mempool *pool;
	struct generator_template request[2]; /* IPv4, IPv6 */
	size_t length[2];
	uint32_t random;
	char file[64];
	volatile bool stop;
};

/* Of this thread: what others do on the core in between does not count. */
static uint64_t worked_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec;
}

static void fail(const char *what)
{
	fprintf(stderr, "dpdk: %s: %s; nothing measured\n", what, strerror(errno));
	exit(1);
}

static uint32_t throw_dice(struct bench *bench)
{
	bench->random = bench->random * 1664525 + 1013904223;
	return bench->random;
}

/* One of so many clients, where both families have a word of its address; checksums stay, right or
 * wrong. */
static void write_client(uint8_t *frame, uint32_t client)
{
	uint32_t address = htonl(0x0a000000 + client);

	memcpy(frame + GENERATOR_ETH_BYTES + 12, &address, sizeof(address));
}

static void write_request(struct bench *bench, uint8_t *frame, int family, uint32_t clients)
{
	const struct generator_template *request = &bench->request[family == 6];
	uint32_t client = clients > 1 ? (uint32_t)((uint64_t)throw_dice(bench) * clients >> 32) : 0;

	memcpy(frame, request->words,
		family == 6 ? GENERATOR_FRAME6_BYTES : GENERATOR_FRAME4_BYTES);
	write_client(frame, client);
}

/* A synchronised page, this host's addresses, and the limit where there are clients for it. */
static void fill_state(struct bench *bench, bool limit)
{
	struct timepage_sample sample = {
		.base_ns = now_ns(),
		.base_seconds = 4000000000u,
		.reference_ts = UINT64_C(3999999990) << 32,
		.multiplier = NTP_TIME_NOMINAL_MULTIPLIER,
		.shift = NTP_TIME_NOMINAL_SHIFT,
		.flags = TIMEPAGE_SYNCHRONISED,
		.expires_ns = now_ns() + 3600 * NTP_TIME_NS_PER_S,
		.dispersion_rate_q32 = 64425,
		.stratum = 2,
		.precision = -25,
		.answer_cost_ns = 100,
	};
	struct settings *settings = bench->state->settings;

	state_publish(bench->state, &sample);
	settings->features = limit ? FEATURE_CLIENTS : 0;
	settings->access_default = ACCESS_LIMITED;
	/* All the work, and a request costs nothing: each is answered. */
	limit_set(&settings->limit, 3, LIMIT_BURST_MAX, 1);
	settings->limit.cost = 0;
	settings->limit.prefix6_mask = ~0ULL;
	settings->limit.sets_log2 = SETS_LOG2;
	memset(bench->state->clients, 0, sizeof(struct client_set) << SETS_LOG2);
}

static void make_requests(struct bench *bench)
{
	struct generator_link link = {.client_mac = {2, 0, 0, 0, 0, 2}, .port = 123};
	struct in_addr server4 = {htonl(0xc0000201)};
	struct in6_addr server6 = {{{0x20, 1, 0xd, 0xb8, [15] = 1}}};
	struct in6_addr source6 = {{{0x20, 1, 0xd, 0xb8, 0, 9, [15] = 9}}};
	struct localaddr_set *own = &bench->state->addresses->set[0];
	be64 words[2];

	memcpy(link.server_mac, mac, sizeof(mac));
	bench->length[0] = generator_frame_make4(&bench->request[0], &link, server4);
	bench->length[1] = generator_frame_make6(&bench->request[1], &link, &source6, &server6);
	for (int i = 0; i < 2; i++) {
		uint8_t *frame = (uint8_t *)bench->request[i].words;

		frame[bench->length[i] - GENERATOR_NTP_BYTES - 2] =
			0x12;                    /* UDP checksum: there is one */
		frame[bench->length[i] - 1] = 7; /* transmit timestamp */
		frame[bench->length[i] - GENERATOR_NTP_BYTES - 7] = 77; /* source port */
	}
	own->seed = 77;
	memcpy(words, &server6, sizeof(words));
	if (!localaddr_set_add(own, localaddr_ipv4((be32){server4.s_addr}), LOCALADDR_OWN) ||
		!localaddr_set_add(own, localaddr_ipv6(words[0], words[1]), LOCALADDR_OWN))
		fail("addresses");
}

/* The classic format of libpcap, in host byte order. */
static void write_capture(struct bench *bench)
{
	const uint32_t header[] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 65535, 1};
	FILE *out;
	int fd;

	snprintf(bench->file, sizeof(bench->file), "%s", "/tmp/ntpxdp-bench-XXXXXX");
	fd = mkstemp(bench->file);
	out = fd < 0 ? NULL : fdopen(fd, "w");
	if (out == NULL)
		fail("capture file");
	fwrite(header, sizeof(header), 1, out);
	for (uint32_t i = 0; i < CAPTURED; i++) {
		const uint32_t record[] = {i, 0, GENERATOR_FRAME4_BYTES, GENERATOR_FRAME4_BYTES};
		uint8_t frame[GENERATOR_FRAME6_BYTES];

		write_request(bench, frame, 4, 1);
		fwrite(record, sizeof(record), 1, out);
		fwrite(frame, GENERATOR_FRAME4_BYTES, 1, out);
	}
	if (fclose(out) != 0)
		fail("capture file");
}

/* What moves the frames of one burst, and how many replies it made. */
enum step {
	STEP_REQUEST, /* makes the requests, and takes them away */
	STEP_DEVICE,  /* the same through the port */
	STEP_WORKER   /* the same through the worker */
};

static unsigned int move(struct bench *bench, enum step step)
{
	struct worker *worker = &bench->worker;
	struct rte_mbuf *frames[WORKER_BURST];
	uint16_t count;

	if (step == STEP_WORKER)
		return worker_turn(worker);
	count = rte_eth_rx_burst(worker->port, 0, frames, WORKER_BURST);
	return rte_eth_tx_burst(worker->port, 0, frames, count);
}

static void burst_on_ring(struct bench *bench, enum step step, int family, uint32_t clients)
{
	static struct rte_mbuf *frames[WORKER_BURST];
	struct rte_ring *in = bench->ring.in[0];
	struct rte_ring *out = step == STEP_REQUEST ? in : bench->ring.out[0];

	if (frames[0] == NULL && rte_pktmbuf_alloc_bulk(bench->pool, frames, WORKER_BURST) != 0)
		fail("frames");
	for (int i = 0; i < WORKER_BURST; i++) {
		write_request(bench, rte_pktmbuf_mtod(frames[i], uint8_t *), family, clients);
		frames[i]->data_len = (uint16_t)bench->length[family == 6];
		frames[i]->pkt_len = frames[i]->data_len;
	}
	rte_ring_enqueue_bulk(in, (void **)frames, WORKER_BURST, NULL);
	if (step != STEP_REQUEST)
		move(bench, step);
	if (rte_ring_dequeue_bulk(out, (void **)frames, WORKER_BURST, NULL) != WORKER_BURST) {
		errno = EPROTO;
		fail("not every request was answered");
	}
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static struct result measure(struct bench *bench, enum step step, int family, uint32_t clients)
{
	uint32_t bursts = bench->setting.repeat / WORKER_BURST;
	double rounds[ROUNDS];

	for (int round = -1; round < ROUNDS; round++) {
		uint64_t start_ns = worked_ns();

		for (uint32_t i = 0; i < bursts; i++)
			if (family)
				burst_on_ring(bench, step, family, clients);
			else
				move(bench, step);
		if (round >= 0)
			rounds[round] = (double)(worked_ns() - start_ns) / (bursts * WORKER_BURST);
	}
	qsort(rounds, ROUNDS, sizeof(rounds[0]), compare);
	return (struct result){rounds[0], rounds[ROUNDS / 2]};
}

/* family 0: from the capture, where making the request is the device's. */
static void report(struct bench *bench, const char *device, int family, uint32_t clients)
{
	uint64_t before, replies;
	struct result request = {0, 0}, io, all;

	fill_state(bench, clients != 0);
	if (family)
		request = measure(bench, STEP_REQUEST, family, clients);
	io = measure(bench, STEP_DEVICE, family, clients);
	before = counters_answered(&bench->state->counters->dpdk[0]);
	all = measure(bench, STEP_WORKER, family, clients);
	replies = counters_answered(&bench->state->counters->dpdk[0]) - before;
	printf("{\"label\":\"%s\",\"device\":\"%s\",\"family\":%d,\"clients\":%u,\"limit\":%s,"
	       "\"repeat\":%u,\"replies\":%llu,\"ns_with_request\":%.1f,\"ns_request\":%.1f,"
	       "\"ns_device\":%.1f,\"ns_per_reply\":%.1f,\"ns_per_reply_median\":%.1f,"
	       "\"ns_worker\":%.1f}\n",
		bench->setting.label, device, family ? family : 4, clients ? clients : 1,
		clients ? "true" : "false", bench->setting.repeat, (unsigned long long)replies,
		all.least_ns, request.least_ns, io.least_ns - request.least_ns,
		all.least_ns - request.least_ns, all.median_ns - request.median_ns,
		all.least_ns - io.least_ns);
	fflush(stdout);
}

static void set_up(struct bench *bench, const char *program)
{
	char device[128];

	bench->state = state_new_private();
	if (bench->state == NULL || state_set_clients(bench->state, SETS_LOG2) != 0)
		fail("state");
	make_requests(bench);
	write_capture(bench);
	snprintf(device, sizeof(device), "net_pcap0,rx_pcap=%s,infinite_rx=1", bench->file);
	bench_eal(program, bench->setting.huge ? 0 : 256, device);
	bench->pool = bench_pool("frames", 4 * CAPTURED - 1);
	bench->ring = bench_port_open("bench", 1, 256, bench->pool);
	if (rte_eth_dev_get_port_by_name("net_pcap0", &bench->capture) != 0 ||
		port_start(bench->capture, 1, 0, bench->pool) != 0)
		fail("net_pcap");
	unlink(bench->file);
	bench->worker = (struct worker){.state = bench->state,
		.port = bench->ring.id,
		.host_port = WORKER_NO_PORT,
		.stamps = &bench->stamps,
		.stop = &bench->stop};
	memcpy(bench->worker.interface.mac, mac, sizeof(mac));
	if (worker_prepare(&bench->worker) != 0)
		fail("random numbers");
}

static int parse(struct setting *setting, int argc, char **argv)
{
	static const struct option table[] = {{"label", required_argument, NULL, 'l'},
		{"clients", required_argument, NULL, 'c'}, {"repeat", required_argument, NULL, 'r'},
		{"huge", no_argument, NULL, 'h'}, {"hot", no_argument, NULL, 'o'},
		{NULL, 0, NULL, 0}};
	int option;

	while ((option = getopt_long(argc, argv, "", table, NULL)) != -1) {
		if (option == 'l')
			setting->label = optarg;
		else if (option == 'c')
			setting->clients = (uint32_t)strtoul(optarg, NULL, 10);
		else if (option == 'r')
			setting->repeat = (uint32_t)strtoul(optarg, NULL, 10);
		else if (option == 'h')
			setting->huge = true;
		else if (option == 'o')
			setting->hot = true;
		else
			return -EINVAL;
	}
	return optind < argc || setting->repeat < WORKER_BURST || !setting->clients ? -EINVAL : 0;
}

int main(int argc, char **argv)
{
	static struct bench bench = {
		.setting = {.label = "dpdk", .clients = 1000000, .repeat = 100000}};

	if (parse(&bench.setting, argc, argv) != 0) {
		fprintf(stderr,
			"usage: dpdk [--label TEXT] [--clients N] [--repeat N] [--huge] [--hot]\n");
		return 2;
	}
	set_up(&bench, argv[0]);
	report(&bench, "ring", 4, 0);
	if (bench.setting.hot)
		goto out;
	report(&bench, "ring", 6, 0);
	report(&bench, "ring", 4, 1);
	report(&bench, "ring", 4, bench.setting.clients);
	report(&bench, "ring", 6, bench.setting.clients);
	bench.worker.port = bench.capture;
	report(&bench, "pcap", 0, 0);
	report(&bench, "pcap", 0, 1);
out:
	bench_end();
	state_close(bench.state);
	return 0;
}
