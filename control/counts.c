// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Counters as answers; counts.h is the manual.
 */
#include "control/counts.h"

#include "control/clocks.h"
#include "control/json_add.h"

#include <json-c/json.h>

const char *counts_verdict_name(enum verdict verdict)
{
	static const char *const names[] = {
#define NAME(action, reason, name, text) name,
		VERDICT_LIST(NAME)
#undef NAME
	};

	return (size_t)verdict < VERDICT_COUNT ? names[verdict] : "";
}

void counts_add(struct counters_block *sum, const struct counters_block *block)
{
	struct counters_block both[] = {*sum, *block};

	state_count(both, 2, sum);
}

uint64_t counts_replies(const struct counters_block *sum, enum frame_family family, int version)
{
	return sum->request[1][family][version - NTP_VERSION_MIN];
}

uint64_t counts_requests(const struct counters_block *sum, enum frame_family family, int version)
{
	return counts_replies(sum, family, version) +
	       sum->request[0][family][version - NTP_VERSION_MIN];
}

void counts_sum(const struct state *state, struct counters_block *ret_sum)
{
	struct counters_block workers;

	state_count_xdp(state, ret_sum);
	state_count(state->counters->socket, COUNTERS_WORKERS, &workers);
	counts_add(ret_sum, &workers);
	state_count(state->counters->dpdk, COUNTERS_WORKERS, &workers);
	counts_add(ret_sum, &workers);
}

static void add_engine(
	struct json_object *engines, const char *name, const struct counters_block *sum)
{
	struct json_object *object = json_object_new_object();

	counts_totals(object, sum);
	json_object_object_add(engines, name, object);
}

struct json_object *counts_engines(const struct state *state)
{
	struct json_object *object = json_object_new_object();
	struct counters_block sum;

	state_count_xdp(state, &sum);
	add_engine(object, "xdp", &sum);
	state_count(state->counters->socket, COUNTERS_WORKERS, &sum);
	add_engine(object, "socket", &sum);
	state_count(state->counters->dpdk, COUNTERS_WORKERS, &sum);
	add_engine(object, "dpdk", &sum);
	return object;
}

void counts_totals(struct json_object *object, const struct counters_block *sum)
{
	json_add_count(object, "requests",
		counters_requests(sum, FRAME_IPV4) + counters_requests(sum, FRAME_IPV6));
	json_add_count(object, "served", counters_answered(sum));
}

struct json_object *counts_stats(const struct counters_block *sum, double counted_s)
{
	struct json_object *object = json_object_new_object();
	struct json_object *verdicts = json_object_new_object();
	struct json_object *versions = json_object_new_object();
	struct json_object *families = json_object_new_object();

	for (int i = 0; i < VERDICT_COUNT; i++)
		json_add_count(verdicts, counts_verdict_name((enum verdict)i), sum->verdict[i]);
	for (int version = NTP_VERSION_MIN; version <= NTP_VERSION_MAX; version++) {
		char key[] = {(char)('0' + version), '\0'};

		json_add_count(versions, key,
			counts_requests(sum, FRAME_IPV4, version) +
				counts_requests(sum, FRAME_IPV6, version));
	}
	json_add_count(families, "ipv4", counters_requests(sum, FRAME_IPV4));
	json_add_count(families, "ipv6", counters_requests(sum, FRAME_IPV6));
	json_object_object_add(object, "verdicts", verdicts);
	json_object_object_add(object, "versions", versions);
	json_object_object_add(object, "families", families);
	counts_totals(object, sum);
	json_add_count(object, "kisses", sum->verdict[VERDICT_SERVED_KISS]);
	json_add_number(object, "counted_s", counted_s);
	json_add_number(object, "read_s", (double)clocks_mono_ns() / 1e9);
	return object;
}
