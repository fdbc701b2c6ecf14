// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Makes the frame a request again for each repeat of program-run, which does not restore it, and
 * jumps to the program under test. `transmit` is the empty program whose time is subtracted.
 * Unlike rerun.bpf.c any frame will do, tagged ones too, and clients are scattered over the
 * addresses, as a pool's are. Checksums are not made: the program updates what stands there.
 */
#include <linux/bpf.h>
#include <stdbool.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "tests/bench/parts_rerun.h"

const volatile struct parts_frame frame;

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} target SEC(".maps");

__u64 dice;

/* Knuth's MMIX constants, as in generator_request.bpf.h. */
static __always_inline __u32 roll(void)
{
	dice = dice * 6364136223846793005ULL + 1442695040888963407ULL;
	return dice >> 32;
}

/*
 * The frame is written as it would have come: at rest. What was stored a moment ago in other pieces
 * than it is loaded in would have to leave the store buffer first, which costs more than the whole
 * parse and does not happen to a frame from a card: the clock read waits for that.
 */
static __always_inline void settle(void)
{
	__u64 now = bpf_ktime_get_ns();

	asm volatile("" : : "r"(now));
}

SEC("xdp")
int rerun(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	__u32 thrown = roll(), client;

	if (data + frame.length > (void *)(long)ctx->data_end)
		return XDP_ABORTED;
	/* The verifier knows the length, and removes what is beyond. */
	for (__u32 i = 0; i < PARTS_WORDS; i++)
		if (8 * i + 8 <= frame.length)
			((__u64 *)data)[i] = frame.words[i];
	*(__u64 *)(data + frame.length - 8) = frame.last;
	client = parts_client(((__u64)thrown * frame.clients) >> 32);
	*(__u32 *)(data + frame.source_at) = bpf_htonl(client);
	*(__u32 *)(data + frame.transmit_at) = thrown;
	settle();
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
