// SPDX-License-Identifier: GPL-2.0-or-later
#include "dataplane/socket/query.h"

#define RESPONSE_BITS 0xe0 /* response, error, more: RFC 9327 sec. 2; none is a question's */

/* 127.0.0.0/8 and ::1. Not the host's other addresses: where an IPv4 datagram between two of
 * those really came from the kernel does not say. */
static bool source_is_loopback(const struct socket_request *request)
{
	if (request->family == FRAME_IPV4)
		return be32_value(request->source_ipv4) >> 24 == 127;
	return !request->source_ipv6[0].raw && be64_value(request->source_ipv6[1]) == 1;
}

bool socket_query_allowed(const struct socket_shared *shared, const struct socket_request *request)
{
	uint8_t version;

	if (!request->from_inside || request->to_group || request->cut ||
		!request->source_port.raw || request->length < SOCKET_QUERY_HEADER)
		return false;
	version = request->payload[0] >> 3 & 7;
	if ((request->payload[0] & 7) != NTP_MODE_CONTROL || version < NTP_VERSION_MIN ||
		version > NTP_VERSION_MAX || request->payload[1] & RESPONSE_BITS)
		return false;
	return source_is_loopback(request) &&
	       !(socket_reply_access(shared, request) & ACCESS_NOQUERY);
}

bool socket_query_within(struct socket_query_limit *limit, uint64_t now_ns)
{
	if (!limit->second_ns || now_ns - limit->second_ns >= NTP_TIME_NS_PER_S)
		*limit = (struct socket_query_limit){.second_ns = now_ns};
	return limit->count++ < SOCKET_QUERY_PER_S;
}
