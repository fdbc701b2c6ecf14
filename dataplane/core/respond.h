// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The responder: frame -> is it ours? -> request -> time -> reply, ending in one verdict.
 *
 * Work has two phases. respond_parse() finds the layers, which give the keys
 * (client, destination). The caller then fetches what they select and reads the
 * clock, and respond() decides and builds. Everything is handed in: the core
 * owns nothing and calls nothing. Only SERVED changes the frame; its reply is
 * the first respond_reply_length() octets.
 *
 * For engines that get frames; the socket engine uses request.h, timepage.h and reply.h.
 */
#ifndef CORE_RESPOND_H
#define CORE_RESPOND_H

#include "dataplane/core/config.h"
#include "dataplane/core/frame.h"
#include "dataplane/core/reply_frame.h"
#include "dataplane/core/request.h"
#include "dataplane/core/respond_keys.h"
#include "dataplane/core/timepage.h"

/* All pointers are the caller's and stay valid during the call. */
struct respond_input {
	struct frame_layers layers; /* by respond_parse() */
	const struct interface *interface;
	const struct localaddr_table *addresses;
	const struct timepage *page;
	uint32_t features; /* FEATURE_*, constant where the compiler should fold */
	uint32_t random;
	uint64_t now_ns;    /* CLOCK_MONOTONIC, when the request came */
	uint64_t waited_ns; /* from then to the clock reading; 0: now_ns is that reading */
	bool no_route;      /* FEATURE_FIB: the caller's lookup found no way back */
};

/* Phase one. SERVED: UDP to the settings' port, layers filled. Else the frame is the kernel's. */
CORE_INLINE enum verdict respond_parse(
	const struct frame *frame, const struct settings *settings, struct frame_layers *ret_layers)
{
	return frame_parse(frame, settings->port, ret_layers);
}

CORE_INLINE bool respond_mac_is(const struct frame_ethernet *ethernet, const struct interface *own)
{
	const struct frame_mac *a = (const void *)ethernet->destination;
	const struct frame_mac *b = (const void *)own->mac;

	return a->head == b->head && a->tail == b->tail;
}

/* Was the frame sent to this interface, and to an address that this host serves? */
CORE_INLINE enum verdict respond_ours(
	const struct respond_input *in, const struct localaddr_set *own)
{
	const struct frame_layers *layers = &in->layers;
	enum localaddr_kind kind;

	/* Neither to a group nor from one: the reply would go to all of it. */
	if ((layers->ethernet->destination[0] | layers->ethernet->source[0]) & 1)
		return VERDICT_PASS_GROUP;
	if (!respond_mac_is(layers->ethernet, in->interface))
		return VERDICT_PASS_FOREIGN_MAC;
	kind = localaddr_set_find(own, respond_destination(layers));
	if (CORE_LIKELY(kind == LOCALADDR_OWN))
		return VERDICT_SERVED;
	if (kind == LOCALADDR_BROADCAST || respond_to_group(layers))
		return VERDICT_PASS_GROUP;
	return VERDICT_PASS_FOREIGN_ADDRESS;
}

/* The source must be one that a client can have and that a reply reaches. */
CORE_INLINE enum verdict respond_client(
	const struct respond_input *in, const struct localaddr_set *own)
{
	const struct frame_layers *layers = &in->layers;

	if (respond_source_impossible(layers))
		return VERDICT_DROP_SOURCE_ADDRESS;
	/* RFC 8200 sec. 8.1: IPv6 has no UDP without a checksum. */
	if (layers->family == FRAME_IPV6 && layers->udp->checksum.raw == 0)
		return VERDICT_DROP_NO_CHECKSUM;
	if (localaddr_set_find(own, respond_source(layers)) != LOCALADDR_NONE)
		return VERDICT_DROP_SOURCE_ADDRESS;
	return VERDICT_SERVED;
}

CORE_INLINE enum verdict respond_request(const struct respond_input *in)
{
	const struct frame_layers *layers = &in->layers;
	enum verdict verdict = request_judge(
		layers->ntp, layers->payload_length, be_load(layers->udp->source_port));

	if (verdict == VERDICT_SERVED && in->features & FEATURE_INTERLEAVED &&
		request_is_interleaved(layers->ntp))
		return VERDICT_PASS_INTERLEAVED;
	return verdict;
}

/* What stood behind the IP packet (padding, trailer) is trimmed. */
CORE_INLINE uint32_t respond_reply_length(const struct frame_layers *layers)
{
	return layers->header_length + NTP_PACKET_SIZE;
}

/* Phase two. */
CORE_INLINE enum verdict respond(const struct respond_input *in)
{
	const struct localaddr_set *own = localaddr_current(in->addresses);
	struct timepage_reading reading;
	enum verdict verdict = respond_ours(in, own);

	if (verdict == VERDICT_SERVED)
		verdict = respond_request(in);
	if (verdict == VERDICT_SERVED)
		verdict = respond_client(in, own);
	if (verdict == VERDICT_SERVED)
		verdict = timepage_read(in->page, in->now_ns, &reading);
	if (verdict == VERDICT_SERVED && in->no_route)
		verdict = VERDICT_PASS_NO_ROUTE;
	if (verdict != VERDICT_SERVED)
		return verdict;
	reply_frame(&in->layers, &reading,
		reply_stamps(&reading, reply_cost_q32(&reading, in->waited_ns),
			be64_value(in->layers.ntp->transmit_ts), in->random));
	return VERDICT_SERVED;
}

#endif
