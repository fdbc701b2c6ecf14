// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One function a rule; pool_rules.h is the manual.
 */
#include "control/cli/pool_rules.h"

#include "control/cli/pool_score.h"
#include "control/config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#define SAY(rule, ...) snprintf((rule)->text, sizeof((rule)->text), __VA_ARGS__)

const char *pool_rules_state_name(enum pool_rules_state state)
{
	static const char *const names[] = {"kept", "broken", "unknown"};

	return names[state];
}

/* True, and the rule is done, where the settings are not to be seen or are another program's. */
static bool cannot_look(const struct config *config, struct pool_rule *rule)
{
	if (config != NULL && !config->mirror)
		return false;
	rule->state = POOL_RULES_UNKNOWN;
	if (config == NULL)
		SAY(rule, "the server's settings are not seen from here; name a copy with -f");
	else
		SAY(rule, "the settings of the mirrored server decide");
	return true;
}

static void look_at_sources(const struct pool_rules_facts *facts, struct pool_rule *rule)
{
	const struct config *config = facts->config;
	long members = 0;

	if (cannot_look(config, rule))
		return;
	for (size_t i = 0; i < config->source_count; i++)
		members += config->sources[i].pool ? config->sources[i].maxsources : 1;
	rule->state = members >= CONFIG_SOURCES_MIN && members <= CONFIG_SOURCES_MAX
			      ? POOL_RULES_KEPT
			      : POOL_RULES_BROKEN;
	SAY(rule, "%ld source%s; the pool asks for %d to %d", members, members == 1 ? "" : "s",
		CONFIG_SOURCES_MIN, CONFIG_SOURCES_MAX);
}

static void look_at_upstreams(const struct pool_rules_facts *facts, struct pool_rule *rule)
{
	const struct config *config = facts->config;

	if (cannot_look(config, rule))
		return;
	for (size_t i = 0; i < config->source_count; i++) {
		if (config_is_the_pool(config->sources[i].host)) {
			rule->state = POOL_RULES_BROKEN;
			SAY(rule, "%.120s is the pool itself; choose servers by hand",
				config->sources[i].host);
			return;
		}
	}
	rule->state = POOL_RULES_KEPT;
	SAY(rule, "no source is named *.pool.ntp.org");
}

static void look_at_local(const struct pool_rules_facts *facts, struct pool_rule *rule)
{
	if (cannot_look(facts->config, rule))
		return;
	rule->state = facts->config->local.stratum == 0 ? POOL_RULES_KEPT : POOL_RULES_BROKEN;
	if (rule->state == POOL_RULES_KEPT)
		SAY(rule, "no `local` line");
	else
		SAY(rule, "`local stratum %d` serves a clock that nobody corrects; take it out",
			facts->config->local.stratum);
}

static void look_at_stratum(const struct pool_rules_facts *facts, struct pool_rule *rule)
{
	int four = facts->ipv4.stratum, six = facts->ipv6.stratum;
	int stratum = four > six ? four : six;

	rule->state = stratum <= POOL_SCORE_JOIN_STRATUM_MAX ? POOL_RULES_KEPT : POOL_RULES_BROKEN;
	if (stratum == 0) {
		rule->state = POOL_RULES_UNKNOWN;
		SAY(rule, "no answer with a stratum");
	} else {
		SAY(rule, "stratum %d; 1 to %d are taken in", stratum, POOL_SCORE_JOIN_STRATUM_MAX);
	}
}

/* Which kind of address the pool refuses, or NULL. */
static const char *refused_kind(const struct sockaddr_storage *address)
{
	const struct in6_addr *six =
		&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
	const struct sockaddr_in *in = (const void *)address;
	uint32_t four = ntohl(in->sin_addr.s_addr);

	if (address->ss_family == AF_INET6) {
		if (IN6_IS_ADDR_LOOPBACK(six))
			return "a loopback address";
		if (IN6_IS_ADDR_LINKLOCAL(six))
			return "a link-local address";
		return (six->s6_addr[0] & 0xfe) == 0xfc ? "a private address" : NULL;
	}
	if (four >> 24 == 127)
		return "a loopback address";
	if (four >> 16 == 0xa9fe)
		return "a link-local address";
	if (four >> 22 == (100 << 2 | 1)) /* 100.64.0.0/10, RFC 6598 */
		return "an address behind a carrier's NAT";
	if (four >> 24 == 10 || four >> 20 == 0xac1 || four >> 16 == 0xc0a8)
		return "a private address"; /* RFC 1918 */
	return NULL;
}

static void look_at_public(const struct pool_rules_facts *facts, struct pool_rule *rule)
{
	const struct pool_rules_address *both[] = {&facts->ipv4, &facts->ipv6};

	rule->state = POOL_RULES_KEPT;
	SAY(rule, "not a private, link-local or loopback address");
	for (size_t i = 0; i < 2; i++) {
		const char *kind = both[i]->address ? refused_kind(both[i]->address) : NULL;

		if (kind == NULL)
			continue;
		rule->state = POOL_RULES_BROKEN;
		SAY(rule, "%s is %s; the pool refuses it", i == 0 ? "IPv4" : "IPv6", kind);
	}
}

static void look_at_static(const struct pool_rules_facts *facts, struct pool_rule *rule)
{
	const struct pool_rules_address *both[] = {&facts->ipv4, &facts->ipv6};
	int permanent = 0;

	for (size_t i = 0; i < 2; i++) {
		if (both[i]->address == NULL)
			continue;
		if (both[i]->own == OWN_ADDRESS_PERMANENT)
			permanent++;
		if (both[i]->own != OWN_ADDRESS_DYNAMIC && both[i]->own != OWN_ADDRESS_TEMPORARY)
			continue;
		rule->state = POOL_RULES_BROKEN;
		SAY(rule,
			"%s has a lifetime (%s); set it by hand, or make sure that it never "
			"changes",
			i == 0 ? "IPv4" : "IPv6",
			both[i]->own == OWN_ADDRESS_TEMPORARY ? "a privacy address"
			: i == 0                              ? "DHCP"
				 : "DHCPv6, or a router's advertisement");
		return;
	}
	rule->state = permanent > 0 ? POOL_RULES_KEPT : POOL_RULES_UNKNOWN;
	if (permanent > 0)
		SAY(rule, "set on this host without a lifetime");
	else
		SAY(rule, "not an address of this host; run this on the server");
}

static void look_at_ipv6(const struct pool_rules_facts *facts, struct pool_rule *rule)
{
	const struct pool_rules_address *six = &facts->ipv6;

	rule->state = six->address != NULL ? POOL_RULES_KEPT : POOL_RULES_BROKEN;
	if (six->address == NULL && facts->one_family) {
		rule->state = POOL_RULES_UNKNOWN;
		SAY(rule, "not looked for; give a name with both addresses");
	} else if (six->address == NULL) {
		SAY(rule, "no IPv6 address; the pool can use one, but does not insist");
	} else if (six->stratum == 0) {
		rule->state = POOL_RULES_UNKNOWN;
		SAY(rule, "it has an address, but gave no time over it");
	} else {
		SAY(rule, "answered over IPv6");
	}
}

size_t pool_rules_look(
	const struct pool_rules_facts *facts, struct pool_rule ret_rules[POOL_RULES_MAX])
{
	static const struct {
		const char *name;
		void (*look)(const struct pool_rules_facts *facts, struct pool_rule *rule);
	} rules[] = {{"sources", look_at_sources}, {"upstreams", look_at_upstreams},
		{"local", look_at_local}, {"stratum", look_at_stratum}, {"public", look_at_public},
		{"static", look_at_static}, {"ipv6", look_at_ipv6}};
	size_t count = sizeof(rules) / sizeof(rules[0]);

	_Static_assert(sizeof(rules) / sizeof(rules[0]) == POOL_RULES_MAX, "room for every rule");
	for (size_t i = 0; i < count; i++) {
		ret_rules[i] = (struct pool_rule){.name = rules[i].name};
		rules[i].look(facts, &ret_rules[i]);
	}
	return count;
}
