// SPDX-License-Identifier: GPL-2.0-or-later
#include "control/endpoint.h"

#include <netinet/in.h>
#include <string.h>

socklen_t endpoint_length(const struct sockaddr_storage *endpoint)
{
	return endpoint->ss_family == AF_INET ? sizeof(struct sockaddr_in)
					      : sizeof(struct sockaddr_in6);
}

static bool same_ipv6(const struct sockaddr_in6 *a, const struct sockaddr_in6 *b)
{
	if (a->sin6_port != b->sin6_port ||
		memcmp(&a->sin6_addr, &b->sin6_addr, sizeof(a->sin6_addr)) != 0)
		return false;
	return !IN6_IS_ADDR_LINKLOCAL(&a->sin6_addr) || a->sin6_scope_id == b->sin6_scope_id;
}

bool endpoint_same(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	const struct sockaddr_in *a4 = (const void *)a, *b4 = (const void *)b;

	if (a->ss_family != b->ss_family)
		return false;
	if (a->ss_family == AF_INET)
		return a4->sin_port == b4->sin_port && a4->sin_addr.s_addr == b4->sin_addr.s_addr;
	return same_ipv6((const void *)a, (const void *)b);
}

bool endpoint_is_loopback(const struct sockaddr_storage *endpoint)
{
	const struct sockaddr_in *ipv4 = (const void *)endpoint;
	const struct sockaddr_in6 *ipv6 = (const void *)endpoint;

	if (endpoint->ss_family == AF_INET)
		return ntohl(ipv4->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	return IN6_IS_ADDR_LOOPBACK(&ipv6->sin6_addr);
}
