// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The responder for whoever answers many frames at about the same moment: the time page is read
 * once and held for all of them, and what their replies say alike is prepared once. What a reply
 * says is to the bit what respond() gives: a sample is held for HELD_NS around its reading and only
 * where nothing but the time changes from one end to the other: not when it expires, when a leap
 * second is armed, or when the root dispersion takes its next step.
 */
#ifndef CORE_RESPOND_HELD_H
#define CORE_RESPOND_HELD_H

#include "dataplane/core/respond.h"

/* A burst takes some 3 us; a card's receive stamp is some 10 us before it. */
#define RESPOND_HELD_NS 100000ULL

struct respond_held {
	uint64_t from_ns, until_ns; /* holds in between; until_ns is 0: nothing is held */
	struct timepage_sample sample;
	struct reply_head head, kiss;
	uint64_t noise_mask;
};

/* Holds what the page says about now_ns, if it can be held. page_retries as in respond_input. */
CORE_INLINE void respond_held_take(struct respond_held *held, const struct timepage *page,
	uint64_t now_ns, uint64_t *page_retries)
{
	uint64_t from_ns = now_ns - RESPOND_HELD_NS, until_ns = now_ns + RESPOND_HELD_NS;
	struct timepage_reading first, last;

	held->from_ns = from_ns;
	held->until_ns = 0;
	if (timepage_copy(page, page_retries, &held->sample) != VERDICT_SERVED)
		return;
	if (held->sample.leap_at_ns != 0 ||
		timepage_judge(&held->sample, from_ns) != VERDICT_SERVED ||
		timepage_judge(&held->sample, until_ns) != VERDICT_SERVED)
		return;
	timepage_evaluate(&held->sample, from_ns, &first);
	timepage_evaluate(&held->sample, until_ns, &last);
	if (first.root_dispersion_q16 != last.root_dispersion_q16)
		return;
	held->head = reply_head(&first);
	held->head.gain = reply_head_sum(&held->head);
	held->noise_mask = reply_noise_mask(first.precision);
	reply_make_kiss(&first);
	held->kiss = reply_head(&first);
	held->until_ns = until_ns;
}

CORE_INLINE bool respond_held_covers(const struct respond_held *held, uint64_t now_ns)
{
	return now_ns >= held->from_ns && now_ns < held->until_ns;
}

/* The reply, for one of the SERVED verdicts, at a moment that is covered. */
CORE_INLINE void respond_held_build(
	const struct respond_input *in, enum verdict verdict, const struct respond_held *held)
{
	struct ntp_time now = timepage_sample_time(&held->sample, in->now_ns);
	struct reply_moment moment = {ntp_time_to_wire(now), held->noise_mask};
	const struct reply_head *head = &held->head;

	if (CORE_UNLIKELY(verdict == VERDICT_SERVED_KISS))
		head = &held->kiss;
	reply_frame(&in->layers, head,
		reply_stamps_of(moment, reply_cost_q32(held->sample.answer_cost_ns, in->waited_ns),
			be64_value(in->layers.ntp->transmit_ts), in->random),
		in->features & FEATURE_DSCP ? in->settings->traffic_class : 0);
}

/* respond() at a moment that is covered. in->page and in->page_retries are not looked at. */
CORE_INLINE enum verdict respond_held(
	const struct respond_input *in, const struct respond_held *held)
{
	uint32_t access = 0;
	enum verdict verdict = respond_admit(in, &access);

	if (verdict == VERDICT_SERVED && in->no_route)
		verdict = VERDICT_PASS_NO_ROUTE;
	if (verdict != VERDICT_SERVED)
		return verdict;
	verdict = respond_within_limit(in, access);
	if (verdict_action(verdict) == VERDICT_ACTION_SERVED)
		respond_held_build(in, verdict, held);
	return verdict;
}

#endif
