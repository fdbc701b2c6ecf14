/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules by address: chrony's `allow` and `deny`, ntp.conf's `restrict`. Each line becomes one rule
 * for each family that it speaks of; the most specific prefix holds, of the same prefix the later
 * line. Flags of `restrict` that forbid what does not exist here are taken with one line that
 * says so. Called through the rows of config_table.c; config_access_finish() when the file is read.
 */
#include "control/config_access.h"

#include "control/config_line.h"
#include "dataplane/core/access.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

/* Of `restrict`: what it does to the rule, or 0 where it forbids what does not exist here. */
static const struct {
	const char *name;
	uint32_t flags;
	bool ntpport;
} flags[] = {
	{"ignore", ACCESS_DENY | ACCESS_NOQUERY, false},
	{"noserve", ACCESS_DENY, false},
	{"notrust", ACCESS_DENY, false},
	{"limited", ACCESS_LIMITED, false},
	{"kod", ACCESS_KOD, false},
	{"version", ACCESS_VERSION, false},
	{"noquery", ACCESS_NOQUERY, false},
	{"ntpport", 0, true},
	{"nomodify", 0, false},
	{"notrap", 0, false},
	{"nopeer", 0, false},
	{"noepeer", 0, false},
	{"nomrulist", 0, false},
	{"lowpriotrap", 0, false},
	{"mssntp", 0, false},
};

#define FLAGS (sizeof(flags) / sizeof(flags[0]))

/* Sources that nobody on the internet has: RFC 6890 and its registry. */
static const char *const martians[] = {
	"0.0.0.0/8",
	"10.0.0.0/8",
	"100.64.0.0/10",
	"127.0.0.0/8",
	"169.254.0.0/16",
	"172.16.0.0/12",
	"192.0.0.0/24",
	"192.0.2.0/24",
	"192.168.0.0/16",
	"198.18.0.0/15",
	"198.51.100.0/24",
	"203.0.113.0/24",
	"240.0.0.0/4",
	"::/96",
	"::ffff:0.0.0.0/96",
	"64:ff9b:1::/48",
	"100::/64",
	"2001:2::/48",
	"2001:db8::/32",
	"3fff::/20",
	"5f00::/16",
	"fc00::/7",
	"fe80::/10",
	"fec0::/10",
};

#define MARTIANS (sizeof(martians) / sizeof(martians[0]))

static int append(struct config_line *line, const struct config_rule *rule)
{
	struct config *config = line->config;
	struct config_rule *list = config->rules;

	if (config->rule_count >= ACCESS_RULES_MAX)
		return config_line_error(line, "more than %d rules", ACCESS_RULES_MAX);
	/* Room in powers of two: a file of 10,000 rules is read in no time. */
	if (!(config->rule_count & (config->rule_count - 1))) {
		list = realloc(list, (config->rule_count * 2 + 1) * sizeof(*list));
		if (!list)
			return config_line_error(line, "out of memory");
		config->rules = list;
	}
	list[config->rule_count++] = *rule;
	return 0;
}

/* One rule for each family: family AF_UNSPEC, which `all` and `default` leave, stands for both. */
static int append_families(struct config_line *line, struct config_rule *rule)
{
	int err;

	rule->origin = line->origin;
	if (rule->prefix.family != AF_UNSPEC)
		return append(line, rule);
	rule->prefix.family = AF_INET;
	err = append(line, rule);
	rule->prefix.family = AF_INET6;
	return err ? err : append(line, rule);
}

/* What `all` in front of a prefix does: the lines before it about addresses within are void. */
static void drop_within(struct config *config, const struct config_prefix *prefix)
{
	size_t kept = 0;

	for (size_t i = 0; i < config->rule_count; i++) {
		const struct config_rule *rule = &config->rules[i];

		if (rule->word == CONFIG_RULE_RESTRICT ||
			!config_prefix_covers(prefix, &rule->prefix))
			config->rules[kept++] = *rule;
	}
	config->rule_count = kept;
}

static int deny_martians(struct config_line *line)
{
	int err = 0;

	for (size_t i = 0; i < MARTIANS && !err; i++) {
		struct config_rule rule = {.word = CONFIG_RULE_DENY, .flags = ACCESS_DENY};

		config_prefix_parse(martians[i], &rule.prefix);
		rule.origin = line->origin;
		err = append(line, &rule);
	}
	return err;
}

/* chrony.conf(5): [all] [SUBNET]. */
static int allow_or_deny(struct config_line *line, enum config_rule_word word)
{
	struct config_rule rule = {
		.word = word, .flags = word == CONFIG_RULE_DENY ? ACCESS_DENY : 0};
	bool all = line->count > 0 && !strcasecmp(line->words[0], "all");

	if (line->count > 1 + all)
		return config_line_error(
			line, "%s: takes `all`, a prefix, or both", line->words[1 + all]);
	if (line->count > all && !config_prefix_parse_short(line->words[all], &rule.prefix))
		return config_line_error(line,
			"%s: not an address or prefix (host names are not looked up)",
			line->words[all]);
	if (all)
		drop_within(line->config, &rule.prefix);
	return append_families(line, &rule);
}

int config_line_allow(struct config_line *line)
{
	return allow_or_deny(line, CONFIG_RULE_ALLOW);
}

int config_line_deny(struct config_line *line)
{
	if (line->count == 1 && !strcasecmp(line->words[0], "martians"))
		return deny_martians(line);
	return allow_or_deny(line, CONFIG_RULE_DENY);
}

/* Reads the address part; returns the index of the first flag, or -EINVAL. */
static int restrict_target(struct config_line *line, struct config_rule *rule)
{
	int at = 0, family = AF_UNSPEC;
	const char *target;

	if (line->count > 0 && (!strcmp(line->words[0], "-4") || !strcmp(line->words[0], "-6")))
		family = line->words[at++][1] == '4' ? AF_INET : AF_INET6;
	if (at >= line->count)
		return config_line_error(line, "needs an address or `default`");
	target = line->words[at++];
	rule->prefix.family = family;
	if (strcasecmp(target, "default") != 0 && strcasecmp(target, "source") != 0 &&
		!config_prefix_parse_short(target, &rule->prefix))
		return config_line_error(
			line, "%s: not an address (host names are not looked up)", target);
	if (family != AF_UNSPEC && rule->prefix.family != family)
		return config_line_error(
			line, "%s: not an IPv%c address", target, family == AF_INET ? '4' : '6');
	if (at < line->count && !strcasecmp(line->words[at], "mask")) {
		if (at + 1 >= line->count ||
			!config_prefix_mask(&rule->prefix, line->words[at + 1]))
			return config_line_error(line, "mask: needs a mask of ones before zeros");
		at += 2;
	}
	return at;
}

/* Reads a flag into the rule. False: nobody knows it. */
static bool read_flag(const char *word, struct config_rule *rule, bool *ret_absent)
{
	for (size_t i = 0; i < FLAGS; i++) {
		if (strcasecmp(flags[i].name, word) != 0)
			continue;
		rule->flags |= flags[i].flags;
		rule->ntpport |= flags[i].ntpport;
		*ret_absent = !flags[i].flags && !flags[i].ntpport;
		return true;
	}
	return false;
}

int config_line_restrict(struct config_line *line)
{
	struct config_rule rule = {.word = CONFIG_RULE_RESTRICT};
	int at = restrict_target(line, &rule), target = at;
	char absent[160] = "";
	size_t used = 0;

	for (; at >= 0 && at < line->count; at++) {
		bool nothing;

		if (!strcasecmp(line->words[at], "flake"))
			return config_line_error(line, "flake: replies are not dropped at random");
		if (!read_flag(line->words[at], &rule, &nothing))
			return config_line_error(line, "%s: unknown flag", line->words[at]);
		if (nothing && used < sizeof(absent))
			used += (size_t)snprintf(absent + used, sizeof(absent) - used, "%s%s",
				used ? " " : "", line->words[at]);
		if (!strcasecmp(line->words[at], "notrust"))
			config_line_note(line, "notrust: requests cannot be authenticated here, "
					       "so that none of these clients is answered");
	}
	if (at < 0)
		return at;
	if (*absent)
		config_line_note(line, "%s: what this forbids does not exist here", absent);
	if (target > 0 && !strcasecmp(line->words[target - 1], "source")) {
		config_line_note(line, "accepted without effect: sources are never restricted");
		return 0;
	}
	return append_families(line, &rule);
}

/* Somebody may have meant an exception to a `deny`, and shuts everybody else out. */
static void tell_of_the_others(const struct config_line *line, const struct config_rule *allow)
{
	struct config_line at = *line;

	at.row = config_table_find("allow");
	at.origin = allow->origin;
	config_line_note(&at, "clients that no line speaks of are refused, as in chrony, since "
			      "`allow` names some; `allow` alone answers all others");
}

void config_access_finish(const struct config_line *line)
{
	struct config *config = line->config;
	const uint32_t limited = (config->ratelimit.on ? ACCESS_LIMITED : 0) |
				 (config->ratelimit.kod ? ACCESS_KOD : 0);
	const struct config_rule *allow = NULL;
	bool general_ipv4 = false, general_ipv6 = false;

	for (size_t i = 0; i < config->rule_count; i++) {
		struct config_rule *rule = &config->rules[i];

		general_ipv4 |=
			!rule->prefix.bits && !rule->ntpport && rule->prefix.family == AF_INET;
		general_ipv6 |=
			!rule->prefix.bits && !rule->ntpport && rule->prefix.family == AF_INET6;
		if (rule->word == CONFIG_RULE_ALLOW && !allow)
			allow = rule;
		/* `ratelimit` holds for all; a `restrict` line says itself. */
		if (rule->word != CONFIG_RULE_RESTRICT)
			rule->flags |= limited;
	}
	config->access_default = limited;
	/* A family of which a line speaks as a whole has no use for the default. */
	if (!allow || (general_ipv4 && general_ipv6))
		return;
	config->access_default |= ACCESS_DENY;
	tell_of_the_others(line, allow);
}

static void print_flags(const struct config_rule *rule, FILE *out)
{
	uint32_t left = rule->flags;

	for (size_t i = 0; i < FLAGS; i++) {
		if (flags[i].ntpport ? !rule->ntpport
				     : !flags[i].flags || (left & flags[i].flags) != flags[i].flags)
			continue;
		fprintf(out, " %s", flags[i].name);
		left &= ~flags[i].flags;
	}
}

void config_access_print_rule(const struct config_rule *rule, FILE *out)
{
	fprintf(out, "%s ",
		rule->word == CONFIG_RULE_ALLOW  ? "allow"
		: rule->word == CONFIG_RULE_DENY ? "deny"
						 : "restrict");
	config_prefix_print(&rule->prefix, out);
	if (rule->word == CONFIG_RULE_RESTRICT)
		print_flags(rule, out);
}

void config_line_print_rules(const struct config *config, const struct config_row *row, FILE *out)
{
	(void)row;
	for (size_t i = 0; i < config->rule_count; i++) {
		config_access_print_rule(&config->rules[i], out);
		config_origin_print(config, config->rules[i].origin, out);
	}
}

bool config_line_same_rules(const struct config *a, const struct config *b)
{
	if (a->rule_count != b->rule_count)
		return false;
	for (size_t i = 0; i < a->rule_count; i++) {
		const struct config_rule *x = &a->rules[i], *y = &b->rules[i];

		if (!config_prefix_same(&x->prefix, &y->prefix) || x->flags != y->flags ||
			x->word != y->word || x->ntpport != y->ntpport)
			return false;
	}
	return true;
}
