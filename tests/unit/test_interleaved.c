// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/exchange.c
/*
 * Interleaved mode (RFC 9769 sec. 2) against a server that keeps one pair of timestamps: what the
 * requests hold, which exchange a sample is of, that each is measured once, answers in basic
 * mode, loss, spoofed and replayed replies.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "control/exchange.h"

#define S_NS       1000000000LL
#define MS_NS      1000000LL
#define US_NS      1000LL
#define NTP_2026_S 3976214400U
#define UNIX_S     1767225600LL /* the same moment */

/* The server takes 1 ms until it writes a reply, which then leaves 100 us later. */
#define HELD_NS  MS_NS
#define LATE_NS  (100 * US_NS)
#define THERE_NS (5 * MS_NS)

struct scene {
	struct exchange exchange;
	uint64_t dice;
	int64_t now_ns; /* our raw clock; the server's is ahead by UNIX_S */
	be64 saved_receive_ts, saved_transmit_ts;
	struct ntp_packet request, packet;
	struct exchange_reply reply;
	struct ntp_sample sample;
};

static void begin(struct scene *s)
{
	*s = (struct scene){.exchange = {.version = 4, .poll = 4}, .dice = 7, .now_ns = 100 * S_NS};
}

static be64 wire(int64_t raw_ns)
{
	return be64_of((uint64_t)(NTP_2026_S + raw_ns / S_NS) << 32 |
		       ((uint64_t)(raw_ns % S_NS) << 32) / S_NS);
}

/* Asks 16 s after the last time. */
static void ask(struct scene *s)
{
	uint64_t random[2];

	for (int i = 0; i < 2; i++)
		random[i] = s->dice = s->dice * 6364136223846793005ULL + 1442695040888963407ULL;
	s->now_ns += 16 * S_NS;
	exchange_request_interleaved(&s->exchange, random, &s->request);
}

/* As a server does: interleaved where it has what the origin names, and once. */
static void serve(struct scene *s)
{
	int64_t t2 = s->now_ns + THERE_NS, t3 = t2 + HELD_NS;
	bool interleaved = s->saved_receive_ts.raw &&
			   s->request.origin_ts.raw == s->saved_receive_ts.raw &&
			   s->request.receive_ts.raw != s->request.transmit_ts.raw;

	s->packet = (struct ntp_packet){
		.leap_version_mode = ntp_wire_first_octet(NTP_LEAP_NONE, 4, NTP_MODE_SERVER),
		.stratum = 2,
		.precision = -24,
		.reference_ts = wire(t2 - MS_NS),
		.origin_ts = interleaved ? s->request.receive_ts : s->request.transmit_ts,
		.receive_ts = wire(t2),
		.transmit_ts = interleaved ? s->saved_transmit_ts : wire(t3),
	};
	s->saved_receive_ts = wire(t2);
	s->saved_transmit_ts = wire(t3 + LATE_NS);
	s->reply = (struct exchange_reply){
		.length = NTP_PACKET_SIZE,
		.from_asked = true,
		.t1_raw_ns = (uint64_t)s->now_ns,
		.t4_raw_ns = (uint64_t)(t3 + LATE_NS + THERE_NS),
	};
}

static enum exchange_result judge(struct scene *s)
{
	static const struct exchange_limits limits = {3 * S_NS, 3 * S_NS / 2, 60, NULL};

	s->reply.data = (const uint8_t *)&s->packet;
	return exchange_judge(&s->exchange, &s->reply, &limits, &s->sample);
}

static enum exchange_result turn(struct scene *s)
{
	ask(s);
	serve(s);
	return judge(s);
}

static void near(int64_t value, int64_t expected, int64_t tolerance)
{
	assert_in_range(value - expected + tolerance, 0, 2 * tolerance);
}

/* The stamps of the exchange so many turns ago; in basic mode T3 is too early. */
static void check_sample(const struct scene *s, int turns_ago)
{
	int64_t error_ns = turns_ago ? 0 : -LATE_NS / 2;
	int64_t away_ns = 2 * THERE_NS + HELD_NS + LATE_NS;

	assert_int_equal(s->sample.interleaved, turns_ago != 0);
	near((int64_t)s->sample.raw_ns, s->now_ns - turns_ago * 16 * S_NS + away_ns / 2, 2);
	near(s->sample.offset_ns, UNIX_S * S_NS + error_ns, 3);
	near(s->sample.delay_ns, 2 * THERE_NS + (turns_ago ? 0 : LATE_NS), 3);
	assert_int_equal(s->sample.poll, 4);
}

static void test_requests(void **state)
{
	struct scene s;
	struct ntp_packet rest;
	be64 received;

	(void)state;
	begin(&s);
	ask(&s);
	rest = (struct ntp_packet){.leap_version_mode = 0x23, .transmit_ts = s.request.transmit_ts};
	assert_memory_equal(&s.request, &rest, sizeof(rest));
	serve(&s);
	received = s.packet.receive_ts;
	assert_int_equal(judge(&s), EXCHANGE_ACCEPTED);
	/* From now on: the server's own stamp, and random bits, twice. */
	ask(&s);
	assert_true(s.request.origin_ts.raw == received.raw);
	assert_true(s.request.receive_ts.raw && s.request.transmit_ts.raw);
	assert_true(s.request.receive_ts.raw != s.request.transmit_ts.raw);
	rest = (struct ntp_packet){.leap_version_mode = 0x23,
		.origin_ts = received,
		.receive_ts = s.request.receive_ts,
		.transmit_ts = s.request.transmit_ts};
	assert_memory_equal(&s.request, &rest, sizeof(rest));
	/* Dice that fall alike, or on 0, could not tell the modes apart. */
	exchange_request_interleaved(&s.exchange, (const uint64_t[2]){5, 5}, &s.request);
	assert_true(!s.request.origin_ts.raw && !s.request.receive_ts.raw);
	exchange_request_interleaved(&s.exchange, (const uint64_t[2]){5, 0}, &s.request);
	assert_true(!s.request.origin_ts.raw && !s.request.receive_ts.raw);
	exchange_request(&s.exchange, 5, &s.request);
	assert_true(!s.request.origin_ts.raw && !s.request.receive_ts.raw);
}

static void test_sequence(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	assert_int_equal(turn(&s), EXCHANGE_ACCEPTED);
	check_sample(&s, 0);
	/* About the first exchange, which has made its sample. */
	assert_int_equal(turn(&s), EXCHANGE_KNOWN);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(turn(&s), EXCHANGE_ACCEPTED);
		check_sample(&s, 1);
	}
}

/* A server that does not know the mode, or has forgotten. */
static void test_basic_answers(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	for (int i = 0; i < 5; i++) {
		s.saved_receive_ts.raw = 0;
		assert_int_equal(turn(&s), EXCHANGE_ACCEPTED);
		check_sample(&s, 0);
		assert_int_equal(s.request.origin_ts.raw != 0, i > 0);
	}
	assert_int_equal(turn(&s), EXCHANGE_KNOWN);
	assert_int_equal(turn(&s), EXCHANGE_ACCEPTED);
	check_sample(&s, 1);
}

static void test_loss(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	assert_int_equal(turn(&s), EXCHANGE_ACCEPTED);
	assert_int_equal(turn(&s), EXCHANGE_KNOWN);
	/* The request is lost: the server still has what the next one names. */
	ask(&s);
	assert_int_equal(turn(&s), EXCHANGE_ACCEPTED);
	check_sample(&s, 2);
	/* The reply is lost: it has something newer. */
	ask(&s);
	serve(&s);
	assert_int_equal(turn(&s), EXCHANGE_ACCEPTED);
	check_sample(&s, 0);
	assert_int_equal(turn(&s), EXCHANGE_KNOWN);
	/* Four in vain, and it begins anew. */
	for (int i = 0; i < 4; i++) {
		ask(&s);
		assert_true(s.request.origin_ts.raw != 0);
	}
	ask(&s);
	assert_true(!s.request.origin_ts.raw && !s.request.receive_ts.raw);
	serve(&s);
	assert_int_equal(judge(&s), EXCHANGE_ACCEPTED);
	check_sample(&s, 0);
}

/* After a rejected answer, and where the caller says so, there is nothing to refer to. */
static void test_anew(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	assert_int_equal(turn(&s), EXCHANGE_ACCEPTED);
	assert_int_equal(turn(&s), EXCHANGE_KNOWN);
	ask(&s);
	serve(&s);
	s.packet.stratum = 16;
	assert_int_equal(judge(&s), EXCHANGE_STRATUM);
	ask(&s);
	assert_false(s.request.origin_ts.raw);
	serve(&s);
	assert_int_equal(judge(&s), EXCHANGE_ACCEPTED);
	assert_int_equal(turn(&s), EXCHANGE_KNOWN);
	ask(&s);
	serve(&s);
	s.exchange.past = (struct exchange_past){0};
	assert_int_equal(judge(&s), EXCHANGE_KNOWN);
	assert_int_equal(turn(&s), EXCHANGE_ACCEPTED);
	check_sample(&s, 1);
}

/* The transmit time of an answer must lie where the answer was. */
static void test_impossible(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	turn(&s);
	turn(&s);
	s.saved_transmit_ts = wire(s.now_ns + 4 * THERE_NS);
	assert_int_equal(turn(&s), EXCHANGE_DELAY_NEGATIVE);
	s.saved_transmit_ts = wire(s.now_ns + THERE_NS - US_NS);
	assert_int_equal(turn(&s), EXCHANGE_ORDER);
	s.saved_transmit_ts.raw = 0;
	assert_int_equal(turn(&s), EXCHANGE_ZERO);
}

static void test_open(void **state)
{
	struct scene s;
	struct ntp_packet before;
	be64 right;

	(void)state;
	begin(&s);
	turn(&s);
	turn(&s);
	turn(&s);
	before = s.packet;
	ask(&s);
	serve(&s);
	right = s.packet.origin_ts;
	/* Anybody may know the server's stamp: it is no proof. */
	s.packet.origin_ts = s.request.origin_ts;
	assert_int_equal(judge(&s), EXCHANGE_ORIGIN);
	s.packet.origin_ts.raw = 0;
	assert_int_equal(judge(&s), EXCHANGE_ORIGIN);
	s.packet.origin_ts.raw = right.raw ^ 1;
	assert_int_equal(judge(&s), EXCHANGE_ORIGIN);
	s.packet.origin_ts = before.origin_ts;
	assert_int_equal(judge(&s), EXCHANGE_ORIGIN);
	s.packet.origin_ts = right;
	assert_int_equal(judge(&s), EXCHANGE_ACCEPTED);
	check_sample(&s, 1);
	assert_int_equal(judge(&s), EXCHANGE_UNEXPECTED);
	/* Asked in basic mode: no receive timestamp of ours can come back. */
	exchange_request(&s.exchange, 99, &s.request);
	s.packet.origin_ts.raw = 0;
	assert_int_equal(judge(&s), EXCHANGE_ORIGIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_sequence),
		cmocka_unit_test(test_basic_answers),
		cmocka_unit_test(test_loss),
		cmocka_unit_test(test_anew),
		cmocka_unit_test(test_impossible),
		cmocka_unit_test(test_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
