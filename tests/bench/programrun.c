// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a reply costs inside the XDP program that is attached to an interface, without
 * the driver: program-run with many repeats, each on a fresh request, less what the
 * request and the jump into the program cost. Runs as root in the namespace of the
 * interface, on the CPU that taskset gave it; prints one JSON line for each family.
 * The program under test reads its real maps. Called by scripts/bench.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "control/cli/generator_frame.h"
#include "tests/bench/options.h"

#include "rerun.skel.h"

#define NTP_MODE_MASK   7
#define NTP_MODE_SERVER 4

/* The result is the difference of two figures: the least of several runs has least noise in it. */
#define ROUNDS 5

struct run {
	struct rerun_bpf *skeleton;
	unsigned int ifindex;
	uint32_t repeat;
	bool any_verdict;
};

/* Whether the last repeat left a reply in the frame and asked to send it. */
static bool is_reply(const struct bpf_test_run_opts *done, int family)
{
	size_t ntp = family == 6 ? GENERATOR_ETH_BYTES + GENERATOR_IP6_BYTES + GENERATOR_UDP_BYTES
				 : GENERATOR_ETH_BYTES + GENERATOR_IP4_BYTES + GENERATOR_UDP_BYTES;
	const uint8_t *frame = done->data_out;

	return done->retval == XDP_TX && done->data_size_out == done->data_size_in &&
	       (frame[ntp] & NTP_MODE_MASK) == NTP_MODE_SERVER;
}

/*
 * Least ns a repeat with `target_fd` behind the jump, or with the empty program for -1. 0 or a
 * negative errno; -EPROTO when the target does not reply.
 */
static int measure(const struct run *run, int family, int target_fd, uint32_t *ret_ns)
{
	const struct bpf_program *program =
		family == 6 ? run->skeleton->progs.rerun6 : run->skeleton->progs.rerun4;
	int jumps = bpf_map__fd(run->skeleton->maps.target);
	int fd = target_fd < 0 ? bpf_program__fd(run->skeleton->progs.transmit) : target_fd;
	uint8_t in[GENERATOR_FRAME6_BYTES] = {0}, out[GENERATOR_FRAME6_BYTES];
	struct xdp_md context = {.ingress_ifindex = run->ifindex};
	uint32_t slot = 0;

	context.data_end = family == 6 ? GENERATOR_FRAME6_BYTES : GENERATOR_FRAME4_BYTES;
	*ret_ns = UINT32_MAX;
	if (bpf_map_update_elem(jumps, &slot, &fd, BPF_ANY) < 0)
		return -errno;
	for (int i = 0; i < ROUNDS; i++) {
		LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = in,
			.data_size_in = context.data_end, .data_out = out,
			.data_size_out = sizeof(out), .ctx_in = &context,
			.ctx_size_in = sizeof(context), .repeat = (int)run->repeat);

		if (bpf_prog_test_run_opts(bpf_program__fd(program), &options) < 0)
			return -errno;
		if (target_fd >= 0 && !run->any_verdict && !is_reply(&options, family))
			return -EPROTO;
		if (options.duration < *ret_ns)
			*ret_ns = options.duration;
	}
	return 0;
}

static int measure_family(
	const struct run *run, int family, int target_fd, const struct options *options)
{
	uint32_t whole_ns, empty_ns;
	int error = measure(run, family, -1, &empty_ns);

	if (!error)
		error = measure(run, family, target_fd, &whole_ns);
	if (error) {
		fprintf(stderr, "programrun: IPv%d on %s: %s; nothing measured\n", family,
			options->interface,
			error == -EPROTO ? "the program did not reply" : strerror(-error));
		return error;
	}
	printf("{\"label\":\"%s\",\"family\":%d,\"clients\":%u,\"repeat\":%u,"
	       "\"ns_with_request\":%u,\"ns_request\":%u,\"ns_per_reply\":%d}\n",
		options->label ? options->label : options->interface, family, options->clients,
		run->repeat, whole_ns, empty_ns, (int)whole_ns - (int)empty_ns);
	return 0;
}

/* The program on the interface, or a negative errno; -ENOENT when there is none. */
static int attached_program(unsigned int ifindex)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);
	int error = bpf_xdp_query((int)ifindex, 0, &query);
	int fd;

	if (error)
		return error;
	if (!query.prog_id)
		return -ENOENT;
	fd = bpf_prog_get_fd_by_id(query.prog_id);
	return fd < 0 ? -errno : fd;
}

static int load_rerun(struct run *run, const struct options *options)
{
	struct generator_link link = {.port = options->port};
	struct generator_template template;
	int error = peer_read_mac(options->interface, link.server_mac);

	if (error)
		return error;
	run->skeleton = rerun_bpf__open();
	if (!run->skeleton)
		return -errno;
	link.client_mac[0] = 2; /* a locally administered address: nothing is sent */
	generator_frame_make4(&template, &link, options->server4);
	memcpy((void *)&run->skeleton->rodata->template4, &template, sizeof(template));
	generator_frame_make6(&template, &link, &options->source6, &options->server6);
	memcpy((void *)&run->skeleton->rodata->template6, &template, sizeof(template));
	run->skeleton->rodata->clients = options->clients;
	run->skeleton->rodata->source4 = ntohl(options->source4.s_addr);
	return rerun_bpf__load(run->skeleton);
}

int main(int argc, char **argv)
{
	struct run run = {0};
	struct options options;
	int target_fd = -1;
	int error = options_parse(&options, argc, argv);

	if (error)
		return error < 0 ? 2 : 0;
	if (!options.verbose)
		libbpf_set_print(NULL);
	run.repeat = options.repeat;
	run.any_verdict = options.any_verdict;
	run.ifindex = if_nametoindex(options.interface);
	target_fd = run.ifindex ? attached_program(run.ifindex) : -errno;
	error = target_fd < 0 ? target_fd : load_rerun(&run, &options);
	if (error) {
		fprintf(stderr, "programrun: program on %s: %s; nothing measured\n",
			options.interface, strerror(-error));
		goto out;
	}
	if (options.family4)
		error = measure_family(&run, 4, target_fd, &options);
	if (options.family6 && !error)
		error = measure_family(&run, 6, target_fd, &options);
out:
	rerun_bpf__destroy(run.skeleton);
	if (target_fd >= 0)
		close(target_fd);
	return error ? 1 : 0;
}
