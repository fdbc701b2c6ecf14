// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The worker as it is, with the test's clock and dice in place of the real ones: what it answers is
 * then the same to the octet as what the core answers natively.
 */
#include "tests/dpdk/hook.h"

struct test_hook hook;

#define HOOK_CLOCK_NS()     (hook.now_ns)
#define HOOK_TSC()          (hook.tsc_looks++ ? hook.waited_ns : 0)
#define HOOK_RANDOM(worker) (hook.random)
#define HOOK_STEP_NS(page)  0 /* the clock stands */

#include "dataplane/dpdk/worker.c"
