// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The responder for whoever answers many frames: by what is held of the time page (held.h), so that
 * there is nothing left to do for each frame but its timestamps. What becomes of a frame is to the
 * bit what respond() makes of it.
 */
#ifndef CORE_RESPOND_HELD_H
#define CORE_RESPOND_HELD_H

#include "dataplane/core/held_take.h"
#include "dataplane/core/respond.h"

/* respond(), up to the limit: SERVED, ret_access filled; or why not. */
CORE_INLINE enum verdict respond_held_judge(
	const struct respond_input *in, const struct held *held, uint32_t *ret_access)
{
	enum verdict verdict = respond_admit(in, ret_access);

	if (verdict == VERDICT_SERVED)
		verdict = (enum verdict)held->verdict;
	if (verdict == VERDICT_SERVED && in->no_route)
		verdict = VERDICT_PASS_NO_ROUTE;
	return verdict;
}

/* The reply, for one of the SERVED verdicts, at a moment that is covered. */
CORE_INLINE void respond_held_build(
	const struct respond_input *in, enum verdict verdict, const struct held *held)
{
	uint64_t elapsed_q32 =
		ntp_time_scale(in->now_ns - held->base_ns, held->multiplier, held->shift);
	struct reply_moment moment = {held->base_ts + elapsed_q32, held->noise_mask};
	uint64_t cost_q32 = CORE_LIKELY(in->waited_ns == 0)
				    ? held->answer_cost_q32
				    : reply_cost_q32(held->answer_cost_ns, in->waited_ns);
	const struct reply_head *head = &held->head;

	if (CORE_UNLIKELY(verdict == VERDICT_SERVED_KISS))
		head = &held->kiss;
	reply_frame(&in->layers, head,
		reply_stamps_of(
			moment, cost_q32, be64_value(in->layers.ntp->transmit_ts), in->random),
		in->features & FEATURE_DSCP ? in->settings->traffic_class : 0);
}

/* respond() at a moment that is covered. in->page and in->page_retries are not looked at. */
CORE_INLINE enum verdict respond_held(const struct respond_input *in, const struct held *held)
{
	uint32_t access = 0;
	enum verdict verdict = respond_held_judge(in, held, &access);

	if (verdict != VERDICT_SERVED)
		return verdict;
	verdict = respond_within_limit(in, access);
	if (verdict_action(verdict) == VERDICT_ACTION_SERVED)
		respond_held_build(in, verdict, held);
	return verdict;
}

#endif
