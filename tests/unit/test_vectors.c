// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: tests/vectors/vectors.c tests/vectors/build.c tests/vectors/reference.c
// test-sources: tests/vectors/world.c tests/vectors/table_frames.c tests/vectors/table_requests.c
// test-sources: tests/vectors/table_replies.c tests/vectors/table_time.c
// test-sources: tests/vectors/table_literal.c tests/vectors/table_limits.c tests/vectors/limits.c
// test-sources: dataplane/state/rules.c
/*
 * The vectors through the packet core, natively; with sanitizers where the build
 * has them. Each frame stands alone in memory of its own length, so that one
 * octet read or written past its end is an error. One test per group of vectors, and
 * tests of the table itself: every verdict occurs, every reply keeps the rules
 * that hold for all of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/core/respond.h"
#include "tests/vectors/build.h"
#include "tests/vectors/vector.h"

static struct vector *vectors;
static size_t vectors_count;
static struct localaddr_table addresses;
static struct interface interface;
static struct access_table access;
static struct client_set clients[1 << VECTOR_SETS_LOG2];

/* What rules and limit of the vector select: the caller's part of respond(). */
static void fetch(const struct vector *vector, struct settings *settings, struct respond_input *in)
{
	if (vector->features & FEATURE_ACCESS) {
		vector_access(vector, &access);
		in->rule = respond_rule(&in->layers, access_current(&access));
	}
	if (vector->features & FEATURE_CLIENTS) {
		vector_limit(vector, &settings->limit);
		vector_clients(vector, settings, vector->now_ns, clients);
		in->client = respond_client_key(&in->layers, settings);
		in->clients = &clients[respond_client_set(in->client, settings)];
	}
}

/* One vector through both phases. The frame is in memory of exactly its length. */
static enum verdict answer(const struct vector *vector, uint8_t *memory, size_t *ret_length)
{
	struct frame frame = {memory, memory + vector->in_length};
	struct settings settings = {0};
	struct respond_input in = {0};
	enum verdict verdict;

	vector_settings(vector, &settings);
	*ret_length = vector->in_length;
	verdict = respond_parse(&frame, &settings, &in.layers);
	if (verdict != VERDICT_SERVED)
		return verdict;
	in.interface = &interface;
	in.addresses = &addresses;
	in.page = &vector->page;
	in.features = vector->features;
	in.random = vector->random;
	in.now_ns = vector->now_ns;
	in.no_route = vector->no_route;
	in.settings = &settings;
	fetch(vector, &settings, &in);
	verdict = respond(&in);
	if (verdict_action(verdict) == VERDICT_ACTION_SERVED)
		*ret_length = respond_reply_length(&in.layers);
	return verdict;
}

/* What is wrong is printed. The frame's memory has exactly its length, for ASan's sake. */
static bool vector_holds(const struct vector *vector)
{
	uint8_t *memory = malloc(vector->in_length ? vector->in_length : 1);
	enum verdict verdict;
	size_t length;
	bool same;

	assert_non_null(memory);
	memcpy(memory, vector->in, vector->in_length);
	verdict = answer(vector, memory, &length);
	same = length == vector->out_length && memcmp(memory, vector->out, length) == 0;
	if (verdict != vector->verdict)
		printf("# %s: verdict %s instead of %s\n", vector->name,
			vector_verdict_name(verdict), vector_verdict_name(vector->verdict));
	if (!same) {
		printf("# %s:\n", vector->name);
		vector_print_difference(vector, memory, length);
	}
	free(memory);
	return verdict == vector->verdict && same;
}

static void test_group(void **state)
{
	const struct vector_group *group = *state;
	size_t ran = 0, failed = 0;

	for (size_t i = 0; i < vectors_count; i++)
		if (vector_in_group(&vectors[i], group)) {
			ran++;
			failed += !vector_holds(&vectors[i]);
		}
	assert_int_equal(ran, group->count);
	assert_int_equal(failed, 0);
}

/* "every verdict that frames can produce": all but those of the socket engine's own. */
static void test_every_verdict_occurs(void **state)
{
	unsigned seen[VERDICT_COUNT] = {0}, missing = 0;

	(void)state;
	for (size_t i = 0; i < vectors_count; i++)
		seen[vectors[i].verdict]++;
	seen[VERDICT_DROP_EXTENSION]++;
	seen[VERDICT_DROP_UNSYNCHRONISED]++;
	for (int i = 0; i < VERDICT_COUNT; i++)
		if (seen[i] == 0) {
			printf("# no vector ends in %s\n", vector_verdict_name((enum verdict)i));
			missing++;
		}
	assert_int_equal(missing, 0);
	assert_true(vectors_count >= 250);
}

static bool checksum_right(const struct vector *vector, const uint8_t *frame, size_t length)
{
	size_t ip_size = vector->ipv6 ? 40 : 20;
	const uint8_t *udp = frame + vector->ntp_offset - 8, *ip = udp - ip_size;

	return build_udp_sum(ip, udp, vector->ipv6, length - (size_t)(udp - frame)) % 0xffff == 0;
}

static bool header_right(const struct vector *vector, const uint8_t *frame)
{
	return vector->ipv6 || build_sum(frame + vector->ntp_offset - 28, 20) % 0xffff == 0;
}

/* What protocol.md sec. 2 asks of each reply, whatever the page says. How many rules are broken. */
static unsigned broken_rules(const struct vector *vector)
{
	const uint8_t *request = vector->in + vector->ntp_offset;
	const uint8_t *reply = vector->out + vector->ntp_offset;
	uint64_t reference = build_get(reply + 16, 8), origin = build_get(reply + 24, 8);
	uint64_t receive = build_get(reply + 32, 8), transmit = build_get(reply + 40, 8);
	bool none = build_get(reply - 2, 2) == 0, asked_none = build_get(request - 2, 2) == 0;
	bool right = checksum_right(vector, vector->out, vector->out_length);
	const struct {
		const char *text;
		bool kept;
	} rules[] = {
		{"never longer than the request", vector->out_length <= vector->in_length},
		{"48 octets of payload", vector->out_length == vector->ntp_offset + 48},
		{"mode 4", (reply[0] & 7) == 4},
		{"the request's version", (reply[0] >> 3 & 7) == (request[0] >> 3 & 7)},
		{"origin is the client's transmit", origin == build_get(request + 40, 8)},
		{"receive before transmit", (int64_t)(transmit - receive) > 0},
		{"reference not after transmit", (int64_t)(transmit - reference) >= 0},
		{"transmit not 0", transmit != 0},
		{"neither is the origin", transmit != origin && receive != origin},
		{"receive odd, transmit even", receive % 2 == 1 && transmit % 2 == 0},
		{"a checksum where there was one", none == asked_none},
		{"a right checksum where it was right",
			none || right == !(vector->flags & VECTOR_WRONG_CHECKSUM)},
		{"a right header checksum where it was right",
			header_right(vector, vector->out) ==
				!(vector->flags & VECTOR_WRONG_IP_CHECKSUM)},
	};
	unsigned broken = 0;

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (!rules[i].kept) {
			printf("# %s: not kept: %s\n", vector->name, rules[i].text);
			broken++;
		}
	return broken;
}

static void test_replies_keep_the_rules(void **state)
{
	unsigned broken = 0;

	(void)state;
	for (size_t i = 0; i < vectors_count; i++)
		if (vector_answered(&vectors[i]))
			broken += broken_rules(&vectors[i]);
	assert_int_equal(broken, 0);
}

int main(void)
{
	static struct vector_group groups[VECTOR_GROUPS_MAX];
	static char names[VECTOR_GROUPS_MAX][VECTOR_NAME_MAX + 32];
	static struct CMUnitTest tests[VECTOR_GROUPS_MAX + 2];
	size_t count;
	int failed;

	vectors_count = vectors_build(&vectors);
	vector_addresses(&addresses);
	vector_interface(&interface);
	count = vector_groups(vectors, vectors_count, groups);
	for (size_t i = 0; i < count; i++) {
		snprintf(names[i], sizeof(names[i]), "%s, %zu vectors", groups[i].name,
			groups[i].count);
		tests[i] = (struct CMUnitTest){names[i], test_group, NULL, NULL, &groups[i]};
	}
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_every_verdict_occurs);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_replies_keep_the_rules);
	failed = _cmocka_run_group_tests("vectors", tests, count, NULL, NULL);
	free(vectors);
	return failed ? 1 : 0;
}
