// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The clock and the dice of the hooked worker (hooked_worker.c). The runner sets them before each
 * burst. The TSC counts ns: 0 when the burst's clock is read, waited_ns at every later look.
 */
#ifndef TESTS_DPDK_HOOK_H
#define TESTS_DPDK_HOOK_H

#include <stdint.h>

struct test_hook {
	uint64_t now_ns, waited_ns;
	uint32_t random;
	uint32_t tsc_looks;
};

extern struct test_hook hook;

#endif
