// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Steers NTP to the DPDK engine on net_af_xdp (`xdp_prog=` of that driver, which loads this file,
 * fills the map and takes the program off again): what a client asks, and could be answered, goes
 * to the engine's socket of the queue; all else goes on to the kernel, and so does everything while
 * no engine is there. The rules are the packet core's; they are applied again by the engine.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "dataplane/core/request.h"

#define QUEUES 64

struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, QUEUES);
	__uint(key_size, sizeof(uint32_t));
	__uint(value_size, sizeof(uint32_t));
} xsks_map SEC(".maps"); /* the driver looks for this name */

SEC("xdp")
int ntpxdp_steer(struct xdp_md *ctx)
{
	struct frame frame = {(void *)(long)ctx->data, (void *)(long)ctx->data_end};
	struct frame_layers layers;

	if (frame_parse(&frame, be16_of(NTP_PORT), &layers) != VERDICT_SERVED ||
		layers.ntp == NULL ||
		request_judge(layers.ntp, layers.payload_length,
			be_load(layers.udp->source_port)) != VERDICT_SERVED)
		return XDP_PASS;
	return (int)bpf_redirect_map(&xsks_map, ctx->rx_queue_index, XDP_PASS);
}

char LICENSE[] SEC("license") = "GPL";
