// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loads generator.bpf.c, runs it by BPF_PROG_RUN with live frames and reads its
 * numbers. See generator.h.
 */
#include "tests/bench/generator.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "tests/bench/cputime.h"

#include "generator.skel.h"

#define NS_PER_S 1000000000ULL

/*
 * Frames to a system call, sent or found not to be due yet: setting live frames up costs 20-30 us,
 * and a call of this length takes about 10 ms, so that the end of the run is met closely enough.
 */
#define CALL_FRAMES 100000

struct generator {
	struct generator_bpf *skeleton;
	struct bpf_link *link;
	uint32_t ifindex;
	uint32_t batch;
	uint64_t elapsed_ns;
	uint64_t cpu_ns;
	struct cputime cputime;
	size_t bytes4;
	size_t bytes6;
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static void set_constants(struct generator *generator, const struct generator_options *options)
{
	struct generator_bpf__rodata *rodata = generator->skeleton->rodata;
	struct bench_template template;
	uint64_t secret = 0;

	/* Without entropy the check still finds replies to another run's ports and addresses. */
	if (getrandom(&secret, sizeof(secret), GRND_NONBLOCK) < 0)
		secret = now_ns();
	generator->bytes4 = template_make4(&template, &options->link, options->server4);
	memcpy((void *)&rodata->template4, &template, sizeof(template));
	generator->bytes6 =
		template_make6(&template, &options->link, &options->source6, &options->server6);
	memcpy((void *)&rodata->template6, &template, sizeof(template));
	rodata->clients = options->clients;
	rodata->source4 = ntohl(options->source4.s_addr);
	rodata->measure_latency = options->measure_latency;
	rodata->secret = secret;
	rodata->server_port = htons(options->link.port);
	rodata->expect_request = options->expect_request;
	rodata->verify_checksum = options->verify_checksum;
}

struct generator *generator_new(const struct generator_options *options)
{
	struct generator *generator = calloc(1, sizeof(*generator));
	int error;

	if (!generator)
		return NULL;
	cputime_open(&generator->cputime);
	generator->ifindex = options->ifindex;
	generator->batch = options->batch;
	generator->skeleton = generator_bpf__open();
	if (!generator->skeleton)
		goto failed;
	set_constants(generator, options);
	error = generator_bpf__load(generator->skeleton);
	if (error) {
		errno = -error;
		goto failed;
	}
	generator->link =
		bpf_program__attach_xdp(generator->skeleton->progs.count, (int)options->ifindex);
	if (!generator->link)
		goto failed;
	generator_reset(generator);
	return generator;
failed:
	error = errno;
	generator_free(generator);
	errno = error;
	return NULL;
}

void generator_free(struct generator *generator)
{
	if (!generator)
		return;
	bpf_link__destroy(generator->link);
	generator_bpf__destroy(generator->skeleton);
	cputime_close(&generator->cputime);
	free(generator);
}

void generator_reset(struct generator *generator)
{
	struct generator_bpf__bss *bss = generator->skeleton->bss;

	memset(bss->cpus, 0, sizeof(bss->cpus));
	memset(bss->latency, 0, sizeof(bss->latency));
	for (uint64_t i = 0; i < BENCH_CPUS; i++)
		bss->cpus[i].random = i << 32;
	generator->elapsed_ns = 0;
	generator->cpu_ns = 0;
}

/* One system call: CALL_FRAMES requests at most, and all that follows from them on this CPU. */
static int run_once(struct generator *generator, int family)
{
	struct generator_bpf *skeleton = generator->skeleton;
	struct bpf_program *program =
		family == 6 ? skeleton->progs.generate6 : skeleton->progs.generate4;
	uint8_t frame[BENCH_FRAME6_BYTES] = {0};
	struct xdp_md context = {.ingress_ifindex = generator->ifindex};
	LIBBPF_OPTS(bpf_test_run_opts, options);

	options.data_in = frame;
	options.data_size_in = (uint32_t)(family == 6 ? generator->bytes6 : generator->bytes4);
	context.data_end = options.data_size_in;
	options.ctx_in = &context;
	options.ctx_size_in = sizeof(context);
	options.repeat = CALL_FRAMES;
	options.batch_size = generator->batch;
	options.flags = BPF_F_TEST_XDP_LIVE_FRAMES;
	return bpf_prog_test_run_opts(bpf_program__fd(program), &options);
}

int generator_run(struct generator *generator, int family, uint64_t duration_ns, uint64_t rate_hz)
{
	uint64_t begin_cpu_ns = cputime_ns(&generator->cputime);
	uint64_t begin_ns = now_ns();
	uint64_t elapsed_ns = 0;

	generator->skeleton->bss->interval_q8 = rate_hz ? (NS_PER_S << 8) / rate_hz : 0;
	while (elapsed_ns < duration_ns) {
		/* A signal ends the call early with -EINTR; the caller knows what it means. */
		int error = run_once(generator, family);

		if (error)
			return error;
		elapsed_ns = now_ns() - begin_ns;
	}
	generator->elapsed_ns = elapsed_ns;
	generator->cpu_ns = cputime_ns(&generator->cputime) - begin_cpu_ns;
	return 0;
}

void generator_read(const struct generator *generator, struct generator_counts *ret_counts)
{
	const struct bench_cpu *cpus = generator->skeleton->bss->cpus;
	struct generator_counts counts = {
		.elapsed_ns = generator->elapsed_ns,
		.cpu_ns = generator->cpu_ns,
	};

	for (size_t i = 0; i < BENCH_CPUS; i++) {
		counts.sent += cpus[i].sequence;
		counts.replies += cpus[i].replies;
		counts.unsynchronised += cpus[i].unsynchronised;
		counts.bad_checksum += cpus[i].bad_checksum;
		counts.other += cpus[i].other;
	}
	*ret_counts = counts;
}

static uint64_t bucket_end_ns(unsigned int bucket)
{
	unsigned int exponent = bucket >> BENCH_BUCKET_STEPS_LOG2;
	unsigned int step = bucket & ((1U << BENCH_BUCKET_STEPS_LOG2) - 1);

	if (exponent < BENCH_BUCKET_STEPS_LOG2)
		return bucket + 1;
	return (uint64_t)((1U << BENCH_BUCKET_STEPS_LOG2) + step + 1)
	       << (exponent - BENCH_BUCKET_STEPS_LOG2);
}

uint64_t generator_latency_ns(const struct generator *generator, double quantile)
{
	const struct bench_latency *latency = generator->skeleton->bss->latency;
	uint64_t buckets[BENCH_BUCKETS] = {0};
	uint64_t total = 0;
	uint64_t seen = 0;

	for (size_t i = 0; i < BENCH_CPUS; i++) {
		for (size_t j = 0; j < BENCH_BUCKETS; j++) {
			buckets[j] += latency[i].buckets[j];
			total += latency[i].buckets[j];
		}
	}
	for (unsigned int j = 0; total && j < BENCH_BUCKETS; j++) {
		seen += buckets[j];
		if ((double)seen >= quantile * (double)total)
			return bucket_end_ns(j);
	}
	return 0;
}
