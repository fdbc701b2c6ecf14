// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the addresses of a frame select and mean, in either family: for respond.h.
 */
#ifndef CORE_RESPOND_KEYS_H
#define CORE_RESPOND_KEYS_H

#include "dataplane/core/access_find.h"
#include "dataplane/core/config.h"
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

/* The mixed key of the client in the client table. */
CORE_INLINE uint64_t respond_client_key(
	const struct frame_layers *layers, const struct settings *settings)
{
	uint64_t key;

	if (layers->family == FRAME_IPV4)
		key = clients_key_ipv4(be32_value(be_load(layers->ipv4->source)));
	else
		key = be64_value(be_load(layers->ipv6->source[0])) & settings->limit.prefix6_mask;
	return clients_mix(key, settings->limit.seed);
}

/* The leaf of the rule that holds for the source. */
CORE_INLINE uint32_t respond_rule(const struct frame_layers *layers, const struct access_set *rules)
{
	if (layers->family == FRAME_IPV4)
		return access_find_ipv4(rules, be32_value(be_load(layers->ipv4->source)));
	return access_find_ipv6(rules, be64_value(be_load(layers->ipv6->source[0])),
		be64_value(be_load(layers->ipv6->source[1])));
}

#endif
