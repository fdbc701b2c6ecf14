/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See live_settings.h. Order: first what is only read where a feature is on, the features last. */
#include "control/live_settings.h"

#include "dataplane/state/client_table.h"
#include "dataplane/state/clients.h"
#include "dataplane/state/rules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

uint32_t live_settings_features(const struct config *config)
{
	return (config->interleaved ? FEATURE_INTERLEAVED : 0) |
	       (config->rule_count ? FEATURE_ACCESS : 0) |
	       (config->clientlog_bytes > 0 ? FEATURE_CLIENTS : 0) |
	       (config->dscp ? FEATURE_DSCP : 0);
}

/* The largest power of two of sets that fits; 0: no table. */
static uint8_t sets_log2(const struct config *config)
{
	uint8_t log2 = CLIENTS_SETS_LOG2_MIN;

	if (config->clientlog_bytes <= 0)
		return 0;
	while (log2 < CLIENTS_SETS_LOG2_MAX &&
		(double)sizeof(struct client_set) * (double)(2ULL << log2) <=
			config->clientlog_bytes)
		log2++;
	return log2;
}

static void write_limit(struct limit *limit, const struct config *config)
{
	const struct config_ratelimit *rate = &config->ratelimit;

	limit_set(limit, rate->interval, (uint32_t)rate->burst, (uint32_t)rate->leak);
	limit->kod_log2 = (uint8_t)rate->kod;
	limit->prefix6 = (uint8_t)rate->prefix6;
	limit->prefix6_mask = ~0ULL << (64 - rate->prefix6);
}

/* What two lines leave of each other: of all rules for requests of one kind, the most specific
 * prefix around this one, and of the same prefix the last line. */
static uint32_t flags_around(
	const struct config *config, const struct config_prefix *prefix, bool ntpport)
{
	uint32_t flags = config->access_default;
	int best = -1;

	for (size_t i = 0; i < config->rule_count; i++) {
		const struct config_rule *rule = &config->rules[i];

		if (rule->ntpport != ntpport || rule->prefix.bits < best ||
			!config_prefix_covers(&rule->prefix, prefix))
			continue;
		flags = rule->flags;
		best = rule->prefix.bits;
	}
	return flags;
}

/* The last `ntpport` line for this very prefix; NULL: there is none. */
static const struct config_rule *find_ntpport(
	const struct config *config, const struct config_prefix *prefix)
{
	const struct config_rule *found = NULL;

	for (size_t i = 0; i < config->rule_count; i++) {
		const struct config_rule *rule = &config->rules[i];

		if (rule->ntpport && config_prefix_same(&rule->prefix, prefix))
			found = rule;
	}
	return found;
}

/*
 * One rule for each line; of those for one prefix the later holds, and all say the same. A line
 * with `ntpport` is more specific than the same prefix without, and says nothing of other
 * requests: for those its prefix has the flags around it.
 */
static void fill_rule(
	const struct config *config, size_t index, bool any_ntpport, struct rule *rule)
{
	const struct config_rule *line = &config->rules[index], *ntpport = NULL;

	rule->family = line->prefix.family == AF_INET ? FRAME_IPV4 : FRAME_IPV6;
	memcpy(rule->address, line->prefix.address, sizeof(rule->address));
	rule->bits = (uint8_t)line->prefix.bits;
	/* Both searches go through all lines: only where there is something to be found. */
	if (any_ntpport)
		ntpport = find_ntpport(config, &line->prefix);
	rule->flags = line->ntpport ? flags_around(config, &line->prefix, false) : line->flags;
	rule->ntpport_flags = ntpport ? ntpport->flags : line->flags;
}

static int write_rules(struct state *state, const struct config *config)
{
	struct rule *rules = calloc(config->rule_count + 1, sizeof(*rules));
	bool any_ntpport = false;
	int err;

	if (!rules)
		return -ENOMEM;
	for (size_t i = 0; i < config->rule_count; i++)
		any_ntpport |= config->rules[i].ntpport;
	for (size_t i = 0; i < config->rule_count; i++)
		fill_rule(config, i, any_ntpport, &rules[i]);
	err = rules_publish(state, rules, config->rule_count, config->access_default);
	free(rules);
	return err;
}

/* What is a number in the settings. */
static void write_numbers(struct settings *settings, const struct config *config, uint32_t features)
{
	settings->port = be16_of((uint16_t)config->port);
	settings->unsynchronised_drop = config->unsynchronised_drop;
	settings->interleaved = config->interleaved;
	settings->traffic_class = (uint8_t)(config->dscp << 2);
	settings->access_default = config->access_default;
	compiler_store_release(settings->features, features);
	settings->generation++;
}

/* What readers in this process may not see half done. clients: a table to be taken, or NULL. */
static int write_held(struct state *state, const struct config *config, uint32_t features,
	struct state_clients *clients)
{
	int err = 0;

	if (clients)
		state_swap_clients(state, clients);
	if (state->client_sets == 1U << sets_log2(config))
		state->settings->limit.sets_log2 = sets_log2(config);
	write_limit(&state->settings->limit, config);
	if (features & FEATURE_ACCESS)
		err = write_rules(state, config);
	write_numbers(state->settings, config, features);
	return err;
}

int live_settings_write(struct state *state, const struct config *config,
	const struct live_settings_readers *readers)
{
	const struct limit *limit = &state->settings->limit;
	const struct config_ratelimit *rate = &config->ratelimit;
	bool other = limit->interval_log2 != rate->interval || limit->prefix6 != rate->prefix6;
	bool resized = state->client_sets != 1U << sets_log2(config);
	uint32_t features = live_settings_features(config);
	struct state_clients clients, *fresh = NULL;
	int limit_err = 0, rules_err;

	if (resized)
		limit_err = state_make_clients(state, sets_log2(config), &clients);
	if (limit_err)
		features &= ~FEATURE_CLIENTS;
	else if (resized)
		fresh = &clients;
	if (features & FEATURE_ACCESS)
		rules_wait();
	if (readers)
		readers->hold(readers->arg);
	rules_err = write_held(state, config, features, fresh);
	if (readers)
		readers->release(readers->arg);
	if (fresh)
		state_drop_clients(state, fresh);
	else if (other) /* Ticks, or whom an entry stands for, mean something else now. */
		clients_clear(state);
	return limit_err ? limit_err : rules_err;
}
