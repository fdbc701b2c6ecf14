// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Vectors about what stands in the reply (protocol.md sec. 2): the page's
 * fields, random bits, precision, timestamps that must not meet the origin, and
 * checksums that come out as zero.
 */
#include "tests/vectors/table.h"

#define SERVED_WITH(...) VERDICT_SERVED, {0}, .page = {__VA_ARGS__}

static const struct row rows[] = {
	/* Fields of the page. */
	{"page: stratum 1, reference id GPS",
		SERVED_WITH(SAMPLE(stratum, 1), SAMPLE(reference_id, 0x00535047))},
	{"page: stratum 3", SERVED_WITH(SAMPLE(stratum, 3))},
	{"page: stratum 15", SERVED_WITH(SAMPLE(stratum, 15))},
	{"page: stratum 16 is 0 on the wire", SERVED_WITH(SAMPLE(stratum, 16))},
	{"page: stratum 0", SERVED_WITH(SAMPLE(stratum, 0))},
	{"page: leap 1 announced", SERVED_WITH(SAMPLE(leap, 1))},
	{"page: leap 2 announced", SERVED_WITH(SAMPLE(leap, 2))},
	{"page: leap 3", SERVED_WITH(SAMPLE(leap, 3))},
	{"page: reference id all zeros", SERVED_WITH(SAMPLE(reference_id, 0))},
	{"page: reference id all ones", SERVED_WITH(SAMPLE(reference_id, 0xffffffff))},
	{"page: root delay 0", SERVED_WITH(SAMPLE(root_delay_q16, 0))},
	{"page: root delay 1", SERVED_WITH(SAMPLE(root_delay_q16, 1))},
	{"page: root delay at its limit", SERVED_WITH(SAMPLE(root_delay_q16, 0xffffffff))},
	{"page: reference timestamp 0", SERVED_WITH(SAMPLE(reference_ts, 0)),
		.flags = VECTOR_EXACT_CLOCK},
	{"page: all fields zero but what time needs",
		SERVED_WITH(SAMPLE(stratum, 0), SAMPLE(reference_id, 0), SAMPLE(root_delay_q16, 0),
			SAMPLE(root_dispersion_q32, 0), SAMPLE(reference_ts, 0),
			SAMPLE(precision, 0)),
		.flags = VECTOR_EXACT_CLOCK},
	{"page: fields of an IPv6 reply", VERDICT_SERVED, {.ipv6 = true},
		.page = {SAMPLE(stratum, 4), SAMPLE(leap, 2), SAMPLE(reference_id, 0xddccbbaa),
			SAMPLE(root_delay_q16, 0x00abcdef)}},

	/* The DiffServ code point: 46 (EF), 63, and a request that has one where replies have none.
	 */
	{"dscp: 46", VERDICT_SERVED, .features = FEATURE_DSCP, .traffic_class = 46 << 2},
	{"dscp: 63 over a request's type of service", VERDICT_SERVED,
		{.set = {SET(IP, 1, 1, 0x13)}}, .features = FEATURE_DSCP, .traffic_class = 63 << 2},
	{"dscp: none, whatever the request has", VERDICT_SERVED, {.set = {SET(IP, 1, 1, 0xb8)}}},
	{"dscp: IPv6, 46", VERDICT_SERVED, {.ipv6 = true}, .features = FEATURE_DSCP,
		.traffic_class = 46 << 2},
	{"dscp: IPv6, 63 over a request's class and flow label", VERDICT_SERVED,
		{.ipv6 = true, .set = {SET(IP, 0, 4, 0x6ab12345)}}, .features = FEATURE_DSCP,
		.traffic_class = 63 << 2},
	{"dscp: behind two tags, with rules", VERDICT_SERVED, {.tags = 2},
		.features = FEATURE_DSCP | FEATURE_ACCESS, .traffic_class = 10 << 2},

	/* Precision and random bits. */
	{"random: all zeros", VERDICT_SERVED, {0}, .dice = true, .random = 0},
	{"random: all ones", VERDICT_SERVED, {0}, .dice = true, .random = 0xffffffff},
	{"random: upper half", VERDICT_SERVED, {0}, .dice = true, .random = 0xffff0000},
	{"random: lower half", VERDICT_SERVED, {0}, .dice = true, .random = 0x0000ffff},
	{"random: 1", VERDICT_SERVED, {0}, .dice = true, .random = 1},
	{"random: 0x10000", VERDICT_SERVED, {0}, .dice = true, .random = 0x10000},
	{"precision: -30, random ones", VERDICT_SERVED, {0}, .page = {SAMPLE(precision, 0xe2)},
		.dice = true, .random = 0xffffffff},
	{"precision: -30, random zeros", VERDICT_SERVED, {0}, .page = {SAMPLE(precision, 0xe2)},
		.dice = true},
	{"precision: -30, IPv6", VERDICT_SERVED, {.ipv6 = true}, .page = {SAMPLE(precision, 0xe2)}},
	{"precision: -26", SERVED_WITH(SAMPLE(precision, 0xe6))},
	{"precision: -23", SERVED_WITH(SAMPLE(precision, 0xe9))},
	{"precision: -20", SERVED_WITH(SAMPLE(precision, 0xec))},
	{"precision: -16", SERVED_WITH(SAMPLE(precision, 0xf0))},
	{"precision: -10, random ones", VERDICT_SERVED, {0}, .page = {SAMPLE(precision, 0xf6)},
		.dice = true, .random = 0xffffffff},
	{"precision: -2", SERVED_WITH(SAMPLE(precision, 0xfe))},
	{"precision: -1", SERVED_WITH(SAMPLE(precision, 0xff))},
	{"precision: -1, random ones", VERDICT_SERVED, {0}, .page = {SAMPLE(precision, 0xff)},
		.dice = true, .random = 0xffffffff},

	/* What answering costs: transmit is later than receive, never equal. */
	{"cost: 0 ns", SERVED_WITH(SAMPLE(answer_cost_ns, 0))},
	{"cost: 1 ns", SERVED_WITH(SAMPLE(answer_cost_ns, 1))},
	{"cost: 29 ns, under one step", SERVED_WITH(SAMPLE(answer_cost_ns, 29))},
	{"cost: 30 ns, over one step", SERVED_WITH(SAMPLE(answer_cost_ns, 30))},
	{"cost: 100 ns, receive random ones", VERDICT_SERVED, {0},
		.page = {SAMPLE(answer_cost_ns, 100)}, .dice = true, .random = 0x0000ffff},
	{"cost: 0 ns, receive random ones", VERDICT_SERVED, {0},
		.page = {SAMPLE(answer_cost_ns, 0)}, .dice = true, .random = 0x000001ff},
	{"cost: 1 ms", SERVED_WITH(SAMPLE(answer_cost_ns, 1000000))},
	{"cost: 4.29 s, all it can say", SERVED_WITH(SAMPLE(answer_cost_ns, 0xffffffff))},

	/* Neither timestamp is the origin. */
	{"origin: equal to receive", VERDICT_SERVED, {0}, .search = SEARCH_ORIGIN_RECEIVE},
	{"origin: equal to receive, IPv6", VERDICT_SERVED, {.ipv6 = true},
		.search = SEARCH_ORIGIN_RECEIVE},
	{"origin: equal to receive, precision -30", VERDICT_SERVED, {0},
		.page = {SAMPLE(precision, 0xe2)}, .search = SEARCH_ORIGIN_RECEIVE},
	{"origin: equal to receive, random zeros", VERDICT_SERVED, {0}, .dice = true,
		.search = SEARCH_ORIGIN_RECEIVE},
	{"origin: equal to transmit", VERDICT_SERVED, {0}, .search = SEARCH_ORIGIN_TRANSMIT},
	{"origin: equal to transmit, IPv6", VERDICT_SERVED, {.ipv6 = true},
		.search = SEARCH_ORIGIN_TRANSMIT},
	{"origin: equal to transmit, precision -30", VERDICT_SERVED, {0},
		.page = {SAMPLE(precision, 0xe2)}, .search = SEARCH_ORIGIN_TRANSMIT},
	{"origin: equal to transmit, random ones", VERDICT_SERVED, {0}, .dice = true,
		.random = 0xffffffff, .search = SEARCH_ORIGIN_TRANSMIT},
	{"origin: equal to transmit, random zeros", VERDICT_SERVED, {0}, .dice = true,
		.search = SEARCH_ORIGIN_TRANSMIT},

	/* Checksums that come out as zero (RFC 768: sent as all ones; RFC 1624). */
	{"zero: the reply's UDP checksum", VERDICT_SERVED, {0}, .search = SEARCH_REPLY_UDP_ZERO},
	{"zero: the reply's UDP checksum, IPv6", VERDICT_SERVED, {.ipv6 = true},
		.search = SEARCH_REPLY_UDP_ZERO},
	{"zero: the reply's UDP checksum, two tags", VERDICT_SERVED, {.tags = 2},
		.search = SEARCH_REPLY_UDP_ZERO},
	{"zero: the reply's UDP checksum, fields zero", VERDICT_SERVED,
		{.set = {SET(NTP, 1, 7, 0), SET(NTP, 8, 8, 0), SET(NTP, 16, 8, 0), ORIGIN(0),
			 RECEIVE(0), TRANSMIT(0)}},
		.search = SEARCH_REPLY_UDP_ZERO},
	{"zero: the request's UDP checksum", VERDICT_SERVED, {0},
		.search = SEARCH_REQUEST_UDP_ZERO},
	{"zero: the request's UDP checksum, IPv6", VERDICT_SERVED, {.ipv6 = true},
		.search = SEARCH_REQUEST_UDP_ZERO},
	{"zero: both UDP checksums", VERDICT_SERVED, {0}, .search = SEARCH_BOTH_UDP_ZERO},
	{"zero: both UDP checksums, IPv6", VERDICT_SERVED, {.ipv6 = true},
		.search = SEARCH_BOTH_UDP_ZERO},
	{"zero: the reply's header checksum", VERDICT_SERVED, {0}, .search = SEARCH_REPLY_IP_ZERO},
	{"zero: the request's header checksum", VERDICT_SERVED, {0},
		.search = SEARCH_REQUEST_IP_ZERO},
	{"zero: the request's header checksum, written as all ones", VERDICT_SERVED,
		{.spoil = {SET(IP, 10, 2, 0xffff)}}, .search = SEARCH_REQUEST_IP_ZERO},
};

TABLE(table_replies, rows);
