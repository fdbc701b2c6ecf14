// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The responder: frame -> is it ours? -> request -> allowed? -> within the limit? -> time ->
 * reply, ending in one verdict.
 *
 * Work has two phases. respond_parse() finds the layers, which give the keys
 * (client, destination). The caller then fetches what they select and reads the
 * clock, and respond() decides and builds. Everything is handed in: the core
 * owns nothing and calls nothing. Only SERVED changes the frame; its reply is
 * the first respond_reply_length() octets.
 *
 * For engines that get frames; respond_held.h does the same by what is held of the page. The socket
 * engine uses request.h, timepage.h and reply.h.
 */
#ifndef CORE_RESPOND_H
#define CORE_RESPOND_H

#include "dataplane/core/reply_frame.h"
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
	const struct localaddr_set *own = localaddr_current(in->addresses);
	enum verdict verdict = respond_ours(in, own);

	if (verdict == VERDICT_SERVED)
		verdict = respond_request(in);
	if (verdict == VERDICT_SERVED)
		verdict = respond_client(in, own);
	return respond_by_rule(in, verdict, ret_access);
}

/*
 * Phase two, up to the limit: SERVED, ret_reading and ret_access filled; or why not.
 * Time is read before the limit: what is passed up for want of time is limited there, by the engine
 * that answers it, and counts once.
 */
CORE_INLINE enum verdict respond_judge(
	const struct respond_input *in, struct timepage_reading *ret_reading, uint32_t *ret_access)
{
	enum verdict verdict = respond_admit(in, ret_access);

	if (verdict == VERDICT_SERVED)
		verdict =
			timepage_read_counted(in->page, in->now_ns, in->page_retries, ret_reading);
	if (verdict == VERDICT_SERVED && in->no_route)
		verdict = VERDICT_PASS_NO_ROUTE;
	return verdict;
}

/* Phase two, behind the limit: the reply, for one of the SERVED verdicts. */
CORE_INLINE void respond_build(
	const struct respond_input *in, enum verdict verdict, struct timepage_reading *reading)
{
	struct reply_head head;

	if (CORE_UNLIKELY(verdict == VERDICT_SERVED_KISS))
		reply_make_kiss(reading);
	head = reply_head(reading);
	reply_frame(&in->layers, &head,
		reply_stamps(reading, reply_cost_q32(reading->answer_cost_ns, in->waited_ns),
			be64_value(in->layers.ntp->transmit_ts), in->random),
		in->features & FEATURE_DSCP ? in->settings->traffic_class : 0);
}

/* Phase two. */
CORE_INLINE enum verdict respond(const struct respond_input *in)
{
	struct timepage_reading reading;
	uint32_t access = 0;
	enum verdict verdict = respond_judge(in, &reading, &access);

	if (verdict != VERDICT_SERVED)
		return verdict;
	verdict = respond_within_limit(in, access);
	if (verdict_action(verdict) == VERDICT_ACTION_SERVED)
		respond_build(in, verdict, &reading);
	return verdict;
}

#endif
