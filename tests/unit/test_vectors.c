// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: tests/vectors/vectors.c tests/vectors/build.c tests/vectors/reference.c
// test-sources: tests/vectors/world.c tests/vectors/table_frames.c tests/vectors/table_requests.c
// test-sources: tests/vectors/table_replies.c tests/vectors/table_time.c
// test-sources: tests/vectors/table_literal.c
/*
 * The vectors through the packet core, natively; with sanitizers where the build
 * has them. Each frame stands alone in memory of its own length, so that one
 * octet read or written past its end is an error. One test per vector, and
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
	verdict = respond(&in);
	if (verdict == VERDICT_SERVED)
		*ret_length = respond_reply_length(&in.layers);
	return verdict;
}

static void test_vector(void **state)
{
	const struct vector *vector = *state;
	uint8_t *memory = malloc(vector->in_length ? vector->in_length : 1);
	enum verdict verdict;
	size_t length;
	bool same;

	assert_non_null(memory);
	memcpy(memory, vector->in, vector->in_length);
	verdict = answer(vector, memory, &length);
	same = length == vector->out_length && memcmp(memory, vector->out, length) == 0;
	if (verdict != vector->verdict)
		printf("# verdict %s instead of %s\n", vector_verdict_name(verdict),
			vector_verdict_name(vector->verdict));
	if (!same)
		vector_print_difference(vector, memory, length);
	free(memory);
	assert_int_equal(verdict, vector->verdict);
	assert_true(same);
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

/* What protocol.md sec. 2 asks of each reply, whatever the page says. */
static void check_reply_rules(const struct vector *vector)
{
	const uint8_t *request = vector->in + vector->ntp_offset;
	const uint8_t *reply = vector->out + vector->ntp_offset;
	uint64_t reference = build_get(reply + 16, 8), origin = build_get(reply + 24, 8);
	uint64_t receive = build_get(reply + 32, 8), transmit = build_get(reply + 40, 8);
	bool none = build_get(reply - 2, 2) == 0;

	assert_true(vector->out_length <= vector->in_length);
	assert_int_equal(vector->out_length, vector->ntp_offset + 48);
	assert_int_equal(reply[0] & 7, 4);
	assert_int_equal(reply[0] >> 3 & 7, request[0] >> 3 & 7);
	assert_int_equal(origin, build_get(request + 40, 8));
	assert_true((int64_t)(transmit - receive) > 0);
	assert_true((int64_t)(transmit - reference) >= 0);
	assert_true(transmit != 0 && transmit != origin && receive != origin);
	assert_int_equal(receive & 1, 1);
	assert_int_equal(transmit & 1, 0);
	assert_int_equal(
		none, build_get(request - 2, 2) == 0); /* no checksum where there was none */
	if (!none)
		assert_int_equal(checksum_right(vector, vector->out, vector->out_length),
			!(vector->flags & VECTOR_WRONG_CHECKSUM));
	assert_int_equal(
		header_right(vector, vector->out), !(vector->flags & VECTOR_WRONG_IP_CHECKSUM));
}

static void test_replies_keep_the_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < vectors_count; i++)
		if (vectors[i].verdict == VERDICT_SERVED) {
			print_message("# %s\n", vectors[i].name);
			check_reply_rules(&vectors[i]);
		}
}

int main(void)
{
	struct CMUnitTest *tests;
	int failed;

	vectors_count = vectors_build(&vectors);
	vector_addresses(&addresses);
	vector_interface(&interface);
	tests = calloc(vectors_count + 2, sizeof(*tests));
	if (tests == NULL)
		return 1;
	for (size_t i = 0; i < vectors_count; i++)
		tests[i] =
			(struct CMUnitTest){vectors[i].name, test_vector, NULL, NULL, &vectors[i]};
	tests[vectors_count] = (struct CMUnitTest)cmocka_unit_test(test_every_verdict_occurs);
	tests[vectors_count + 1] = (struct CMUnitTest)cmocka_unit_test(test_replies_keep_the_rules);
	failed = _cmocka_run_group_tests("vectors", tests, vectors_count + 2, NULL, NULL);
	free(tests);
	free(vectors);
	return failed ? 1 : 0;
}
