// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The clock and the dice of the hooked programs (hooked.bpf.c, and with a card too
 * hooked_card.bpf.c), in memory that the runners map. They set them before each frame.
 */
#ifndef TESTS_BPF_HOOK_H
#define TESTS_BPF_HOOK_H

#include <stdint.h>

struct test_hook {
	uint64_t now_ns;
	uint32_t random;
	int32_t card_error; /* what asking the card returns */
	uint64_t card_ns;   /* and its stamp */
};

#endif
