// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How true the transmit timestamp of the XDP program's replies is:
 *
 *   transmit --iface IF COMMAND...
 *
 * Attaches the program of transmit.bpf.c to the interface, with a limit, own addresses, counters
 * and a page that says what the daemon would of the cost of answering; runs COMMAND, which is to
 * send requests; and prints one JSON line: how many replies, and percentiles of the error in ns.
 * Runs as root in the namespace of the interface. Called by scripts/bench.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <libgen.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "control/answer_cost.h"
#include "dataplane/core/config.h"
#include "tests/bench/parts_program.h"
#include "tests/bench/peer.h"
#include "tests/bench/transmit.h"

#define SETS_LOG2 18

extern char **environ;

struct histogram {
	uint64_t late[TRANSMIT_BUCKETS], early[TRANSMIT_BUCKETS];
	uint64_t replies;
};

static int read_histogram(int map, struct histogram *ret)
{
	int cpus = libbpf_num_possible_cpus();
	uint64_t *values = cpus > 0 ? calloc((size_t)cpus, sizeof(*values)) : NULL;

	if (!values)
		return -ENOMEM;
	for (uint32_t key = 0; key < 2 * TRANSMIT_BUCKETS; key++) {
		uint64_t *bucket =
			key < TRANSMIT_EARLY ? &ret->late[key] : &ret->early[key - TRANSMIT_EARLY];

		if (bpf_map_lookup_elem(map, &key, values) < 0)
			break;
		for (int cpu = 0; cpu < cpus; cpu++)
			*bucket += values[cpu];
		ret->replies += *bucket;
	}
	free(values);
	return ret->replies ? 0 : -ENODATA;
}

/* The error, whichever its sign, that this share of the replies does not exceed. */
static unsigned percentile(const struct histogram *histogram, double share)
{
	double left = share * (double)histogram->replies;
	unsigned bucket;

	for (bucket = 0; bucket < TRANSMIT_BUCKETS - 1; bucket++) {
		left -= (double)(histogram->late[bucket] + histogram->early[bucket]);
		if (left <= 0)
			break;
	}
	return (bucket + 1) * TRANSMIT_STEP_NS;
}

static void print(const struct histogram *histogram, const char *label, uint32_t cost_ns)
{
	uint64_t early = 0;

	for (unsigned bucket = 0; bucket < TRANSMIT_BUCKETS; bucket++)
		early += histogram->early[bucket];
	printf("{\"label\":\"%s\",\"replies\":%llu,\"answer_cost_ns\":%u,\"early\":%.4f,"
	       "\"transmit_error_ns\":{\"p50\":%u,\"p90\":%u,\"p99\":%u,\"p99.9\":%u}}\n",
		label, (unsigned long long)histogram->replies, cost_ns,
		(double)early / (double)histogram->replies, percentile(histogram, 0.5),
		percentile(histogram, 0.9), percentile(histogram, 0.99),
		percentile(histogram, 0.999));
}

/* 0 when the command ended well. Its output goes to standard error, so that ours stays JSON. */
static int run(char **command)
{
	posix_spawn_file_actions_t actions;
	int status = 0, error;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
	error = posix_spawnp(&pid, command[0], &actions, NULL, command, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (error)
		return -error;
	if (waitpid(pid, &status, 0) < 0)
		return -errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -ECHILD;
}

static struct parts_program *load(const char *interface, uint32_t cost_ns)
{
	struct generator_link link = {.port = 123};
	struct parts_program_options wanted = {.features = FEATURE_CLIENTS,
		.sets_log2 = SETS_LOG2,
		.link = &link,
		.answer_cost_ns = cost_ns};
	char folder[256] = "", path[512];
	int error = peer_read_mac(interface, link.server_mac);

	if (!error && readlink("/proc/self/exe", folder, sizeof(folder) - 1) < 0)
		error = -errno;
	if (error) {
		errno = -error;
		return NULL;
	}
	snprintf(path, sizeof(path), "%s/transmit.bpf.o", dirname(folder));
	wanted.object = path;
	inet_pton(AF_INET, "198.18.0.1", &wanted.server4);
	inet_pton(AF_INET6, "fd4e:7470::1", &wanted.server6);
	return parts_program_new(&wanted);
}

/* Attaches, runs the command, detaches, reads. 0 or a negative errno. */
static int measure(struct parts_program *program, unsigned ifindex, char **command,
	struct histogram *ret_histogram)
{
	int error = bpf_xdp_attach((int)ifindex, parts_program_fd(program),
		XDP_FLAGS_DRV_MODE | XDP_FLAGS_UPDATE_IF_NOEXIST, NULL);

	if (error)
		return error;
	error = run(command);
	bpf_xdp_detach((int)ifindex, XDP_FLAGS_DRV_MODE, NULL);
	return error ? error : read_histogram(parts_program_map(program, "errors"), ret_histogram);
}

int main(int argc, char **argv)
{
	static struct histogram histogram;
	struct parts_program *program;
	uint32_t cost_ns;
	unsigned ifindex;
	int error;

	if (argc < 4 || strcmp(argv[1], "--iface") != 0) {
		fprintf(stderr, "usage: %s --iface IF COMMAND...\n", argv[0]);
		return 2;
	}
	libbpf_set_print(NULL);
	ifindex = if_nametoindex(argv[2]);
	cost_ns = answer_cost_ns();
	program = ifindex ? load(argv[2], cost_ns) : NULL;
	error = program ? measure(program, ifindex, argv + 3, &histogram) : -errno;
	parts_program_free(program);
	if (error) {
		fprintf(stderr, "transmit: %s: %s; nothing measured\n", argv[2],
			error == -ECHILD ? "the command that sends failed" : strerror(-error));
		return 1;
	}
	print(&histogram, "transmit", cost_ns);
	return 0;
}
