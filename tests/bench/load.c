// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Measures an NTP server at the other end of a link: sends requests from inside the
 * kernel, as `ntpxdp bench` does with the same modules, and prints one JSON line for each family
 * with what came back. For measuring it also puts a reference program at the other end, and tells
 * the server's CPU time. Runs as root in the namespace of the interface, on the CPUs that taskset
 * gave it; the whole round trip over veth happens there. Called by scripts/bench.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "control/cli/cpu_time.h"
#include "control/cli/generator.h"
#include "tests/bench/options.h"

#define NS_PER_S 1e9

/* Long enough to fill pools and caches, short beside any measurement. */
#define WARM_UP_NS 20000000ULL

static void print_latency(const struct generator *generator)
{
	printf(",\"latency_ns\":{\"p50\":%.0f,\"p99\":%.0f,\"p99.9\":%.0f}",
		generator_latency_ns(generator, 0.5), generator_latency_ns(generator, 0.99),
		generator_latency_ns(generator, 0.999));
}

/* What a reflector sends back is its reply. */
static void print_result(const struct options *options, const struct generator *generator,
	int family, uint64_t server_cpu_ns)
{
	struct generator_counts counts;
	uint64_t replies;
	double ns, frames;

	generator_read(generator, &counts);
	replies = options->program == PEER_REFLECT ? counts.reflected : counts.replies;
	ns = (double)counts.elapsed_ns;
	frames = (double)(counts.in_time ? counts.in_time : counts.sent);
	printf("{\"label\":\"%s\",\"family\":%d,\"clients\":%u,\"cores\":%u,\"rate\":%llu,"
	       "\"seconds\":%.3f,\"sent\":%llu,\"taken\":%llu,\"replies\":%llu,"
	       "\"unsynchronised\":%llu,\"bad_checksum\":%llu,\"other\":%llu,"
	       "\"ns_per_reply\":%.1f,\"cpu_ns_per_reply\":%.1f,\"replies_per_s\":%.0f",
		options->label ? options->label : "none", family, options->clients, options->cores,
		(unsigned long long)options->rate_hz, ns / NS_PER_S,
		(unsigned long long)counts.sent, (unsigned long long)counts.taken,
		(unsigned long long)replies, (unsigned long long)counts.unsynchronised,
		(unsigned long long)counts.bad_checksum,
		(unsigned long long)(counts.other + counts.reflected + counts.replies - replies),
		ns / frames, (double)counts.cpu_ns / frames,
		(double)counts.in_time * NS_PER_S / ns);
	if (options->measure_latency)
		print_latency(generator);
	if (options->server_pid)
		printf(",\"server_cpu_ns\":%llu", (unsigned long long)server_cpu_ns);
	printf("}\n");
	fflush(stdout);
}

static int measure(const struct options *options, struct generator *generator, int family)
{
	struct generator_load load = {
		.family = family, .duration_ns = WARM_UP_NS, .rate_hz = options->rate_hz};
	uint64_t begin_ns = 0;
	int error = options->count ? 0 : generator_run(generator, &load);

	if (!error) {
		load.duration_ns = (uint64_t)(options->seconds * NS_PER_S);
		load.count = options->count;
		begin_ns = cpu_time_of_process((int)options->server_pid);
		error = generator_run(generator, &load);
	}
	if (error) {
		fprintf(stderr, "load: sending on %s: %s; nothing measured\n", options->interface,
			strerror(-error));
		return error;
	}
	print_result(options, generator, family,
		cpu_time_of_process((int)options->server_pid) - begin_ns);
	return 0;
}

static struct generator *make_generator(const struct options *options, const struct peer *peer)
{
	struct generator_options wanted = {
		.ifindex = if_nametoindex(options->interface),
		.link.port = options->port,
		.server4 = options->server4,
		.source4 = options->source4,
		.server6 = options->server6,
		.source6 = options->source6,
		.clients = options->clients,
		.cores = options->cores,
		.batch = options->batch,
		.verify_checksum = options->verify_checksum,
		.measure_latency = options->measure_latency,
	};
	int error =
		wanted.ifindex ? peer_read_mac(options->interface, wanted.link.client_mac) : -errno;

	if (error) {
		errno = -error;
		return NULL;
	}
	memcpy(wanted.link.server_mac, peer ? peer_mac(peer) : options->server_mac, 6);
	return generator_new(&wanted);
}

int main(int argc, char **argv)
{
	struct generator *generator = NULL;
	struct peer *peer = NULL;
	struct options options;
	int error = options_parse(&options, argc, argv);

	if (error)
		return error < 0 ? 2 : 0;
	if (!options.verbose)
		libbpf_set_print(NULL);
	if (!options.peer && (options.program != PEER_NONE || !options.server_mac_given)) {
		fprintf(stderr, "load: --peer (or --server-mac with --program none) is missing\n");
		return 2;
	}
	if (options.peer) {
		peer = peer_new(options.peer_netns, options.peer, options.program);
		if (!peer) {
			error = -errno;
			fprintf(stderr, "load: peer %s: %s; nothing measured\n", options.peer,
				strerror(errno));
			goto out;
		}
	}
	generator = make_generator(&options, peer);
	if (!generator) {
		error = -errno;
		fprintf(stderr, "load: generator on %s: %s; nothing measured\n", options.interface,
			strerror(errno));
		goto out;
	}
	if (options.family4)
		error = measure(&options, generator, 4);
	if (options.family6 && !error)
		error = measure(&options, generator, 6);
out:
	generator_free(generator);
	peer_free(peer);
	return error ? 1 : 0;
}
