// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What became of a frame, and why: the one list. The enum, the index of the
 * counter, the name in statistics and metrics, and the text for people all
 * come from it. SERVED: a reply stands in the frame (the group of that name: a kiss is one). PASS:
 * the frame goes on to the kernel as it came. DROP: what protocol.md calls silence.
 *
 * SERVED is zero: each step of respond() returns it for "no objection".
 * Appending is free; a change of order changes the counters' layout (counters.h).
 */
#ifndef CORE_VERDICT_H
#define CORE_VERDICT_H

#include "dataplane/core/compiler.h"

/* X(action, reason, name, text) */
#define VERDICT_LIST(X)                                                                            \
	X(SERVED, SERVED, "served", "answered")                                                    \
	X(SERVED, SERVED_LEAKED, "served_leaked", "over the rate limit, answered all the same")    \
	X(SERVED, SERVED_KISS, "served_kiss", "over the rate limit, told so (RATE)")               \
	X(PASS, PASS_TRUNCATED, "pass_truncated", "header cut short or of no known form")          \
	X(PASS, PASS_NOT_IP, "pass_not_ip", "neither IPv4 nor IPv6")                               \
	X(PASS, PASS_VLAN_DEPTH, "pass_vlan_depth", "more than two VLAN tags")                     \
	X(PASS, PASS_NOT_UDP, "pass_not_udp", "IP, but not UDP")                                   \
	X(PASS, PASS_NOT_NTP, "pass_not_ntp", "UDP, but not to the NTP port")                      \
	X(PASS, PASS_IP_OPTIONS, "pass_ip_options", "IPv4 options")                                \
	X(PASS, PASS_FRAGMENT, "pass_fragment", "IPv4 fragment")                                   \
	X(PASS, PASS_IPV6_EXTENSION, "pass_ipv6_extension", "IPv6 extension header")               \
	X(PASS, PASS_UDP_LENGTH, "pass_udp_length", "UDP length differs from the IP length")       \
	X(PASS, PASS_FOREIGN_MAC, "pass_foreign_mac", "not to this interface's MAC address")       \
	X(PASS, PASS_GROUP, "pass_group", "to a multicast or broadcast address")                   \
	X(PASS, PASS_FOREIGN_ADDRESS, "pass_foreign_address",                                      \
		"not to an address that is answered")                                              \
	X(PASS, PASS_MODE, "pass_mode", "a reply or a peer, not a client (modes 1, 2, 4, 5)")      \
	X(PASS, PASS_LONG, "pass_long", "over 48 octets: extension fields or a MAC")               \
	X(PASS, PASS_INTERLEAVED, "pass_interleaved", "asks for interleaved mode")                 \
	X(PASS, PASS_PAGE_UNWRITTEN, "pass_page_unwritten", "no time: page never written")         \
	X(PASS, PASS_PAGE_FOREIGN, "pass_page_foreign", "no time: page of another layout")         \
	X(PASS, PASS_PAGE_TORN, "pass_page_torn", "no time: page changed while it was read")       \
	X(PASS, PASS_PAGE_EXPIRED, "pass_page_expired", "no time: sample expired")                 \
	X(PASS, PASS_UNSYNCHRONISED, "pass_unsynchronised", "no time: not synchronised")           \
	X(PASS, PASS_NO_ROUTE, "pass_no_route", "no route or neighbour for the reply (fib)")       \
	X(DROP, DROP_SHORT, "drop_short", "under 48 octets")                                       \
	X(DROP, DROP_VERSION, "drop_version", "version 0, 5, 6 or 7")                              \
	X(DROP, DROP_MODE, "drop_mode", "mode 0, 6 or 7")                                          \
	X(DROP, DROP_SOURCE_PORT, "drop_source_port", "source port 0")                             \
	X(DROP, DROP_SOURCE_ADDRESS, "drop_source_address", "source no client can have")           \
	X(DROP, DROP_NO_CHECKSUM, "drop_no_checksum", "IPv6 without a UDP checksum")               \
	X(DROP, DROP_DENIED, "drop_denied", "refused by a rule")                                   \
	X(DROP, DROP_LIMITED, "drop_limited", "over the rate limit")                               \
	X(DROP, DROP_EXTENSION, "drop_extension", "MAC, or malformed extension fields")            \
	X(DROP, DROP_UNSYNCHRONISED, "drop_unsynchronised", "no time: silence asked for")

enum verdict {
#define VERDICT_ENUM(action, reason, name, text) VERDICT_##reason,
	VERDICT_LIST(VERDICT_ENUM)
#undef VERDICT_ENUM
	VERDICT_COUNT
};

enum verdict_action {
	VERDICT_ACTION_SERVED,
	VERDICT_ACTION_PASS,
	VERDICT_ACTION_DROP
};

/* First of the PASS and of the DROP group; the list keeps each group together. */
#define VERDICT_FIRST_PASS VERDICT_PASS_TRUNCATED
#define VERDICT_FIRST_DROP VERDICT_DROP_SHORT

CORE_INLINE enum verdict_action verdict_action(enum verdict verdict)
{
	if (verdict < VERDICT_FIRST_PASS)
		return VERDICT_ACTION_SERVED;
	return verdict < VERDICT_FIRST_DROP ? VERDICT_ACTION_PASS : VERDICT_ACTION_DROP;
}

/* The action in the list is what the grouping says. */
#define VERDICT_CHECK(action, reason, name, text)                                                  \
	_Static_assert(                                                                            \
		VERDICT_ACTION_##action ==                                                         \
			(VERDICT_##reason < VERDICT_FIRST_PASS          ? VERDICT_ACTION_SERVED    \
				: VERDICT_##reason < VERDICT_FIRST_DROP ? VERDICT_ACTION_PASS      \
									: VERDICT_ACTION_DROP),    \
		"verdict.h: " name " stands in the wrong group");
VERDICT_LIST(VERDICT_CHECK)
#undef VERDICT_CHECK

/* Was the frame a client's request to this host? What counters_block.request counts. */
CORE_INLINE bool verdict_is_request(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_SERVED:
	case VERDICT_SERVED_LEAKED:
	case VERDICT_SERVED_KISS:
	case VERDICT_PASS_LONG:
	case VERDICT_PASS_INTERLEAVED:
	case VERDICT_PASS_PAGE_UNWRITTEN:
	case VERDICT_PASS_PAGE_FOREIGN:
	case VERDICT_PASS_PAGE_TORN:
	case VERDICT_PASS_PAGE_EXPIRED:
	case VERDICT_PASS_UNSYNCHRONISED:
	case VERDICT_PASS_NO_ROUTE:
	case VERDICT_DROP_DENIED:
	case VERDICT_DROP_LIMITED:
	case VERDICT_DROP_UNSYNCHRONISED:
		return true;
	default:
		return false;
	}
}

#endif
