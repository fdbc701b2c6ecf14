// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the time page says, held by who answers many frames: what replies say alike is prepared once
 * and stays for a millisecond at most, while the page's generation stands and nothing but the time
 * changes. Elsewhere (no good time, a leap second, a step of the root dispersion) it is taken for
 * one moment alone. held_take.h fills it, respond.h answers by it.
 *
 * Each user, a core or a worker, has one of its own; zeros: nothing is held.
 */
#ifndef CORE_HELD_H
#define CORE_HELD_H

#include "dataplane/core/reply.h"

#define HELD_BEFORE_NS 100000ULL  /* a card's receive stamp is some 10 us before the reading */
#define HELD_AFTER_NS  1000000ULL /* the dispersion takes a step of 2^-16 s each second or so */

struct held {
	uint64_t generation; /* of the page; 0: nothing, or of one moment alone */
	uint64_t from_ns, until_ns;
	uint64_t base_ns; /* of the sample; base_ts is the time then, in wire format, host order */
	uint64_t base_ts;
	uint32_t multiplier, shift;
	uint64_t noise_mask;
	uint64_t answer_cost_q32; /* of a request that has not waited */
	struct reply_head head;
	struct reply_head kiss;
	uint32_t answer_cost_ns;
	uint32_t verdict; /* enum verdict: is there a time to be served? */
};

/* Does it hold at now_ns, and the page not say anything else by now? False: it has to be taken
 * (held_take()). */
CORE_INLINE bool held_stands(const struct held *held, const struct timepage *page, uint64_t now_ns)
{
	uint64_t generation = compiler_load_acquire(page->generation);

	return held->generation == generation && generation != 0 &&
	       /* Who sets a page up may begin with the first generation once more. */
	       held->base_ns == compiler_load(page->sample[generation & 1].base_ns) &&
	       now_ns >= held->from_ns && now_ns < held->until_ns;
}

#endif
