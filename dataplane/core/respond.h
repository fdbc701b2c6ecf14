// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The responder: frame -> is it ours? -> request -> allowed? -> within the limit? -> time ->
 * reply, ending in one verdict.
 *
 * Work has two phases. respond_parse() finds the layers, which give the keys
 * (client, destination). The caller then fetches what they select and reads the
 * clock, and respond() decides and builds; who would read the clock only for what is worth it
 * calls respond_admit() before and respond_admitted() behind that. Everything is handed in: the
 * core owns nothing and calls nothing. Only SERVED changes the frame; its reply is the first
 * respond_reply_length() octets.
 *
 * For engines that get frames. Who answers many has a template (reply_template.h), so that there is
 * nothing left to do for each but its timestamps, and calls respond_by_template(). The socket
 * engine uses request.h, timepage.h and reply.h.
 */
#ifndef CORE_RESPOND_H
#define CORE_RESPOND_H

#include "dataplane/core/reply_frame.h"
#include "dataplane/core/reply_template_fill.h"
#include "dataplane/core/respond_limits.h"
#include "dataplane/core/respond_ours.h"

/* Phase one. SERVED: UDP to the settings' port, layers filled. Else the frame is the kernel's. */
CORE_INLINE enum verdict respond_parse(
	const struct frame *frame, const struct settings *settings, struct frame_layers *ret_layers)
{
	return frame_parse(frame, settings->port, ret_layers);
}

/* What stood behind the IP packet (padding, trailer) is trimmed. */
CORE_INLINE uint32_t respond_reply_length(const struct frame_layers *layers)
{
	return layers->header_length + NTP_PACKET_SIZE;
}

/* Phase two, all that does not ask for the time: SERVED, ret_access (ACCESS_*) filled; or why not.
 */
CORE_INLINE enum verdict respond_admit(const struct respond_input *in, uint32_t *ret_access)
{
	enum verdict verdict = respond_ours(in);

	if (verdict == VERDICT_SERVED)
		verdict = respond_request(in);
	if (verdict == VERDICT_SERVED)
		verdict = respond_client(in);
	return respond_by_rule(in, verdict, ret_access);
}

/* Phase two, behind the limit: the reply, for one of the SERVED verdicts. */
CORE_INLINE void respond_build(
	const struct respond_input *in, enum verdict verdict, const struct reply_template *tmpl)
{
	struct reply_moment moment = {reply_template_time(tmpl, in->now_ns), tmpl->noise_mask};
	uint64_t cost_q32 = tmpl->answer_cost_q32;
	const struct reply_head *head = &tmpl->head;

	if (CORE_UNLIKELY(in->waited_ns != 0))
		cost_q32 = reply_cost_seen(
			reply_cost_q32(tmpl->answer_cost_ns, in->waited_ns), tmpl->noise_mask);
	if (CORE_UNLIKELY(verdict == VERDICT_SERVED_KISS))
		head = &tmpl->kiss;
	reply_frame(&in->layers, head,
		reply_stamps_of(
			moment, cost_q32, be64_value(in->layers.ntp->transmit_ts), in->random),
		in->features & FEATURE_DSCP ? in->settings->traffic_class : 0);
}

/*
 * Phase two, for what was admitted, with what respond_admit() filled. The template is of
 * in->now_ns; in->page is not looked at.
 * Time is looked at before the limit: what is passed up for want of time is limited there, by the
 * engine that answers it, and counts once.
 */
CORE_INLINE enum verdict respond_admitted(
	const struct respond_input *in, const struct reply_template *tmpl, uint32_t access)
{
	enum verdict verdict = (enum verdict)tmpl->verdict;

	if (verdict != VERDICT_SERVED)
		return verdict;
	if (in->no_route)
		return VERDICT_PASS_NO_ROUTE;
	verdict = respond_within_limit(in, access);
	if (verdict_action(verdict) == VERDICT_ACTION_SERVED)
		respond_build(in, verdict, tmpl);
	return verdict;
}

/* Phase two, by a template. */
CORE_INLINE enum verdict respond_by_template(
	const struct respond_input *in, const struct reply_template *tmpl)
{
	uint32_t access = 0;
	enum verdict verdict = respond_admit(in, &access);

	return verdict == VERDICT_SERVED ? respond_admitted(in, tmpl, access) : verdict;
}

/* Phase two, for one frame alone. */
CORE_INLINE enum verdict respond(const struct respond_input *in)
{
	struct reply_template tmpl;

	reply_template_fill(&tmpl, in->page, in->now_ns, NULL);
	return respond_by_template(in, &tmpl);
}

#endif
