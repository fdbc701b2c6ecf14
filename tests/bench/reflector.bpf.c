// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The server side that everything is compared with. `reflect` swaps addresses and
 * ports of UDP over plain IPv4 or IPv6 and sends the frame back: the least that any
 * responder does. `sink` replies to nothing, but looks at each request as the generator looks at a
 * reply: what is left is the generator's own cost.
 * Attached by peer.c for the time of one measurement.
 */
#include "bpf/generator_reply.bpf.h"

struct generator_cpu cpus[GENERATOR_CPUS];

static __always_inline void swap2(__u16 *a, __u16 *b)
{
	__u16 kept = *a;

	*a = *b;
	*b = kept;
}

static __always_inline void swap4(__u32 *a, __u32 *b)
{
	__u32 kept = *a;

	*a = *b;
	*b = kept;
}

static __always_inline void swap8(__u64 *a, __u64 *b)
{
	__u64 kept = *a;

	*a = *b;
	*b = kept;
}

static __always_inline void swap_macs(void *data)
{
	swap4(data, data + 6);
	swap2(data + 4, data + 10);
}

SEC("xdp")
int reflect(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;
	__u8 *ip = data + GENERATOR_ETH_BYTES;
	void *udp;

	if (data + GENERATOR_FRAME4_BYTES > data_end)
		return XDP_PASS;
	if (*(__u16 *)(data + 12) == bpf_htons(0x0800) && ip[0] == 0x45 && ip[9] == 17) {
		udp = ip + GENERATOR_IP4_BYTES;
		swap4((void *)(ip + 12), (void *)(ip + 16));
		swap2(udp, udp + 2);
	} else if (*(__u16 *)(data + 12) == bpf_htons(0x86dd) && ip[6] == 17 &&
		   data + GENERATOR_FRAME6_BYTES <= data_end) {
		udp = ip + GENERATOR_IP6_BYTES;
		swap8((void *)(ip + 8), (void *)(ip + 24));
		swap8((void *)(ip + 16), (void *)(ip + 32));
		swap2(udp, udp + 2);
	} else {
		return XDP_PASS;
	}
	swap_macs(data);
	return XDP_TX;
}

SEC("xdp")
int sink(struct xdp_md *ctx)
{
	reply_look(ctx, &cpus[bpf_get_smp_processor_id() & (GENERATOR_CPUS - 1)], true);
	return XDP_DROP;
}

char _license[] SEC("license") = "GPL";
