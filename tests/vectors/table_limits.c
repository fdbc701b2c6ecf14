// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Vectors about rules by address and the rate limit (protocol.md sec. 3). Which of the requests
 * over the limit is answered, told or dropped is for the dice to say: those rows name their own.
 */
#include "tests/vectors/table.h"

/* The network of all vectors' client, the client, and its address in IPv6. */
#define NET4(width, flags, ntpport)                                                                \
	{                                                                                          \
		false, width, VECTOR_CLIENT4 & ~0xffU, 0, flags, ntpport                           \
	}
#define CLIENT4(flags, ntpport)                                                                    \
	{                                                                                          \
		false, 32, VECTOR_CLIENT4, 0, flags, ntpport                                       \
	}
#define RULE6(width, flags, ntpport)                                                               \
	{                                                                                          \
		true, width, CLIENT6_HIGH, CLIENT6_LOW, flags, ntpport                             \
	}
#define CLIENT6_HIGH VECTOR_OTHER6_HIGH
#define CLIENT6_LOW  VECTOR_OTHER6_LOW

#define DENY    ACCESS_DENY
#define LIMITED ACCESS_LIMITED
#define KOD     ACCESS_KOD
#define BOTH    (FEATURE_ACCESS | FEATURE_CLIENTS)

/* Random bits with which a request over the limit, of the client in IPv4 or IPv6, meets each fate
 * with the seed of vector_limit(): found by trial. */
#define DICE_OVER  0x1
#define DICE_LEAK  0x16
#define DICE_KISS  0x5
#define DICE_OVER6 0x1
#define DICE_LEAK6 0x15
#define DICE_KISS6 0x3

static const struct row rows[] = {
	/* Rules alone. */
	{"rules: none, all may ask", VERDICT_SERVED, .features = FEATURE_ACCESS},
	{"rules: none, nobody may ask", VERDICT_DROP_DENIED, .features = FEATURE_ACCESS,
		.otherwise = DENY},
	{"rules: the client's network is refused", VERDICT_DROP_DENIED, .features = FEATURE_ACCESS,
		.rules = {NET4(24, DENY, DENY)}},
	{"rules: the network next to it is refused", VERDICT_SERVED, .features = FEATURE_ACCESS,
		.rules = {{false, 24, 0xcb007000, 0, DENY, DENY}}},
	{"rules: all are refused but the client's network", VERDICT_SERVED,
		.features = FEATURE_ACCESS, .otherwise = DENY, .rules = {NET4(24, 0, 0)}},
	{"rules: the network is refused but not the client", VERDICT_SERVED,
		.features = FEATURE_ACCESS, .rules = {CLIENT4(0, 0), NET4(24, DENY, DENY)}},
	{"rules: the network may ask but not the client", VERDICT_DROP_DENIED,
		.features = FEATURE_ACCESS, .otherwise = DENY,
		.rules = {CLIENT4(DENY, DENY), NET4(24, 0, 0)}},
	{"rules: the whole family is refused", VERDICT_DROP_DENIED, .features = FEATURE_ACCESS,
		.rules = {{false, 0, 0, 0, DENY, DENY}}},
	{"rules: the other family is refused", VERDICT_SERVED, .features = FEATURE_ACCESS,
		.rules = {{true, 0, 0, 0, DENY, DENY}}},
	{"rules: IPv6, its /128 is refused", VERDICT_DROP_DENIED, {.ipv6 = true},
		.features = FEATURE_ACCESS, .rules = {RULE6(128, DENY, DENY)}},
	{"rules: IPv6, its neighbour is refused", VERDICT_SERVED, {.ipv6 = true},
		.features = FEATURE_ACCESS,
		.rules = {{true, 128, CLIENT6_HIGH, CLIENT6_LOW + 1, DENY, DENY}}},
	{"rules: IPv6, its /32 is refused, its /64 not", VERDICT_SERVED, {.ipv6 = true},
		.features = FEATURE_ACCESS, .rules = {RULE6(32, DENY, DENY), RULE6(64, 0, 0)}},
	{"rules: IPv6, all are refused", VERDICT_DROP_DENIED, {.ipv6 = true},
		.features = FEATURE_ACCESS, .otherwise = DENY},
	{"rules: behind two tags", VERDICT_DROP_DENIED, {.tags = 2}, .features = FEATURE_ACCESS,
		.rules = {NET4(24, DENY, DENY)}},
	{"rules: a refused client's long request", VERDICT_DROP_DENIED, {.longer = 28},
		.features = FEATURE_ACCESS, .otherwise = DENY},
	{"rules: a refused address that answers us", VERDICT_PASS_MODE, {.set = {FIRST(0, 4, 4)}},
		.features = FEATURE_ACCESS, .otherwise = DENY},
	{"rules: a refused client while there is no time", VERDICT_DROP_DENIED,
		.features = FEATURE_ACCESS, .otherwise = DENY, .page = {PAGE(generation, 0)}},
	{"rules: version 4 only, version 4", VERDICT_SERVED, .features = FEATURE_ACCESS,
		.otherwise = ACCESS_VERSION},
	{"rules: version 4 only, version 3", VERDICT_DROP_DENIED, {.set = {FIRST(0, 3, 3)}},
		.features = FEATURE_ACCESS, .otherwise = ACCESS_VERSION},
	{"rules: version 4 only, version 1 without a mode", VERDICT_DROP_DENIED,
		{.set = {FIRST(0, 1, 0)}}, .features = FEATURE_ACCESS, .otherwise = ACCESS_VERSION},
	{"rules: ntpport, from another port", VERDICT_SERVED, .features = FEATURE_ACCESS,
		.rules = {NET4(24, 0, DENY)}},
	{"rules: ntpport, from port 123", VERDICT_DROP_DENIED, {.set = {SOURCE_PORT(123)}},
		.features = FEATURE_ACCESS, .rules = {NET4(24, 0, DENY)}},
	{"rules: only port 123 may ask, from another", VERDICT_DROP_DENIED,
		.features = FEATURE_ACCESS, .rules = {NET4(24, DENY, 0)}},
	{"rules: only port 123 may ask, from it, IPv6", VERDICT_SERVED,
		{.ipv6 = true, .set = {SOURCE_PORT(123)}}, .features = FEATURE_ACCESS,
		.rules = {RULE6(48, DENY, 0)}},
	{"rules: limited and kod without a table limit nobody", VERDICT_SERVED,
		.features = FEATURE_ACCESS, .otherwise = LIMITED | KOD},

	/* The limit. */
	{"limit: clients are counted, nobody is limited", VERDICT_SERVED,
		.features = FEATURE_CLIENTS, .earlier = 200},
	{"limit: the first request", VERDICT_SERVED, .features = FEATURE_CLIENTS,
		.otherwise = LIMITED},
	{"limit: the last of the burst", VERDICT_SERVED, .features = FEATURE_CLIENTS,
		.otherwise = LIMITED, .earlier = VECTOR_BURST - 1},
	{"limit: one more than the burst", VERDICT_DROP_LIMITED, .features = FEATURE_CLIENTS,
		.otherwise = LIMITED, .earlier = VECTOR_BURST, .dice = true, .random = DICE_OVER},
	{"limit: one more than the burst, leaked", VERDICT_SERVED_LEAKED,
		.features = FEATURE_CLIENTS, .otherwise = LIMITED, .earlier = VECTOR_BURST,
		.dice = true, .random = DICE_LEAK},
	{"limit: one more than the burst, told so", VERDICT_SERVED_KISS,
		.features = FEATURE_CLIENTS, .otherwise = LIMITED | KOD, .earlier = VECTOR_BURST,
		.kod = 2, .dice = true, .random = DICE_KISS},
	{"limit: nobody is told without kod in the rule", VERDICT_DROP_LIMITED,
		.features = FEATURE_CLIENTS, .otherwise = LIMITED, .earlier = VECTOR_BURST,
		.kod = 2, .dice = true, .random = DICE_KISS},
	{"limit: nobody is told without kod in the limit", VERDICT_DROP_LIMITED,
		.features = FEATURE_CLIENTS, .otherwise = LIMITED | KOD, .earlier = VECTOR_BURST,
		.dice = true, .random = DICE_KISS},
	{"limit: IPv6, one more than the burst", VERDICT_DROP_LIMITED, {.ipv6 = true},
		.features = FEATURE_CLIENTS, .otherwise = LIMITED, .earlier = VECTOR_BURST,
		.dice = true, .random = DICE_OVER6},
	{"limit: IPv6, leaked", VERDICT_SERVED_LEAKED, {.ipv6 = true}, .features = FEATURE_CLIENTS,
		.otherwise = LIMITED, .earlier = 100, .dice = true, .random = DICE_LEAK6},
	{"limit: IPv6, told so behind a tag", VERDICT_SERVED_KISS, {.ipv6 = true, .tags = 1},
		.features = FEATURE_CLIENTS, .otherwise = LIMITED | KOD, .earlier = 100, .kod = 1,
		.dice = true, .random = DICE_KISS6},
	{"limit: told so, no checksum, a trailer", VERDICT_SERVED_KISS,
		{.checksum = CHECKSUM_ZERO, .trailer = 9}, .features = FEATURE_CLIENTS,
		.otherwise = LIMITED | KOD, .earlier = VECTOR_BURST, .kod = 2, .dice = true,
		.random = DICE_KISS},
	{"limit: told so, version 1", VERDICT_SERVED_KISS, {.set = {FIRST(0, 1, 3)}},
		.features = FEATURE_CLIENTS, .otherwise = LIMITED | KOD, .earlier = VECTOR_BURST,
		.kod = 2, .dice = true, .random = DICE_KISS},
	{"limit: what goes to the kernel is limited there", VERDICT_PASS_UNSYNCHRONISED,
		.features = FEATURE_CLIENTS, .otherwise = LIMITED, .earlier = VECTOR_BURST,
		.page = {SAMPLE(flags, 0)}},
	{"limit: a long request is limited by the socket engine", VERDICT_PASS_LONG, {.longer = 28},
		.features = FEATURE_CLIENTS, .otherwise = LIMITED, .earlier = VECTOR_BURST},

	/* Both. */
	{"rules and limit: free by rule", VERDICT_SERVED, .features = BOTH, .otherwise = LIMITED,
		.earlier = VECTOR_BURST, .rules = {NET4(24, 0, 0)}},
	{"rules and limit: limited by rule", VERDICT_DROP_LIMITED, .features = BOTH,
		.earlier = VECTOR_BURST, .rules = {NET4(24, LIMITED, LIMITED)}, .dice = true,
		.random = DICE_OVER},
	{"rules and limit: limited from port 123 only, another port", VERDICT_SERVED,
		.features = BOTH, .earlier = VECTOR_BURST, .rules = {NET4(24, 0, LIMITED)}},
	{"rules and limit: limited from port 123 only, from it", VERDICT_DROP_LIMITED,
		{.set = {SOURCE_PORT(123)}}, .features = BOTH, .earlier = VECTOR_BURST,
		.rules = {NET4(24, 0, LIMITED)}, .dice = true, .random = DICE_OVER},
	{"rules and limit: refused before it is counted", VERDICT_DROP_DENIED, .features = BOTH,
		.otherwise = LIMITED | DENY, .earlier = VECTOR_BURST},
	{"rules and limit: told so by rule", VERDICT_SERVED_KISS, .features = BOTH,
		.earlier = VECTOR_BURST, .kod = 2, .rules = {NET4(24, LIMITED | KOD, LIMITED)},
		.dice = true, .random = DICE_KISS},
};

TABLE(table_limits, rows);
