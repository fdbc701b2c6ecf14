/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See report_clients.h. The order of the clients is client_ranking.c's.
 */
#include "control/report_clients.h"

#include "control/client_ranking.h"
#include "control/clocks.h"
#include "control/config_access.h"
#include "control/config_origin.h"
#include "control/json_add.h"
#include "dataplane/core/access_find.h"
#include "dataplane/state/clients.h"
#include "dataplane/state/rules.h"

#include <arpa/inet.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#define TOP_DEFAULT 20
#define TOP_MAX     5000 /* so many fit into one answer */
#define RULE_MAX    160

static struct json_object *describe(const struct client *client)
{
	struct json_object *entry = json_object_new_object();
	char text[INET6_ADDRSTRLEN];
	bool ipv4 = client->family == FRAME_IPV4;

	inet_ntop(ipv4 ? AF_INET : AF_INET6, client->address, text, sizeof(text));
	json_add_text(entry, "address", text);
	json_add_text(entry, "family", ipv4 ? "ipv4" : "ipv6");
	json_add_count(entry, "version", client->version);
	json_add_count(entry, "requests", client->requests);
	json_add_count(entry, "limited", client->limited);
	if (client->average_s < 0)
		json_add_text(entry, "average_interval_s", NULL);
	else
		json_add_number(entry, "average_interval_s", client->average_s);
	json_add_number(entry, "last_seen_s", client->last_s);
	return entry;
}

static struct json_object *list_ranked(struct client_ranking *ranking)
{
	struct json_object *list = json_object_new_array();

	client_ranking_sort(ranking);
	for (size_t i = 0; i < ranking->count; i++)
		json_object_array_add(list, describe(&ranking->best[i]));
	return list;
}

static struct json_object *describe_limit(const struct config *config)
{
	const struct config_ratelimit *rate = &config->ratelimit;
	struct json_object *object = json_object_new_object();

	json_add_number(object, "interval_s",
		rate->interval < 0 ? 1.0 / (1 << -rate->interval) : 1 << rate->interval);
	json_add_count(object, "burst", (uint64_t)rate->burst);
	json_add_count(object, "leak", (uint64_t)rate->leak);
	json_add_count(object, "kod", (uint64_t)rate->kod);
	return object;
}

bool report_limits_anybody(const struct config *config)
{
	bool limited = config->access_default & ACCESS_LIMITED;

	for (size_t i = 0; i < config->rule_count && !limited; i++)
		limited = config->rules[i].flags & ACCESS_LIMITED;
	return limited;
}

struct json_object *report_limit(const struct config *config)
{
	return report_limits_anybody(config) ? describe_limit(config) : NULL;
}

/* A text of the request; fallback where it is not there. Whoever is on the host may send anything
 * in its place: that is "". */
static const char *text_argument(
	const struct control_request *request, const char *key, const char *fallback)
{
	struct json_object *value;

	if (!json_object_object_get_ex(request->arguments, key, &value))
		return fallback;
	return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
}

/* Whose answer it is: NULL, or why there is none. */
static const char *refuse_clients(
	const struct control_request *request, size_t *ret_top, enum client_order *ret_order)
{
	enum client_order order = client_ranking_order(text_argument(request, "sort", "requests"));
	struct json_object *value;
	int64_t top = TOP_DEFAULT;

	if (!request->privileged)
		return "who the clients are is for root and the daemon's account: use sudo";
	if (json_object_object_get_ex(request->arguments, "top", &value))
		top = json_object_get_int64(value);
	if (top < 1 || top > TOP_MAX)
		return "top must be 1 to 5000";
	if (order == CLIENT_ORDERS)
		return "sort must be requests, drops or rate";
	*ret_top = (size_t)top;
	*ret_order = order;
	return NULL;
}

struct json_object *report_clients(
	const struct control_request *request, const struct snapshot *snapshot)
{
	const struct config *config = snapshot->parts.config;
	const struct state *state = snapshot->parts.state;
	const struct limit *limit = &state->settings->limit;
	struct client_ranking ranking;
	enum client_order order;
	struct json_object *object;
	size_t top;
	const char *refusal = refuse_clients(request, &top, &order);

	if (refusal)
		return control_protocol_error("%s", refusal);
	if (!limit->sets_log2)
		return control_protocol_error("clients are not counted: there is no `ratelimit`, "
					      "`restrict ... limited` or `clientloglimit` in %s",
			config_file_name(config));
	if (client_ranking_init(&ranking, order, top))
		return NULL;
	clients_visit(state, clocks_mono_ns(), client_ranking_offer, &ranking);
	object = json_object_new_object();
	json_add_count(object, "found", ranking.found);
	json_add_count(object, "capacity", (uint64_t)state->client_sets * CLIENTS_WAYS);
	json_add_count(object, "prefix6", limit->prefix6);
	json_add_number(object, "tick_s", clients_tick_s(limit));
	json_object_object_add(object, "limit", report_limit(config));
	json_object_object_add(object, "clients", list_ranked(&ranking));
	client_ranking_free(&ranking);
	return object;
}

static void describe_flags(struct json_object *object, uint32_t flags)
{
	json_add_flag(object, "served", !(flags & ACCESS_DENY));
	json_add_flag(object, "limited", (flags & ACCESS_LIMITED) != 0);
	json_add_flag(object, "kod", (flags & ACCESS_KOD) != 0);
	json_add_flag(object, "version_only", (flags & ACCESS_VERSION) != 0);
	json_add_flag(object, "query", !(flags & ACCESS_NOQUERY));
}

/* The leaf as the engines find it. */
static uint32_t find_leaf(const struct state *state, int family, const uint8_t address[16])
{
	const struct access_set *set = access_current(state->access);
	be64 words[2];

	if (!(state->settings->features & FEATURE_ACCESS))
		return state->settings->access_default | state->settings->access_default
								 << ACCESS_NTPPORT_SHIFT;
	memcpy(words, address, sizeof(words));
	if (family == AF_INET)
		return access_find_ipv4(set, (uint32_t)(be64_value(words[0]) >> 32));
	return access_find_ipv6(set, be64_value(words[0]), be64_value(words[1]));
}

static void describe_rule(struct json_object *object, const struct config *config, uint32_t number)
{
	char text[RULE_MAX] = "";
	FILE *stream;

	if (!number || number > config->rule_count) {
		json_add_text(object, "rule", NULL);
		return;
	}
	stream = fmemopen(text, sizeof(text), "w");
	if (stream) {
		config_access_print_rule(&config->rules[number - 1], stream);
		fclose(stream);
	}
	json_add_text(object, "rule", text);
	json_add_text(object, "file", config_origin_file(config, config->rules[number - 1].origin));
	json_add_count(object, "line", (uint64_t)config->rules[number - 1].origin.line);
}

struct json_object *report_access(
	const struct control_request *request, const struct snapshot *snapshot)
{
	const char *text = text_argument(request, "address", "");
	struct json_object *object, *other;
	uint8_t address[16] = {0};
	int family = AF_INET;
	uint32_t leaf;
	bool inside;

	if (inet_pton(AF_INET, text, address) != 1) {
		family = AF_INET6;
		if (inet_pton(AF_INET6, text, address) != 1)
			return control_protocol_error("\"%s\" is no IPv4 or IPv6 address", text);
	}
	leaf = find_leaf(snapshot->parts.state, family, address);
	object = json_object_new_object();
	json_add_text(object, "address", text);
	describe_rule(object, snapshot->parts.config, RULES_NUMBER(leaf));
	/* Requests of this host itself are answered whatever the rules say, its queries are not. */
	inside = config_prefix_is_loopback(family, address);
	json_add_flag(object, "inside", inside);
	describe_flags(object, access_flags(leaf, false) & (inside ? ACCESS_NOQUERY : UINT32_MAX));
	other = NULL;
	if (!inside && access_flags(leaf, true) != access_flags(leaf, false)) {
		other = json_object_new_object();
		describe_flags(other, access_flags(leaf, true));
	}
	json_object_object_add(object, "ntpport", other);
	return object;
}
