// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loads the maker of requests and times it. See parts_run.h.
 */
#include "tests/bench/parts_run.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/bench/parts_rerun.h"

#include "parts_rerun.skel.h"

#define TAG_BYTES 4
#define VLAN_ID   7
#define IFINDEX   1 /* of loopback: the program looks it up in no table */

struct parts_run {
	struct parts_rerun_bpf *skeleton;
	uint8_t frame[8 * PARTS_WORDS];
	uint32_t length;
};

/* The tag goes between the addresses and the type. */
static void tag(struct parts_run *run)
{
	static const uint8_t bytes[TAG_BYTES] = {0x81, 0x00, 0, VLAN_ID};

	memmove(run->frame + 12 + TAG_BYTES, run->frame + 12, run->length - 12);
	memcpy(run->frame + 12, bytes, TAG_BYTES);
	run->length += TAG_BYTES;
}

static void make_frame(
	struct parts_run *run, const struct parts_request *request, struct parts_frame *ret_frame)
{
	uint32_t before = GENERATOR_ETH_BYTES + (request->tagged ? TAG_BYTES : 0);
	struct generator_template template;
	size_t length;
	uint8_t *udp;

	length = request->family == 6
			 ? generator_frame_make6(
				   &template, request->link, &request->source6, &request->server6)
			 : generator_frame_make4(&template, request->link, request->server4);
	memcpy(run->frame, template.words, length);
	run->length = (uint32_t)length;
	if (request->tagged)
		tag(run);
	udp = run->frame + run->length - GENERATOR_NTP_BYTES - GENERATOR_UDP_BYTES;
	udp[0] = 0xa0; /* a source port, and a checksum that is not 0 */
	udp[6] = 0xa0;
	memcpy(ret_frame->words, run->frame, sizeof(ret_frame->words));
	memcpy(&ret_frame->last, run->frame + run->length - 8, sizeof(ret_frame->last));
	ret_frame->length = run->length;
	ret_frame->source_at = before + 12;
	ret_frame->transmit_at = run->length - 8;
	ret_frame->clients = request->clients;
}

/* Turned once and for all: each turn of the jump waits for all CPUs. */
static int aim(struct parts_run *run, int program)
{
	int fd = program < 0 ? bpf_program__fd(run->skeleton->progs.transmit) : program;
	uint32_t slot = 0;

	return bpf_map_update_elem(bpf_map__fd(run->skeleton->maps.target), &slot, &fd, BPF_ANY);
}

static int load(struct parts_run *run, const struct parts_request *request)
{
	struct parts_frame frame = {0};

	make_frame(run, request, &frame);
	run->skeleton = parts_rerun_bpf__open();
	if (!run->skeleton)
		return -errno;
	memcpy((void *)&run->skeleton->rodata->frame, &frame, sizeof(frame));
	return parts_rerun_bpf__load(run->skeleton);
}

struct parts_run *parts_run_new(const struct parts_request *request, int program)
{
	struct parts_run *run = calloc(1, sizeof(*run));
	int error;

	if (!run)
		return NULL;
	error = load(run, request);
	if (!error && aim(run, program) < 0)
		error = -errno;
	if (!error)
		return run;
	parts_run_free(run);
	errno = -error;
	return NULL;
}

void parts_run_free(struct parts_run *run)
{
	if (!run)
		return;
	parts_rerun_bpf__destroy(run->skeleton);
	free(run);
}

static double cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

int parts_run_measure(struct parts_run *run, uint32_t repeat, double *ret_ns)
{
	struct xdp_md context = {.data_end = run->length, .ingress_ifindex = IFINDEX};
	uint8_t out[sizeof(run->frame)];
	double began_ns;
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = run->frame, .data_size_in = run->length,
		.data_out = out, .data_size_out = sizeof(out), .ctx_in = &context,
		.ctx_size_in = sizeof(context), .repeat = (int)repeat);

	/* Of the thread, since the kernel's own figure is in whole ns; what a call costs besides is
	 * in the empty run too. */
	began_ns = cpu_ns();
	if (bpf_prog_test_run_opts(bpf_program__fd(run->skeleton->progs.rerun), &options) < 0)
		return -errno;
	*ret_ns = (cpu_ns() - began_ns) / repeat;
	return options.retval == XDP_TX ? 0 : -EPROTO;
}
