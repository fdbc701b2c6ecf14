// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Judges of what else has a hand in port 123 and in the clock: connection tracking, packet filter,
 * fail2ban, other time daemons; see doctor_judge.h.
 */
#include "control/cli/doctor_judge.h"

#include <string.h>

/* The first rule for our port that does this; for_some: any, else only one for every client. */
static const struct doctor_rule *find(
	const struct doctor_firewall *firewall, enum doctor_action action, bool for_some)
{
	for (size_t i = 0; i < firewall->count; i++) {
		const struct doctor_rule *rule = &firewall->rule[i];

		if (rule->port && rule->action == action && !rule->fail2ban &&
			(for_some || !rule->some))
			return rule;
	}
	return NULL;
}

static void mend_conntrack(unsigned port, struct doctor_findings *findings)
{
	static const char *const lines[] = {
		"nft add table inet ntp",
		"nft 'add chain inet ntp in {type filter hook prerouting priority raw;}'",
		"nft 'add chain inet ntp out {type filter hook output priority raw;}'",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		doctor_command(findings, "%s", lines[i]);
	doctor_command(findings, "nft add rule inet ntp in udp dport %u notrack", port);
	doctor_command(findings, "nft add rule inet ntp out udp sport %u notrack", port);
}

void doctor_judge_conntrack(const struct doctor_facts *facts, struct doctor_findings *findings)
{
	const struct doctor_network *network = &facts->network;
	unsigned port = facts->wish.port;
	bool used = network->conntrack_count > 0 || network->firewall.tracks;

	if (!network->conntrack || !used) {
		doctor_add(findings, DOCTOR_OK, "connections are not tracked");
	} else if (find(&network->firewall, DOCTOR_NOTRACK, false) != NULL) {
		doctor_add(
			findings, DOCTOR_OK, "connections are tracked, but not of port %u", port);
	} else {
		bool full = network->conntrack_count > network->conntrack_max / 2;

		doctor_add(findings,
			network->conntrack_port > 0 || full ? DOCTOR_WARN : DOCTOR_NOTE,
			"connections are tracked, port %u among them: %lu of %lu entries", port,
			network->conntrack_count, network->conntrack_max);
		doctor_why(findings, "XDP's answers are not; but each request that goes up to a "
				     "socket makes an entry, and a full table drops packets of all "
				     "kinds");
		mend_conntrack(port, findings);
	}
}

static void judge_blocked(const struct doctor_facts *facts, struct doctor_findings *findings)
{
	const struct doctor_firewall *firewall = &facts->network.firewall;
	const struct doctor_rule *rule = find(firewall, DOCTOR_DROP, false);
	unsigned port = facts->wish.port;

	if (rule != NULL) {
		doctor_add(
			findings, DOCTOR_WARN, "%s drops everything to port %u", rule->where, port);
		doctor_why(findings, "XDP answers all the same; but what it passes up (keys, "
				     "options, fragments, no good time) gets no answer. Take the "
				     "rule out if that is not meant; \"ntpxdp detach\" if it is");
	} else if (firewall->drops[0] != '\0' && find(firewall, DOCTOR_ACCEPT, true) == NULL) {
		doctor_add(findings, DOCTOR_WARN,
			"%s drops what no rule accepts, and none accepts "
			"port %u",
			firewall->drops, port);
		doctor_why(findings, "XDP answers all the same; but what it passes up (keys, "
				     "options, fragments, no good time) gets no answer");
		if (firewall->drops[0] == 'i' && firewall->drops[1] == 'p' &&
			strstr(firewall->drops, "INPUT") != NULL)
			doctor_command(findings, "%stables -I INPUT -p udp --dport %u -j ACCEPT",
				strncmp(firewall->drops, "ip6", 3) == 0 ? "ip6" : "ip", port);
		else
			doctor_command(findings, "nft insert rule %s udp dport %u accept",
				firewall->drops, port);
	}
}

void doctor_judge_firewall(const struct doctor_facts *facts, struct doctor_findings *findings)
{
	const struct doctor_firewall *firewall = &facts->network.firewall;
	size_t before = findings->count;

	if (firewall->blind[0] != '\0')
		doctor_add(
			findings, DOCTOR_NOTE, "could not look at all rules: %s", firewall->blind);
	judge_blocked(facts, findings);
	for (size_t i = 0; i < firewall->count; i++) {
		const struct doctor_rule *rule = &firewall->rule[i];

		if (!rule->port || !rule->some || rule->fail2ban || rule->action != DOCTOR_DROP)
			continue;
		doctor_add(findings, DOCTOR_WARN, "%s drops some requests to port %u", rule->where,
			facts->wish.port);
		doctor_why(findings, "it no longer applies to what XDP answers: let ntpxdp do it "
				     "(\"ratelimit\" and \"deny\" in ntpxdp.conf(5)), or what "
				     "stands before this host");
	}
	if (findings->count == before && firewall->looked)
		doctor_add(
			findings, DOCTOR_OK, "no rule stops or limits port %u", facts->wish.port);
}

void doctor_judge_fail2ban(const struct doctor_facts *facts, struct doctor_findings *findings)
{
	const struct doctor_firewall *firewall = &facts->network.firewall;
	const struct doctor_rule *found = NULL;

	for (size_t i = 0; i < firewall->count && (found == NULL || !found->port); i++)
		if (firewall->rule[i].fail2ban)
			found = &firewall->rule[i];
	if (found == NULL) {
		if (firewall->looked)
			doctor_add(findings, DOCTOR_OK, "no ban of fail2ban touches port %u",
				facts->wish.port);
		return;
	}
	doctor_add(findings, found->port ? DOCTOR_WARN : DOCTOR_NOTE, "%s bans %s", found->where,
		found->port ? "clients of the NTP port" : "addresses from all ports");
	doctor_why(findings, "XDP answers banned clients all the same; only what it passes up gets "
			     "no answer, which looks like loss. Let ntpxdp do it: \"ratelimit\" "
			     "and \"deny\" in ntpxdp.conf(5)");
}

/* "chronyd (process 12)". */
static const char *who(const struct doctor_process *process, char *text, size_t size)
{
	if (process->pid == 0)
		snprintf(text, size, "a program that only root may see");
	else
		snprintf(text, size, "%s (process %d)", process->name, process->pid);
	return text;
}

void doctor_judge_port(const struct doctor_facts *facts, struct doctor_findings *findings)
{
	const struct doctor_network *network = &facts->network;
	unsigned port = facts->wish.port;
	char name[64];

	if (!network->port_taken) {
		doctor_add(findings, DOCTOR_OK, "UDP port %u is free", port);
		return;
	}
	who(&network->port_holder, name, sizeof(name));
	if (strcmp(network->port_holder.name, "ntpxdpd") == 0 ||
		(facts->wish.mirror && network->port_holder.pid != 0)) {
		doctor_add(findings, DOCTOR_OK, "UDP port %u is %s's", port, name);
		return;
	}
	doctor_add(findings, DOCTOR_WARN, "UDP port %u is taken by %s", port, name);
	doctor_why(findings, "it keeps the port: what XDP passes up is its to answer, from another "
			     "clock than XDP's. Stop it, or stand in front of it with \"mirror "
			     "127.0.0.1\" in the settings");
	if (network->port_holder.unit[0] != '\0')
		doctor_command(findings, "systemctl disable --now %s", network->port_holder.unit);
	else if (network->port_holder.pid != 0)
		doctor_command(findings, "kill %d", network->port_holder.pid);
}

void doctor_judge_clock(const struct doctor_facts *facts, struct doctor_findings *findings)
{
	const struct doctor_network *network = &facts->network;
	char list[200] = "";
	bool others = false;

	for (size_t i = 0; i < network->daemon_count; i++) {
		char name[64];

		others |= strcmp(network->daemon[i].name, "ntpxdpd") != 0;
		who(&network->daemon[i], name, sizeof(name));
		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s",
			list[0] ? ", " : "", name);
	}
	if (facts->wish.clock_system && network->clock_steered && others) {
		doctor_add(findings, DOCTOR_FAIL, "another program steers the clock: %s", list);
		doctor_why(findings, "\"clock system\" of the settings is refused beside it; use "
				     "\"clock page\", or stop it");
	} else if (facts->wish.mirror && !network->clock_steered) {
		doctor_add(findings, DOCTOR_WARN, "nothing keeps the system clock synchronised");
		doctor_why(findings, "\"mirror\" serves the system clock's time");
	} else if (others || network->clock_steered) {
		doctor_add(findings, DOCTOR_NOTE, "%s%s%s",
			list[0] ? list : "a program that is not seen here",
			list[0] ? " on this host" : "",
			network->clock_steered ? "; the system clock is synchronised" : "");
		doctor_why(findings, "with \"clock page\", the default, it may go on: what it does "
				     "to the system clock does not bend the time that is served");
	} else {
		doctor_add(findings, DOCTOR_OK, "%s",
			list[0] ? list : "no other time daemon, and nobody steers the clock");
	}
}
