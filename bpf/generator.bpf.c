// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The load generator of `ntpxdp bench`, which owns the interface. `generate4` and
 * `generate6` are run by BPF_PROG_RUN with live frames and send one request each, or
 * none while none is due; `count`, attached to the same interface, checks each reply
 * and drops it; `transmitted` counts what the driver took. Loaded by
 * control/cli/generator.c, which sets the constants and reads the numbers.
 */
#include "bpf/generator_reply.bpf.h"

const volatile uint32_t interface_index, namespace_inode; /* a number is a namespace's own */

uint64_t interval_q8; /* ns * 256 between frames of one CPU; 0: no limit */
uint64_t end_q8;      /* no frame from then on, where there is a limit; as due_q8 */
struct generator_cpu cpus[GENERATOR_CPUS];

static __always_inline struct generator_cpu *this_cpu(void)
{
	uint32_t index = bpf_get_smp_processor_id();

	return index < GENERATOR_CPUS ? &cpus[index] : NULL;
}

/* Behind by more than this, the schedule starts anew instead of catching up in a burst. */
#define PACE_BACKLOG_Q8 (1000000ULL << 8)

/*
 * Paces inside the kernel: a frame that is not due is dropped where it was made, for some 30 ns,
 * while a system call for each burst would cost a thousand times that. Times between requests are
 * random, half the interval to one and a half: even ones would fall in or out of step with the
 * kernel's timer tick, and latency would be that of the phase.
 */
static __always_inline bool is_due(struct generator_cpu *cpu)
{
	uint64_t now_q8;

	if (cpu->sequence >= cpu->quota)
		return false;
	if (!interval_q8)
		return true;
	now_q8 = bpf_ktime_get_ns() << 8;
	if (now_q8 < cpu->due_q8 || now_q8 >= end_q8)
		return false;
	if (now_q8 - cpu->due_q8 > PACE_BACKLOG_Q8)
		cpu->due_q8 = now_q8;
	cpu->due_q8 += interval_q8 / 2 + (interval_q8 * (request_dice(cpu) >> 16) >> 16);
	return true;
}

SEC("xdp")
int generate4(struct xdp_md *ctx)
{
	struct generator_cpu *cpu = this_cpu();

	if (!cpu)
		return XDP_ABORTED;
	if (!is_due(cpu))
		return XDP_DROP;
	return request_build4(ctx, cpu) ? XDP_TX : XDP_ABORTED;
}

SEC("xdp")
int generate6(struct xdp_md *ctx)
{
	struct generator_cpu *cpu = this_cpu();

	if (!cpu)
		return XDP_ABORTED;
	if (!is_due(cpu))
		return XDP_DROP;
	return request_build6(ctx, cpu) ? XDP_TX : XDP_ABORTED;
}

SEC("xdp")
int count(struct xdp_md *ctx)
{
	return reply_look(ctx, this_cpu(), false);
}

/* What of the kernel's structs is looked at; the places are the running kernel's. */
struct ns_common {
	unsigned int inum;
} __attribute__((preserve_access_index));

struct net {
	struct ns_common ns;
} __attribute__((preserve_access_index));

typedef struct {
	struct net *net;
} __attribute__((preserve_access_index)) possible_net_t;

struct net_device {
	int ifindex;
	possible_net_t nd_net;
} __attribute__((preserve_access_index));

/*
 * After each burst that the kernel handed to a driver's ndo_xdp_xmit, on the CPU that handed it.
 * ctx: from, to, how many it took, how many not, error.
 */
SEC("tp_btf/xdp_devmap_xmit")
int transmitted(uint64_t *ctx)
{
	const struct net_device *to = (const void *)ctx[1];
	struct generator_cpu *cpu = this_cpu();

	if (cpu && (uint32_t)to->ifindex == interface_index &&
		to->nd_net.net->ns.inum == namespace_inode) {
		cpu->taken += (uint32_t)ctx[2];
		cpu->refused += (uint32_t)ctx[3];
	}
	return 0;
}

char _license[] SEC("license") = "GPL";
