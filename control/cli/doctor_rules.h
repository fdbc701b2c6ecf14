/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * doctor_rules: reads lists of packet filter rules for what they do to one UDP port of this host:
 * the JSON of `nft -j list ruleset` (libnftables-json(5)) and the lines of `iptables-save`. Pure;
 * it looks at single rules and does not follow jumps, but for those into chains of fail2ban. More
 * rules than there is room for are left out.
 */
#ifndef CONTROL_CLI_DOCTOR_RULES_H
#define CONTROL_CLI_DOCTOR_RULES_H

#include "control/cli/doctor_facts.h"

/* iptables: the tables of that name are looked at elsewhere. False where text is no such JSON. */
bool doctor_rules_nft(
	const char *text, unsigned port, bool iptables, struct doctor_firewall *firewall);

/* family: "ip" or "ip6". False where a table was left out, since iptables cannot show it. */
bool doctor_rules_iptables(
	const char *text, const char *family, unsigned port, struct doctor_firewall *firewall);

/* For both: what a rule with a verdict means where it hangs (a hook of nft, a chain of iptables).
 * Takes it, if it is one about the port or of fail2ban and there is room. */
void doctor_rules_take(
	struct doctor_firewall *firewall, struct doctor_rule *rule, const char *hook);

#endif
