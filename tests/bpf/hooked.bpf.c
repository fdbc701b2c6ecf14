// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The XDP program as it is, with the test's clock and dice in place of the
 * kernel's: what it answers is then the same to the octet as what the core
 * answers natively. For tests/bpf alone; never attached outside their namespace.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "tests/bpf/hook.h"

struct test_hook hook SEC(".data.hook");

#define HOOK_CLOCK_NS()      (*(volatile uint64_t *)&hook.now_ns)
#define HOOK_RANDOM(cpu, in) (*(volatile uint32_t *)&hook.random)

#include "bpf/ntpxdp.bpf.c"
