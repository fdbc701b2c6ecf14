// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loads generator.bpf.c, runs it by BPF_PROG_RUN with live frames and reads its
 * numbers. See generator.h.
 */
#include "control/cli/generator.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>

#include "control/cli/cpu_time.h"
#include "control/cli/generator_latency.h"

#include <generator.skel.h>

#define NS_PER_S 1000000000ULL

/*
 * Frames to a system call, sent or found not to be due yet. Setting live frames up and down takes
 * 20 us on one machine and 20 ms on another (it waits for RCU), in which nothing is sent: so a call
 * is long, but ends soon enough for who stops the run.
 */
#define CALL_FRAMES_LEAST 100000
#define CALL_NS           500000000.0

/* A frame waits for the end of its batch, which counts where few are sent; long ones are faster. */
#define BATCH_FLOOD   64
#define BATCH_PACED   1
#define BATCH_RATE_HZ 200000 /* of one core: above, making frames one by one takes too long */

/* After the last request: no reply for so long means that none comes any more. */
#define QUIET_NS 30000000ULL
#define TAIL_NS  2000000000ULL /* something else keeps sending */

struct worker {
	struct generator *generator;
	struct cpu_time time;
	pthread_t thread;
	int cpu;
	uint64_t elapsed_ns;
	uint64_t cpu_ns;
	int error;
};

struct generator {
	struct generator_bpf *skeleton;
	struct bpf_link *count;
	struct bpf_link *transmitted; /* NULL: the kernel does not tell */
	uint32_t ifindex;
	uint32_t batch;
	uint32_t cores;
	uint32_t clients;
	struct worker *workers;
	struct generator_load load;
	uint64_t in_time;
	size_t bytes4;
	size_t bytes6;
	volatile sig_atomic_t stopped;
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
	struct generator_template template;
	uint64_t secret = 0;
	struct stat namespace;
	uint32_t second;

	/* Without entropy the check still finds replies to another run's ports and addresses. */
	if (getrandom(&secret, sizeof(secret), GRND_NONBLOCK) < 0)
		secret = now_ns();
	generator->bytes4 = generator_frame_make4(&template, &options->link, options->server4);
	memcpy((void *)&rodata->template4, &template, sizeof(template));
	generator->bytes6 = generator_frame_make6(
		&template, &options->link, &options->source6, &options->server6);
	memcpy((void *)&rodata->template6, &template, sizeof(template));
	memcpy(&second, &options->source6.s6_addr[4], sizeof(second));
	rodata->clients = generator->clients;
	rodata->source4 = ntohl(options->source4.s_addr);
	rodata->source6 = ntohl(second);
	rodata->interface_index = options->ifindex;
	if (stat("/proc/thread-self/ns/net", &namespace) == 0)
		rodata->namespace_inode = (uint32_t) namespace.st_ino;
	rodata->measure_latency = options->measure_latency;
	rodata->secret = secret;
	rodata->server_port = htons(options->link.port);
	rodata->verify_checksum = options->verify_checksum;
}

/* One worker for each of the first CPUs that we may use. 0 or a negative errno. */
static int make_workers(struct generator *generator)
{
	cpu_set_t allowed;
	uint32_t count = 0;

	generator->workers = calloc(generator->cores, sizeof(*generator->workers));
	if (!generator->workers)
		return -ENOMEM;
	for (uint32_t i = 0; i < generator->cores; i++)
		generator->workers[i].time.ksoftirqd = -1;
	if (sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
		return -errno;
	for (int cpu = 0; cpu < GENERATOR_CPUS && count < generator->cores; cpu++) {
		struct worker *worker = &generator->workers[count];

		if (!CPU_ISSET(cpu, &allowed))
			continue;
		worker->generator = generator;
		worker->cpu = cpu;
		cpu_time_open(&worker->time, cpu);
		count++;
	}
	return count == generator->cores ? 0 : -ERANGE;
}

/* Programs into the kernel, and onto the interface. 0 or a negative errno. */
static int load_programs(struct generator *generator, const struct generator_options *options)
{
	struct generator_bpf *skeleton = generator_bpf__open();
	int error;

	generator->skeleton = skeleton;
	if (!skeleton)
		return -errno;
	set_constants(generator, options);
	error = generator_bpf__load(skeleton);
	if (error) {
		/* A kernel without BTF cannot tell what became of the frames; all else goes on. */
		generator_bpf__destroy(skeleton);
		skeleton = generator_bpf__open();
		generator->skeleton = skeleton;
		if (!skeleton)
			return -errno;
		set_constants(generator, options);
		bpf_program__set_autoload(skeleton->progs.transmitted, false);
		error = generator_bpf__load(skeleton);
	} else {
		generator->transmitted = bpf_program__attach(skeleton->progs.transmitted);
	}
	if (error)
		return error;
	generator->count = bpf_program__attach_xdp(skeleton->progs.count, (int)options->ifindex);
	return generator->count ? 0 : -errno;
}

struct generator *generator_new(const struct generator_options *options)
{
	struct generator *generator = calloc(1, sizeof(*generator));
	int error;

	if (!generator)
		return NULL;
	generator->ifindex = options->ifindex;
	generator->batch = options->batch;
	generator->cores = options->cores;
	generator->clients = options->clients / options->cores;
	if (generator->clients == 0)
		generator->clients = 1;
	error = make_workers(generator);
	if (!error)
		error = load_programs(generator, options);
	if (!error)
		return generator;
	generator_free(generator);
	errno = -error;
	return NULL;
}

void generator_free(struct generator *generator)
{
	if (!generator)
		return;
	bpf_link__destroy(generator->count);
	bpf_link__destroy(generator->transmitted);
	generator_bpf__destroy(generator->skeleton);
	for (uint32_t i = 0; generator->workers && i < generator->cores; i++)
		cpu_time_close(&generator->workers[i].time);
	free(generator->workers);
	free(generator);
}

void generator_stop(struct generator *generator)
{
	generator->stopped = 1;
}

static void begin(struct generator *generator, const struct generator_load *load)
{
	struct generator_bpf__bss *bss = generator->skeleton->bss;
	uint64_t rate_hz = load->rate_hz / generator->cores;

	memset(bss->cpus, 0, sizeof(bss->cpus));
	memset(bss->latency, 0, sizeof(bss->latency));
	for (uint32_t i = 0; i < generator->cores; i++) {
		struct generator_cpu *cpu = &bss->cpus[generator->workers[i].cpu];

		cpu->random = (uint64_t)i << 32;
		cpu->first_client = (uint64_t)i * generator->clients;
		cpu->quota = load->count ? load->count / generator->cores : UINT64_MAX;
		if (load->count && i == 0)
			cpu->quota += load->count % generator->cores;
	}
	bss->interval_q8 = load->rate_hz ? (NS_PER_S << 8) / (rate_hz ? rate_hz : 1) : 0;
	/* What a request costs changes within a call, so with a rate the programs keep the time. */
	bss->end_q8 = (now_ns() + load->duration_ns) << 8;
	generator->load = *load;
	generator->stopped = 0;
}

/* One system call: so many requests at most, and all that follows from them on this CPU. */
static int run_once(const struct generator *generator, uint32_t frames)
{
	const struct generator_bpf *skeleton = generator->skeleton;
	const struct generator_load *load = &generator->load;
	const struct bpf_program *program =
		load->family == 6 ? skeleton->progs.generate6 : skeleton->progs.generate4;
	uint8_t frame[GENERATOR_FRAME6_BYTES] = {0};
	struct xdp_md context = {.ingress_ifindex = generator->ifindex};
	bool slow = load->rate_hz && load->rate_hz / generator->cores <= BATCH_RATE_HZ;
	LIBBPF_OPTS(bpf_test_run_opts, options);

	options.data_in = frame;
	options.data_size_in =
		(uint32_t)(load->family == 6 ? generator->bytes6 : generator->bytes4);
	context.data_end = options.data_size_in;
	options.ctx_in = &context;
	options.ctx_size_in = sizeof(context);
	options.repeat = (int)frames;
	options.batch_size = generator->batch ? generator->batch : slow ? BATCH_PACED : BATCH_FLOOD;
	options.flags = BPF_F_TEST_XDP_LIVE_FRAMES;
	return bpf_prog_test_run_opts(bpf_program__fd(program), &options);
}

/* For the next call, where so many were done in so long; of a count, not many more than are left.
 */
static uint32_t frames_next(const struct worker *worker, uint64_t done, uint64_t elapsed_ns)
{
	const struct generator *generator = worker->generator;
	const struct generator_cpu *cpu = &generator->skeleton->bss->cpus[worker->cpu];
	double ns = (double)generator->load.duration_ns - (double)elapsed_ns;
	double left = (double)(cpu->quota - cpu->sequence), frames;

	frames = (ns < CALL_NS ? ns : CALL_NS) * (double)done / (double)elapsed_ns;
	if (frames > left)
		frames = left;
	return frames > CALL_FRAMES_LEAST ? (uint32_t)frames : CALL_FRAMES_LEAST;
}

static void *work(void *argument)
{
	struct worker *worker = argument;
	struct generator *generator = worker->generator;
	const struct generator_cpu *cpu = &generator->skeleton->bss->cpus[worker->cpu];
	uint64_t begin_cpu_ns, begin_ns, elapsed_ns = 0, done = 0;
	uint32_t frames = CALL_FRAMES_LEAST;
	cpu_set_t only;

	CPU_ZERO(&only);
	CPU_SET(worker->cpu, &only);
	worker->error = -pthread_setaffinity_np(pthread_self(), sizeof(only), &only);
	begin_cpu_ns = cpu_time_ns(&worker->time);
	begin_ns = now_ns();
	while (!worker->error && !generator->stopped && elapsed_ns < generator->load.duration_ns &&
		cpu->sequence < cpu->quota) {
		int error = run_once(generator, frames);

		/* A signal ends a call early. */
		if (error && error != -EINTR)
			worker->error = error;
		elapsed_ns = now_ns() - begin_ns;
		done += frames;
		frames = frames_next(worker, done, elapsed_ns);
	}
	worker->elapsed_ns = elapsed_ns;
	worker->cpu_ns = cpu_time_ns(&worker->time) - begin_cpu_ns;
	return NULL;
}

static uint64_t count_arrived(const struct generator *generator)
{
	const struct generator_cpu *cpus = generator->skeleton->bss->cpus;
	uint64_t arrived = 0;

	for (size_t i = 0; i < GENERATOR_CPUS; i++)
		arrived += cpus[i].replies + cpus[i].unsynchronised + cpus[i].reflected;
	return arrived;
}

/* Waits until replies come no more. */
static void settle(const struct generator *generator)
{
	uint64_t begin_ns = now_ns(), quiet_since_ns = begin_ns, known = count_arrived(generator);

	while (now_ns() - begin_ns < TAIL_NS && now_ns() - quiet_since_ns < QUIET_NS) {
		const struct timespec pause = {.tv_nsec = (long)QUIET_NS / 10};
		uint64_t arrived;

		nanosleep(&pause, NULL);
		arrived = count_arrived(generator);
		if (arrived != known)
			quiet_since_ns = now_ns();
		known = arrived;
	}
}

int generator_run(struct generator *generator, const struct generator_load *load)
{
	uint32_t started = 0;
	sigset_t all, kept;
	int error = 0;

	begin(generator, load);
	/* Signals are the caller's to handle, in its own thread. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &kept);
	while (!error && started < generator->cores) {
		struct worker *worker = &generator->workers[started];

		error = -pthread_create(&worker->thread, NULL, work, worker);
		started += !error;
	}
	pthread_sigmask(SIG_SETMASK, &kept, NULL);
	if (error)
		generator->stopped = 1;
	for (uint32_t i = 0; i < started; i++) {
		pthread_join(generator->workers[i].thread, NULL);
		if (!error)
			error = generator->workers[i].error;
	}
	generator->in_time = count_arrived(generator);
	if (!error)
		settle(generator);
	return error;
}

void generator_read(const struct generator *generator, struct generator_counts *ret_counts)
{
	const struct generator_cpu *cpus = generator->skeleton->bss->cpus;
	struct generator_counts counts = {
		.in_time = generator->in_time, .told = generator->transmitted != NULL};

	for (size_t i = 0; i < GENERATOR_CPUS; i++) {
		counts.sent += cpus[i].sequence;
		counts.taken += cpus[i].taken;
		counts.refused += cpus[i].refused;
		counts.replies += cpus[i].replies;
		counts.unsynchronised += cpus[i].unsynchronised;
		counts.reflected += cpus[i].reflected;
		counts.bad_checksum += cpus[i].bad_checksum;
		counts.other += cpus[i].other;
	}
	for (uint32_t i = 0; i < generator->cores; i++) {
		const struct worker *worker = &generator->workers[i];

		counts.cpu_ns += worker->cpu_ns;
		if (worker->elapsed_ns > counts.elapsed_ns)
			counts.elapsed_ns = worker->elapsed_ns;
	}
	*ret_counts = counts;
}

double generator_latency_ns(const struct generator *generator, double quantile)
{
	const struct generator_latency *latency = generator->skeleton->bss->latency;
	double buckets[GENERATOR_BUCKETS] = {0};

	for (size_t i = 0; i < GENERATOR_CPUS; i++) {
		for (size_t j = 0; j < GENERATOR_BUCKETS; j++)
			buckets[j] += (double)latency[i].buckets[j];
	}
	return generator_latency_quantile(buckets, quantile);
}
