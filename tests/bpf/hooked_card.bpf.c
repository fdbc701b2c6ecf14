// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The XDP program with card stamps as it is, with the test's clock, dice and card in place of the
 * kernel's and the driver's. It is not bound to an interface, and runs through BPF_PROG_RUN.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "tests/bpf/hook.h"

struct test_hook hook SEC(".data.hook");

#define HOOK_CLOCK_NS()      (*(volatile uint64_t *)&hook.now_ns)
#define HOOK_RANDOM(cpu, in) (*(volatile uint32_t *)&hook.random)
#define HOOK_CARD_STAMP(ctx, ret_card_ns)                                                          \
	(*(ret_card_ns) = *(volatile uint64_t *)&hook.card_ns,                                     \
		*(volatile int32_t *)&hook.card_error)

#include "bpf/hardware.bpf.c"
