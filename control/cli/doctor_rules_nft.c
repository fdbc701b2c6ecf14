// SPDX-License-Identifier: GPL-2.0-or-later
/* The rules of nftables, as JSON; doctor_rules.h is the manual. */
#include "control/cli/answer.h"
#include "control/cli/doctor_rules.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* What reading is about. */
struct reader {
	unsigned port;
	struct json_object *list; /* all objects of the rule set */
	struct doctor_firewall *firewall;
};

/* One rule, as far as it has been read. */
struct reading {
	struct doctor_rule rule;
	bool verdict;   /* action is set */
	bool elsewhere; /* for another port or protocol */
};

static void add(struct doctor_firewall *firewall, const struct doctor_rule *rule)
{
	if (firewall->count < DOCTOR_RULES_MAX)
		firewall->rule[firewall->count++] = *rule;
}

void doctor_rules_take(struct doctor_firewall *firewall, struct doctor_rule *rule, const char *hook)
{
	if (strcasecmp(hook, "output") == 0 || strcasecmp(hook, "forward") == 0 ||
		strcasecmp(hook, "postrouting") == 0)
		return;
	/* A verdict for every packet. */
	if (!rule->port && !rule->some && strcasecmp(hook, "input") == 0) {
		rule->port = rule->action == DOCTOR_ACCEPT;
		if (rule->action == DOCTOR_DROP)
			snprintf(firewall->drops, sizeof(firewall->drops), "%s", rule->where);
	}
	if (rule->port || rule->fail2ban)
		add(firewall, rule);
}

static struct json_object *member(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	if (!json_object_is_type(object, json_type_object))
		return NULL;
	json_object_object_get_ex(object, key, &value);
	return value;
}

static bool has(struct json_object *object, const char *key)
{
	struct json_object *value;

	return json_object_is_type(object, json_type_object) &&
	       json_object_object_get_ex(object, key, &value);
}

static size_t length(struct json_object *list)
{
	return json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
}

/* Is the number among "right": 123, {"range": [1, 200]}, {"set": [...]}, [...]? */
static bool among(struct json_object *right, unsigned number)
{
	struct json_object *range = member(right, "range");
	struct json_object *set = member(right, "set");

	if (length(range) == 2)
		return (unsigned)json_object_get_int(json_object_array_get_idx(range, 0)) <=
			       number &&
		       (unsigned)json_object_get_int(json_object_array_get_idx(range, 1)) >= number;
	if (set == NULL)
		set = right;
	/* json-c bounds its depth; a set holds numbers and ranges. */
	for (size_t i = 0; i < length(set); i++) {
		struct json_object *entry = json_object_array_get_idx(set, i);

		if (!json_object_is_type(entry, json_type_array) && among(entry, number))
			return true;
	}
	return json_object_is_type(right, json_type_int) &&
	       json_object_get_int64(right) == (int64_t)number;
}

/* Is "udp" among "right": "udp", 17, {"set": ["tcp", "udp"]}? */
static bool among_protocols(struct json_object *right)
{
	struct json_object *set = member(right, "set");

	for (size_t i = 0; i < length(set); i++) {
		struct json_object *entry = json_object_array_get_idx(set, i);

		if (json_object_is_type(entry, json_type_string) &&
			strcmp(json_object_get_string(entry), "udp") == 0)
			return true;
	}
	if (json_object_is_type(right, json_type_string))
		return strcmp(json_object_get_string(right), "udp") == 0;
	return among(right, 17);
}

/* Is this expression the destination port of UDP, or of whatever transport? */
static bool is_port(struct json_object *left)
{
	struct json_object *payload = member(left, "payload");
	const char *protocol = answer_text(payload ? payload : left, "protocol");

	return payload != NULL && strcmp(answer_text(payload, "field"), "dport") == 0 &&
	       (strcmp(protocol, "udp") == 0 || strcmp(protocol, "th") == 0);
}

static void read_match(
	const struct reader *reader, struct json_object *match, struct reading *reading)
{
	struct json_object *left = member(match, "left"), *right = member(match, "right");
	struct json_object *payload = member(left, "payload"), *meta = member(left, "meta");
	bool inverted = strcmp(answer_text(match, "op"), "!=") == 0;

	if (is_port(left)) {
		bool ours = among(right, reader->port) != inverted;

		reading->rule.port |= ours && !inverted;
		reading->elsewhere |= !ours;
	} else if (meta != NULL && strcmp(answer_text(meta, "key"), "l4proto") == 0) {
		reading->elsewhere |= among_protocols(right) == inverted;
	} else if (payload != NULL && strcmp(answer_text(payload, "protocol"), "tcp") == 0) {
		reading->elsewhere = true;
	} else {
		reading->rule.some = true;
		reader->firewall->tracks |= has(left, "ct");
	}
}

/* {"accept": null} and the like; false: no verdict that matters here. */
static bool read_verdict(struct json_object *statement, struct doctor_rule *rule)
{
	if (has(statement, "accept"))
		rule->action = DOCTOR_ACCEPT;
	else if (has(statement, "drop") || has(statement, "reject"))
		rule->action = DOCTOR_DROP;
	else if (has(statement, "notrack"))
		rule->action = DOCTOR_NOTRACK;
	else
		return false;
	return true;
}

/* {"vmap": {"key": ..., "data": {"set": [[123, {"accept": null}], ...]}}} */
static void read_map(const struct reader *reader, struct json_object *map, struct reading *reading)
{
	struct json_object *key = member(map, "key");
	struct json_object *set = member(member(map, "data"), "set");

	reader->firewall->tracks |= has(key, "ct");
	reading->rule.some |= !is_port(key);
	for (size_t i = 0; is_port(key) && i < length(set); i++) {
		struct json_object *pair = json_object_array_get_idx(set, i);

		if (length(pair) != 2 || !among(json_object_array_get_idx(pair, 0), reader->port))
			continue;
		reading->rule.port = true;
		reading->verdict = read_verdict(json_object_array_get_idx(pair, 1), &reading->rule);
	}
}

static void read_statement(
	const struct reader *reader, struct json_object *statement, struct reading *reading)
{
	static const char *const nat[] = {"masquerade", "snat", "dnat", "redirect"};
	struct json_object *match = member(statement, "match"), *xt = member(statement, "xt");

	for (size_t i = 0; i < sizeof(nat) / sizeof(nat[0]); i++)
		reader->firewall->tracks |= has(statement, nat[i]);
	if (match != NULL)
		read_match(reader, match, reading);
	else if (has(statement, "vmap"))
		read_map(reader, member(statement, "vmap"), reading);
	else if (has(statement, "limit") || has(statement, "ct count") || has(statement, "xt"))
		reading->rule.some = true;
	else if (read_verdict(statement, &reading->rule))
		reading->verdict = true;
	/* iptables' "-j CT", of which nft does not show the rest: what stands in raw is --notrack.
	 */
	if (xt != NULL && strcmp(answer_text(xt, "name"), "CT") == 0) {
		reading->rule.action = DOCTOR_NOTRACK;
		reading->rule.some = false;
		reading->verdict = true;
	}
}

/* The hook of a rule's chain; "" for one that only jumps lead to. */
static const char *hook_of(const struct reader *reader, struct json_object *rule)
{
	static const char *const keys[] = {"family", "table"};

	for (size_t i = 0; i < length(reader->list); i++) {
		struct json_object *chain =
			member(json_object_array_get_idx(reader->list, i), "chain");
		bool same = chain != NULL &&
			    strcmp(answer_text(chain, "name"), answer_text(rule, "chain")) == 0;

		for (size_t j = 0; same && j < 2; j++)
			same = strcmp(answer_text(chain, keys[j]), answer_text(rule, keys[j])) == 0;
		if (same)
			return answer_text(chain, "hook");
	}
	return "";
}

static void read_rule(const struct reader *reader, struct json_object *object)
{
	struct json_object *statements = member(object, "expr");
	const char *hook = hook_of(reader, object);
	struct reading reading = {.verdict = false};
	struct doctor_rule *rule = &reading.rule;

	snprintf(rule->where, sizeof(rule->where), "%s %s %s", answer_text(object, "family"),
		answer_text(object, "table"), answer_text(object, "chain"));
	rule->fail2ban = strncmp(answer_text(object, "table"), "f2b", 3) == 0 ||
			 strncmp(answer_text(object, "chain"), "f2b", 3) == 0;
	for (size_t i = 0; i < length(statements); i++)
		read_statement(reader, json_object_array_get_idx(statements, i), &reading);
	if (reading.verdict && !reading.elsewhere)
		doctor_rules_take(reader->firewall, rule, hook);
}

static void read_chain(const struct reader *reader, struct json_object *chain)
{
	if (strcmp(answer_text(chain, "hook"), "input") == 0 &&
		strcmp(answer_text(chain, "policy"), "drop") == 0)
		snprintf(reader->firewall->drops, sizeof(reader->firewall->drops), "%s %s %s",
			answer_text(chain, "family"), answer_text(chain, "table"),
			answer_text(chain, "name"));
}

/* Does iptables show it? */
static bool of_iptables(struct json_object *object)
{
	static const char *const tables[] = {"filter", "nat", "mangle", "raw", "security"};
	const char *family = answer_text(object, "family");

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (strcmp(answer_text(object, "table"), tables[i]) == 0)
			return strcmp(family, "ip") == 0 || strcmp(family, "ip6") == 0;
	return false;
}

bool doctor_rules_nft(
	const char *text, unsigned port, bool iptables, struct doctor_firewall *firewall)
{
	struct json_object *root = json_tokener_parse(text);
	struct reader reader = {port, member(root, "nftables"), firewall};
	bool good = json_object_is_type(reader.list, json_type_array);

	for (size_t i = 0; i < length(reader.list); i++) {
		struct json_object *object = json_object_array_get_idx(reader.list, i);
		struct json_object *chain = member(object, "chain");
		struct json_object *rule = member(object, "rule");

		if (chain != NULL && !(iptables && of_iptables(chain)))
			read_chain(&reader, chain);
		if (rule != NULL && !(iptables && of_iptables(rule)))
			read_rule(&reader, rule);
	}
	json_object_put(root);
	return good;
}
