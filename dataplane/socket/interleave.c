// SPDX-License-Identifier: GPL-2.0-or-later
#include "dataplane/socket/interleave.h"

#include <string.h>

#include "dataplane/core/reply.h"
#include "dataplane/core/request.h"

static uint64_t client_of(const struct socket_shared *shared, const struct socket_request *request)
{
	if (request->family == FRAME_IPV4)
		return pairs_client(
			shared->pairs, &request->source_ipv4, sizeof(request->source_ipv4));
	return pairs_client(shared->pairs, request->source_ipv6, sizeof(request->source_ipv6));
}

enum socket_mode socket_interleave(const struct socket_shared *shared,
	const struct socket_request *request, struct ntp_packet *reply)
{
	struct ntp_packet asked;
	struct pairs_name name;
	uint64_t transmit_ts;
	enum socket_mode mode = SOCKET_BASIC_SAVED;

	if (!(shared->settings->features & FEATURE_INTERLEAVED) || !shared->pairs ||
		request->length < sizeof(asked))
		return SOCKET_BASIC;
	memcpy(&asked, request->payload, sizeof(asked));
	if (!request_is_interleaved(&asked))
		return SOCKET_BASIC;
	name = (struct pairs_name){client_of(shared, request), be64_value(asked.origin_ts)};
	if (pairs_take(shared->pairs, name, request->now_ns, &transmit_ts)) {
		reply->origin_ts = asked.receive_ts;
		reply->transmit_ts = be64_of(transmit_ts);
		mode = SOCKET_INTERLEAVED;
	}
	name.receive_ts = be64_value(reply->receive_ts);
	pairs_save(shared->pairs, name, request->now_ns);
	return mode;
}

void socket_interleaved_sent(const struct socket_shared *shared, const struct sent *sent,
	const struct timepage_reading *at, uint32_t random)
{
	uint64_t mask = reply_noise_mask(at->precision);
	uint64_t transmit_ts = ((ntp_time_to_wire(at->now) & ~mask) | (random & mask)) & ~1ULL;

	pairs_sent(shared->pairs,
		(struct pairs_name){pairs_client(shared->pairs, sent->peer, sent->peer_size),
			be64_value(sent->packet.receive_ts)},
		transmit_ts);
}
