// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the addresses of a frame select and mean, in either family: for respond.h.
 */
#ifndef CORE_RESPOND_KEYS_H
#define CORE_RESPOND_KEYS_H

#include "dataplane/core/frame.h"
#include "dataplane/core/localaddr.h"
#include "dataplane/core/request.h"

/* The key of the destination or of the source in the address table. */
CORE_INLINE struct localaddr respond_destination(const struct frame_layers *layers)
{
	return layers->family == FRAME_IPV4 ? localaddr_ipv4(be_load(layers->ipv4->destination))
					    : localaddr_ipv6(be_load(layers->ipv6->destination[0]),
						      be_load(layers->ipv6->destination[1]));
}

CORE_INLINE struct localaddr respond_source(const struct frame_layers *layers)
{
	return layers->family == FRAME_IPV4 ? localaddr_ipv4(be_load(layers->ipv4->source))
					    : localaddr_ipv6(be_load(layers->ipv6->source[0]),
						      be_load(layers->ipv6->source[1]));
}

CORE_INLINE bool respond_to_group(const struct frame_layers *layers)
{
	return layers->family == FRAME_IPV4
		       ? frame_group_ipv4(be_load(layers->ipv4->destination))
		       : be64_value(layers->ipv6->destination[0]) >> 56 == 0xff;
}

CORE_INLINE bool respond_source_impossible(const struct frame_layers *layers)
{
	return layers->family == FRAME_IPV4
		       ? request_source_ipv4_impossible(be_load(layers->ipv4->source))
		       : request_source_ipv6_impossible(be_load(layers->ipv6->source[0]),
				 be_load(layers->ipv6->source[1]));
}

#endif
