// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `ntpxdp bench`: a load of NTP requests for one server, and an account of what became of each. At
 * whom and whether it may is bench_target.h's; requests are made and replies judged by
 * generator.h's programs in the kernel. Here are the run and its account.
 */
#include "control/cli/bench_target.h"
#include "control/cli/commands.h"
#include "control/cli/generator.h"
#include "control/cli/session.h"
#include "control/print.h"

#include "control/json_add.h"

#include <arpa/inet.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define NS_PER_S 1e9

/* Fills pools and caches, and is not told of; not where requests are counted out. */
#define WARM_UP_NS      20000000ULL
#define WARM_UP_RATE_HZ 10000

struct bench {
	const struct options *options;
	struct bench_target target;
	struct generator *generator;
	struct generator_counts counts;
	bool latency;
};

static const struct {
	const char *name;
	double quantile;
} quantiles[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}};

#define QUANTILES (sizeof(quantiles) / sizeof(quantiles[0]))

static struct generator *running;

static void stop(int number)
{
	(void)number;
	if (running)
		generator_stop(running);
}

/* Of what the interface took, or of what was made where that is not told. */
static uint64_t lost(const struct generator_counts *counts)
{
	uint64_t back = counts->replies + counts->unsynchronised + counts->reflected +
			counts->bad_checksum + counts->other;
	uint64_t gone = counts->told ? counts->taken : counts->sent;

	return gone > back ? gone - back : 0;
}

/* Good replies a second, as long as requests were sent. */
static double replies_hz(const struct generator_counts *counts)
{
	double answers = (double)(counts->replies + counts->unsynchronised + counts->reflected);

	if (answers == 0)
		return 0;
	return (double)counts->in_time * (double)counts->replies / answers /
	       ((double)counts->elapsed_ns / NS_PER_S);
}

static void print_row(const char *name, uint64_t count, uint64_t total, double rate_hz)
{
	char number[PRINT_VALUE_MAX], share[PRINT_VALUE_MAX], rate[PRINT_VALUE_MAX];

	printf("  %-26s %16s  %9s", name, print_count(number, count),
		print_share(share, count, total));
	if (!isnan(rate_hz))
		printf("  %12s/s", print_rate(rate, rate_hz));
	putchar('\n');
}

/* What did not occur is left out but for what everybody looks for. */
static void print_odd(const char *name, uint64_t count, uint64_t total)
{
	if (count)
		print_row(name, count, total, NAN);
}

static void print_head(const struct bench *bench)
{
	const struct bench_target *target = &bench->target;
	const uint8_t *mac = target->link.server_mac;
	char source[INET6_ADDRSTRLEN], clients[PRINT_VALUE_MAX];

	inet_ntop(target->family == 6 ? AF_INET6 : AF_INET,
		target->family == 6 ? (const void *)&target->source6
				    : (const void *)&target->source4,
		source, sizeof(source));
	printf("%s port %ld at %02x:%02x:%02x:%02x:%02x:%02x out of %s, %.3g s on %ld core(s)\n"
	       "%s client address(es) from %s on\n\n",
		bench->options->operand, bench->options->port, mac[0], mac[1], mac[2], mac[3],
		mac[4], mac[5], bench->options->interface,
		(double)bench->counts.elapsed_ns / NS_PER_S, bench->options->cores,
		print_count(clients, (uint64_t)bench->options->clients), source);
}

static void print_text(const struct bench *bench)
{
	const struct generator_counts *counts = &bench->counts;
	double seconds = (double)counts->elapsed_ns / NS_PER_S;
	uint64_t total = counts->sent;

	print_head(bench);
	print_row("requests made", total, total, (double)total / seconds);
	if (counts->told) {
		print_row("sent by the interface", counts->taken, total,
			(double)counts->taken / seconds);
		print_row("refused by the interface", total - counts->taken, total, NAN);
	}
	print_row("good replies", counts->replies, total, replies_hz(counts));
	print_odd("replies without time", counts->unsynchronised, total);
	print_odd("requests sent back as is", counts->reflected, total);
	print_odd("replies, wrong checksum", counts->bad_checksum, total);
	print_odd("other things from the port", counts->other, total);
	print_row("no reply", lost(counts), total, NAN);
	if (bench->latency && counts->replies) {
		printf("\n  latency");
		for (size_t i = 0; i < QUANTILES; i++) {
			char text[PRINT_VALUE_MAX];
			double ns = generator_latency_ns(bench->generator, quantiles[i].quantile);

			printf("  %s %s", quantiles[i].name, print_seconds(text, ns / NS_PER_S));
		}
		putchar('\n');
	}
	if (counts->told && counts->taken == 0)
		printf("\n%s took no frame: its driver cannot send from XDP (ndo_xdp_xmit), or is "
		       "not ready to.\nOn a veth pair the other end needs an XDP program, or "
		       "'ethtool -K END gro on'.\n",
			bench->options->interface);
}

static struct json_object *latency_object(const struct bench *bench)
{
	struct json_object *object = json_object_new_object();

	for (size_t i = 0; i < QUANTILES; i++)
		json_add_number(object, quantiles[i].name,
			generator_latency_ns(bench->generator, quantiles[i].quantile) / NS_PER_S);
	return object;
}

static int print_json(const struct bench *bench)
{
	const struct generator_counts *counts = &bench->counts;
	double seconds = (double)counts->elapsed_ns / NS_PER_S;
	struct json_object *object = json_object_new_object();

	json_add_text(object, "address", bench->options->operand);
	json_add_text(object, "interface", bench->options->interface);
	json_add_count(object, "clients", (uint64_t)bench->options->clients);
	json_add_count(object, "cores", (uint64_t)bench->options->cores);
	json_add_count(object, "rate_hz", (uint64_t)bench->options->rate_hz);
	json_add_number(object, "seconds", seconds);
	json_add_count(object, "made", counts->sent);
	if (counts->told) {
		json_add_count(object, "sent", counts->taken);
		json_add_count(object, "refused", counts->sent - counts->taken);
	}
	json_add_count(object, "replies", counts->replies);
	json_add_count(object, "unsynchronised", counts->unsynchronised);
	json_add_count(object, "reflected", counts->reflected);
	json_add_count(object, "bad_checksum", counts->bad_checksum);
	json_add_count(object, "other", counts->other);
	json_add_count(object, "no_reply", lost(counts));
	json_add_number(
		object, "replies_hz", (double)(counts->in_time - counts->reflected) / seconds);
	json_add_number(object, "cpu_s", (double)counts->cpu_ns / NS_PER_S);
	if (bench->latency && counts->replies)
		json_object_object_add(object, "latency_s", latency_object(bench));
	return session_print_json(object);
}

static int make_generator(struct bench *bench)
{
	const struct options *options = bench->options;
	const struct bench_target *target = &bench->target;
	const struct generator_options wanted = {
		.ifindex = target->ifindex,
		.link = target->link,
		.server4 = target->server4,
		.source4 = target->source4,
		.server6 = target->server6,
		.source6 = target->source6,
		.clients = (uint32_t)options->clients,
		.cores = (uint32_t)options->cores,
		.verify_checksum = options->verify || options->rate_hz,
		.measure_latency = bench->latency,
	};

	libbpf_set_print(NULL);
	bench->generator = generator_new(&wanted);
	if (bench->generator)
		return EXIT_GOOD;
	if (errno == EBUSY || errno == EEXIST)
		return session_error("bench: an XDP program is on %s already; the replies could "
				     "not be counted. 'ip link show %s' names it",
			options->interface, options->interface);
	if (errno == ERANGE)
		return session_error(
			"bench: --cores %ld: this process may not use so many", options->cores);
	return session_error(
		"bench: programs on %s: %s; nothing was sent", options->interface, strerror(errno));
}

static int run(struct bench *bench)
{
	const struct options *options = bench->options;
	const struct generator_load warm_up = {.family = bench->target.family,
		.duration_ns = WARM_UP_NS,
		.rate_hz = WARM_UP_RATE_HZ};
	const struct generator_load load = {.family = bench->target.family,
		.duration_ns = (uint64_t)(options->send_s * NS_PER_S),
		.rate_hz = (uint64_t)options->rate_hz,
		.count = (uint64_t)options->count};
	const struct sigaction action = {.sa_handler = stop};
	int error = 0;

	running = bench->generator;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	if (!options->count)
		error = generator_run(bench->generator, &warm_up);
	if (!error)
		error = generator_run(bench->generator, &load);
	generator_read(bench->generator, &bench->counts);
	if (error)
		return session_error("bench: sending on %s: %s; live frames need Linux 5.18",
			options->interface, strerror(-error));
	return EXIT_GOOD;
}

int command_bench(const struct options *options)
{
	struct bench bench = {.options = options, .latency = options->latency || options->rate_hz};
	int status;

	if (geteuid() != 0)
		return session_error("bench: needs root; run it with sudo");
	status = bench_target_find(options, &bench.target);
	if (status == EXIT_GOOD)
		status = make_generator(&bench);
	if (status == EXIT_GOOD)
		status = run(&bench);
	if (status == EXIT_GOOD && options->json)
		status = print_json(&bench);
	else if (status == EXIT_GOOD)
		print_text(&bench);
	running = NULL;
	generator_free(bench.generator);
	return status == EXIT_GOOD && bench.counts.replies == 0 ? EXIT_FAILED : status;
}
