// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The first steps of respond(): is the frame ours, is it a request, and can its source be a client?
 */
#ifndef CORE_RESPOND_OURS_H
#define CORE_RESPOND_OURS_H

#include "dataplane/core/request.h"
#include "dataplane/core/respond_input.h"
#include "dataplane/core/respond_keys.h"

CORE_INLINE bool respond_mac_is(const struct frame_ethernet *ethernet, const struct interface *own)
{
	const struct frame_mac *a = (const void *)ethernet->destination;
	const struct frame_mac *b = (const void *)own->mac;

	return a->head == b->head && a->tail == b->tail;
}

/* Was the frame sent to this interface, and to an address that this host serves? */
CORE_INLINE enum verdict respond_ours(const struct respond_input *in)
{
	const struct frame_layers *layers = &in->layers;
	enum localaddr_kind kind;

	/* Neither to a group nor from one: the reply would go to all of it. */
	if (CORE_UNLIKELY(!respond_mac_is(layers->ethernet, in->interface)))
		return (layers->ethernet->destination[0] | layers->ethernet->source[0]) & 1
			       ? VERDICT_PASS_GROUP
			       : VERDICT_PASS_FOREIGN_MAC;
	if (layers->ethernet->source[0] & 1)
		return VERDICT_PASS_GROUP;
	kind = localaddr_recent_find(in->recent, in->addresses, respond_destination(layers));
	if (CORE_LIKELY(kind == LOCALADDR_OWN))
		return VERDICT_SERVED;
	if (kind == LOCALADDR_BROADCAST || respond_to_group(layers))
		return VERDICT_PASS_GROUP;
	return VERDICT_PASS_FOREIGN_ADDRESS;
}

/* The source must be one that a client can have and that a reply reaches. */
CORE_INLINE enum verdict respond_client(const struct respond_input *in)
{
	const struct frame_layers *layers = &in->layers;

	if (respond_source_impossible(layers))
		return VERDICT_DROP_SOURCE_ADDRESS;
	/* RFC 8200 sec. 8.1: IPv6 has no UDP without a checksum. */
	if (layers->family == FRAME_IPV6 && layers->udp->checksum.raw == 0)
		return VERDICT_DROP_NO_CHECKSUM;
	if (localaddr_find(in->addresses, respond_source(layers)) != LOCALADDR_NONE)
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

#endif
