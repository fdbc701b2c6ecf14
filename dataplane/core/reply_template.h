// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The template of replies, for who answers many requests: what the time page makes all replies say
 * alike, prepared once. It is valid for a millisecond at most, while the page's generation stands
 * and nothing but the time changes. Elsewhere (no good time, a leap second, a step of the root
 * dispersion) it is filled for one moment alone. reply_template_fill.h fills it, respond.h builds
 * replies by it.
 *
 * Each user, a core or a worker, owns one and alone uses it; zeros: it is not valid.
 */
#ifndef CORE_REPLY_TEMPLATE_H
#define CORE_REPLY_TEMPLATE_H

#include "dataplane/core/reply.h"

/* Valid from so long before it is filled: a card's receive stamp is some 10 us old; and so long
 * after: the dispersion takes a step of 2^-16 s each second or so. */
#define REPLY_TEMPLATE_BEFORE_NS 100000ULL
#define REPLY_TEMPLATE_AFTER_NS  1000000ULL

struct reply_template {
	uint64_t generation; /* of the page */
	uint64_t from_ns;
	uint64_t lasts_ns;          /* from then on; 0: there is nothing, or of one moment alone */
	uint64_t base_ts;           /* the time at from_ns in wire format, host order ... */
	uint64_t base_rest;         /* ... and what that cuts off, in 2^-shift of its unit */
	uint32_t multiplier, shift; /* the sample's */
	uint64_t noise_mask;
	uint64_t answer_cost_q32; /* of a request that has not waited: reply_cost_seen() */
	struct reply_head head;
	struct reply_head kiss;
	uint32_t answer_cost_ns;
	uint32_t verdict; /* enum verdict: is there a time to be served? */
};

/* Is it of now_ns, and does the page not say anything else by now? False: it has to be filled
 * (reply_template_fill()). Of one page: another one may be of the same generation. */
CORE_INLINE bool reply_template_valid(
	const struct reply_template *tmpl, const struct timepage *page, uint64_t now_ns)
{
	return tmpl->generation == compiler_load_acquire(page->generation) &&
	       now_ns - tmpl->from_ns < tmpl->lasts_ns;
}

/* The time at now_ns, of which the template is, in wire format, host order. */
CORE_INLINE uint64_t reply_template_time(const struct reply_template *tmpl, uint64_t now_ns)
{
	uint64_t scaled = (now_ns - tmpl->from_ns) * tmpl->multiplier + tmpl->base_rest;

	return tmpl->base_ts + (scaled >> (tmpl->shift & 63));
}

#endif
