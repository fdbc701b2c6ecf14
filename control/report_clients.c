/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See report_clients.h. The table is walked once for each answer; of a million clients only those
 * that are asked for are kept, in a heap whose root is the one to go next.
 */
#include "control/report_clients.h"

#include "control/clocks.h"
#include "control/config_access.h"
#include "control/config_origin.h"
#include "control/json_add.h"
#include "dataplane/state/clients.h"
#include "dataplane/state/rules.h"

#include <arpa/inet.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#define TOP_DEFAULT 20
#define TOP_MAX     5000 /* so many fit into one answer */
#define RULE_MAX    160

/* The order: a client's weight in it. */
static double by_requests(const struct client *client)
{
	return (double)client->requests;
}

static double by_drops(const struct client *client)
{
	return (double)client->limited;
}

/* Requests a second; one that came once has none to speak of. */
static double by_rate(const struct client *client)
{
	return client->average_s < 0 ? 0 : 1 / (client->average_s + 1e-9);
}

static const struct order {
	const char *name;
	double (*weight)(const struct client *client);
} orders[] = {{"requests", by_requests}, {"drops", by_drops}, {"rate", by_rate}};

#define ORDERS (sizeof(orders) / sizeof(orders[0]))

struct ranking {
	const struct order *order;
	struct client *heap; /* room for `size` */
	size_t size, count;
	uint64_t found;
};

static double weight(const struct ranking *ranking, size_t at)
{
	return ranking->order->weight(&ranking->heap[at]);
}

static void swap(struct ranking *ranking, size_t a, size_t b)
{
	struct client client = ranking->heap[a];

	ranking->heap[a] = ranking->heap[b];
	ranking->heap[b] = client;
}

/* Lets the root sink to its place: the least of all is at the root. */
static void sink(struct ranking *ranking)
{
	size_t at = 0, child;

	while ((child = 2 * at + 1) < ranking->count) {
		if (child + 1 < ranking->count &&
			weight(ranking, child + 1) < weight(ranking, child))
			child++;
		if (weight(ranking, at) <= weight(ranking, child))
			return;
		swap(ranking, at, child);
		at = child;
	}
}

static bool rank(void *arg, const struct client *client)
{
	struct ranking *ranking = arg;
	size_t at;

	ranking->found++;
	if (ranking->count < ranking->size) {
		at = ranking->count++;
		ranking->heap[at] = *client;
		while (at && weight(ranking, at) < weight(ranking, (at - 1) / 2)) {
			swap(ranking, at, (at - 1) / 2);
			at = (at - 1) / 2;
		}
	} else if (ranking->order->weight(client) > weight(ranking, 0)) {
		ranking->heap[0] = *client;
		sink(ranking);
	}
	return true;
}

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

/* The heap emptied from its root on: the least first, so that the list is filled backwards. */
static struct json_object *list_ranked(struct ranking *ranking)
{
	struct json_object *list = json_object_new_array();

	while (ranking->count) {
		size_t last = --ranking->count;

		json_object_array_put_idx(list, last, describe(&ranking->heap[0]));
		ranking->heap[0] = ranking->heap[last];
		sink(ranking);
	}
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

static bool limits_anybody(const struct config *config)
{
	bool limited = config->access_default & ACCESS_LIMITED;

	for (size_t i = 0; i < config->rule_count && !limited; i++)
		limited = config->rules[i].flags & ACCESS_LIMITED;
	return limited;
}

/* The arguments: NULL, or what is wrong with them. */
static const char *read_arguments(
	const struct control_request *request, size_t *ret_top, const struct order **ret_order)
{
	struct json_object *value;
	int64_t top = TOP_DEFAULT;
	size_t order = 0;

	if (json_object_object_get_ex(request->arguments, "top", &value))
		top = json_object_get_int64(value);
	if (top < 1 || top > TOP_MAX)
		return "top must be 1 to 5000";
	if (json_object_object_get_ex(request->arguments, "sort", &value)) {
		while (order < ORDERS &&
			strcmp(orders[order].name, json_object_get_string(value)) != 0)
			order++;
	}
	if (order == ORDERS)
		return "sort must be requests, drops or rate";
	*ret_top = (size_t)top;
	*ret_order = &orders[order];
	return NULL;
}

struct json_object *report_clients(
	const struct control_request *request, const struct snapshot *snapshot)
{
	const struct state *state = snapshot->parts.state;
	const struct limit *limit = &state->settings->limit;
	struct ranking ranking = {0};
	struct json_object *object;
	const char *wrong = read_arguments(request, &ranking.size, &ranking.order);

	if (!request->privileged)
		return control_protocol_error("who the clients are is for root and the daemon's "
					      "account: use sudo");
	if (wrong)
		return control_protocol_error("clients: %s", wrong);
	if (!limit->sets_log2)
		return control_protocol_error("clients are not counted: there is no `ratelimit`, "
					      "`restrict ... limited` or `clientloglimit` in %s",
			config_file_name(snapshot->parts.config));
	ranking.heap = calloc(ranking.size, sizeof(*ranking.heap));
	if (!ranking.heap)
		return NULL;
	clients_visit(state, clocks_mono_ns(), rank, &ranking);
	object = json_object_new_object();
	json_add_count(object, "found", ranking.found);
	json_add_count(object, "capacity", (uint64_t)state->client_sets * CLIENTS_WAYS);
	json_add_count(object, "prefix6", limit->prefix6);
	json_add_number(object, "tick_s", clients_tick_s(limit));
	json_object_object_add(object, "limit",
		limits_anybody(snapshot->parts.config) ? describe_limit(snapshot->parts.config)
						       : NULL);
	json_object_object_add(object, "clients", list_ranked(&ranking));
	free(ranking.heap);
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
	struct json_object *value, *object, *other;
	uint8_t address[16] = {0};
	const char *text = "";
	int family = AF_INET;
	uint32_t leaf;

	if (json_object_object_get_ex(request->arguments, "address", &value))
		text = json_object_get_string(value);
	if (inet_pton(AF_INET, text, address) != 1) {
		family = AF_INET6;
		if (inet_pton(AF_INET6, text, address) != 1)
			return control_protocol_error(
				"access: \"%s\" is no IPv4 or IPv6 address", text);
	}
	leaf = find_leaf(snapshot->parts.state, family, address);
	object = json_object_new_object();
	json_add_text(object, "address", text);
	describe_rule(object, snapshot->parts.config, RULES_NUMBER(leaf));
	describe_flags(object, access_flags(leaf, false));
	other = NULL;
	if (access_flags(leaf, true) != access_flags(leaf, false)) {
		other = json_object_new_object();
		describe_flags(other, access_flags(leaf, true));
	}
	json_object_object_add(object, "ntpport", other);
	return object;
}
