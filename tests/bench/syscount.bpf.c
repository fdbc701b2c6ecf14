// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Counts the system calls of one process. Loaded by syscount.c, which says which one: process and
 * the PID namespace that its number is of.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

const volatile __u32 process;
const volatile __u64 namespace_device, namespace_inode;

__u64 calls;

SEC("raw_tp/sys_enter")
int enter(void *ctx)
{
	struct bpf_pidns_info ids;

	(void)ctx;
	if (bpf_get_ns_current_pid_tgid(namespace_device, namespace_inode, &ids, sizeof(ids)) ==
			0 &&
		ids.tgid == process)
		__sync_fetch_and_add(&calls, 1);
	return 0;
}

char _license[] SEC("license") = "GPL";
