// SPDX-License-Identifier: GPL-2.0-or-later
/* The rules of iptables, as iptables-save prints them; doctor_rules.h is the manual. */
#include "control/cli/doctor_rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_LENGTH 2048

/* Where in the list reading is. */
struct reader {
	const char *family;
	unsigned port;
	char table[32];
	struct doctor_firewall *firewall;
};

/* One rule, as far as it has been read. */
struct reading {
	struct doctor_rule rule;
	bool verdict;   /* action is set */
	bool elsewhere; /* for another port or protocol */
	bool inverted;  /* "!" stood before */
};

/* "123", "100:200", "53,123,4000:5000". */
static bool among(const char *ports, unsigned port)
{
	while (ports[0] != '\0') {
		char *end;
		unsigned long first = strtoul(ports, &end, 10), last = first;

		if (end == ports)
			return false;
		if (*end == ':')
			last = strtoul(end + 1, &end, 10);
		if (first <= port && port <= last)
			return true;
		ports = end + (*end == ',');
		if (*end != ',')
			break;
	}
	return false;
}

static void read_target(const struct reader *reader, const char *target, struct reading *reading)
{
	struct doctor_rule *rule = &reading->rule;

	reading->verdict = true;
	if (strcmp(target, "ACCEPT") == 0)
		rule->action = DOCTOR_ACCEPT;
	else if (strcmp(target, "DROP") == 0 || strcmp(target, "REJECT") == 0)
		rule->action = DOCTOR_DROP;
	else if (strcmp(target, "NOTRACK") == 0)
		rule->action = DOCTOR_NOTRACK;
	else if (strncmp(target, "f2b-", 4) == 0)
		*rule = (struct doctor_rule){
			.action = DOCTOR_DROP, .port = rule->port, .some = true, .fail2ban = true};
	else
		reading->verdict = false;
	if (rule->fail2ban)
		snprintf(rule->where, sizeof(rule->where), "%s %s %.60s", reader->family,
			reader->table, target);
	if (strcmp(reader->table, "nat") == 0)
		reader->firewall->tracks = true;
}

/* One option and its value ("" where the line ends). True: the value was used. */
static bool read_option(
	const struct reader *reader, const char *option, const char *value, struct reading *reading)
{
	static const char *const harmless[] = {"udp", "multiport", "comment", "addrtype"};

	if (strcmp(option, "-p") == 0) {
		reading->elsewhere |= (strcmp(value, "udp") != 0) != reading->inverted;
	} else if (strcmp(option, "--dport") == 0 || strcmp(option, "--dports") == 0) {
		reading->rule.port |= among(value, reader->port) && !reading->inverted;
		reading->elsewhere |= among(value, reader->port) == reading->inverted;
	} else if (strcmp(option, "-j") == 0 || strcmp(option, "-g") == 0) {
		read_target(reader, value, reading);
	} else if (strcmp(option, "--notrack") == 0) {
		reading->rule.action = DOCTOR_NOTRACK;
		reading->verdict = true;
		return false;
	} else if (strcmp(option, "-m") == 0) {
		bool conditional = true;

		for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
			conditional &= strcmp(value, harmless[i]) != 0;
		reading->rule.some |= conditional;
		reader->firewall->tracks |=
			strcmp(value, "conntrack") == 0 || strcmp(value, "state") == 0;
	} else if (strcmp(option, "-s") == 0 || strcmp(option, "-d") == 0 ||
		   strcmp(option, "-i") == 0) {
		reading->rule.some = true;
	} else {
		return false;
	}
	return true;
}

/* "-A CHAIN -p udp ..." without its "-A ". */
static void read_rule(const struct reader *reader, char *line)
{
	struct reading reading = {.verdict = false};
	struct doctor_rule *rule = &reading.rule;
	char *rest = NULL, *chain = strtok_r(line, " ", &rest);
	char *word = strtok_r(NULL, " ", &rest);

	if (chain == NULL || strncmp(chain, "f2b-", 4) == 0)
		return;
	snprintf(rule->where, sizeof(rule->where), "%s %s %.60s", reader->family, reader->table,
		chain);
	while (word != NULL) {
		char *value = strtok_r(NULL, " ", &rest);

		if (strcmp(word, "!") == 0)
			reading.inverted = true;
		else if (read_option(reader, word, value ? value : "", &reading))
			value = strtok_r(NULL, " ", &rest), reading.inverted = false;
		word = value;
	}
	if (reading.verdict && !reading.elsewhere)
		doctor_rules_take(reader->firewall, rule, chain);
}

/* ":INPUT DROP [0:0]" */
static void read_policy(const struct reader *reader, const char *line)
{
	char chain[64], policy[16];

	if (sscanf(line, ":%63s %15s", chain, policy) == 2 && strcmp(chain, "INPUT") == 0 &&
		strcmp(policy, "DROP") == 0)
		snprintf(reader->firewall->drops, sizeof(reader->firewall->drops), "%s %s INPUT",
			reader->family, reader->table);
}

bool doctor_rules_iptables(
	const char *text, const char *family, unsigned port, struct doctor_firewall *firewall)
{
	struct reader reader = {family, port, "", firewall};
	char line[LINE_MAX_LENGTH];
	bool whole = true;

	while (text[0] != '\0') {
		size_t length = strcspn(text, "\n");

		snprintf(line, sizeof(line), "%.*s", (int)(length < sizeof(line) ? length : 0),
			text);
		text += length + (text[length] == '\n');
		if (line[0] == '*')
			snprintf(reader.table, sizeof(reader.table), "%.31s", line + 1);
		else if (line[0] == ':')
			read_policy(&reader, line);
		else if (strncmp(line, "-A ", 3) == 0)
			read_rule(&reader, line + 3);
		else if (strstr(line, "incompatible") != NULL)
			whole = false;
	}
	return whole;
}
