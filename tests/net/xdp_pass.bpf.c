// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An XDP program that hands every frame on. The network tests put it on the client's end of a veth
 * pair, because the driver sends what the other end answers with XDP_TX only to an interface that
 * has a program; and on an interface of our own as somebody else's program, which attach must not
 * displace.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

char _license[] SEC("license") = "GPL";

SEC("xdp")
int xdp_pass(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_PASS;
}
