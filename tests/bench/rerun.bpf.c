// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * For program-run without live frames, where the kernel does not restore the packet
 * between repeats: `rerun4` and `rerun6` make the frame a request again and jump to
 * the program under test. `transmit` is the empty program whose time is subtracted.
 * Loaded by programrun.c, which fills the jump table.
 */
#include "bpf/generator_request.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} target SEC(".maps");

struct generator_cpu cpus[GENERATOR_CPUS];

SEC("xdp")
int rerun4(struct xdp_md *ctx)
{
	__u32 index = bpf_get_smp_processor_id();

	if (index < GENERATOR_CPUS && request_build4(ctx, &cpus[index]))
		bpf_tail_call(ctx, &target, 0);
	return XDP_ABORTED;
}

SEC("xdp")
int rerun6(struct xdp_md *ctx)
{
	__u32 index = bpf_get_smp_processor_id();

	if (index < GENERATOR_CPUS && request_build6(ctx, &cpus[index]))
		bpf_tail_call(ctx, &target, 0);
	return XDP_ABORTED;
}

SEC("xdp")
int transmit(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_TX;
}

char _license[] SEC("license") = "GPL";
