// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/exchange.c
/*
 * The judgement of a server's reply: the arithmetic, both sides of each limit, every reason to
 * reject, what is forgotten when, and the era that begins in 2036.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "control/exchange.h"

#define S_NS         1000000000LL
#define MS_NS        1000000LL
#define RAW_NS       (5000 * S_NS) /* our clock at T1 */
#define NTP_2026_S   3976214400U   /* 2026-01-01, NTP seconds */
#define UNIX_2026_NS ((int64_t)1767225600 * S_NS)
#define RANDOM       0x0123456789abcdefULL

/* One exchange, to be spoiled by a test before it is judged. */
struct scene {
	struct exchange exchange;
	struct ntp_packet request;
	struct ntp_packet packet; /* the reply */
	uint8_t data[64];
	struct exchange_reply reply;
	struct exchange_limits limits;
	struct exchange_own own;
	be32 ids[2];
	struct ntp_sample sample;
};

static be64 wire(uint32_t seconds, uint32_t fraction)
{
	return be64_of((uint64_t)seconds << 32 | fraction);
}

/* 10 ms there, 1 ms held, 10 ms back; the server's clock stands at 2026-01-01 at T2. */
static void begin(struct scene *scene)
{
	memset(scene, 0, sizeof(*scene));
	scene->exchange.version = 4;
	scene->exchange.poll = 6;
	exchange_request(&scene->exchange, RANDOM, &scene->request);
	scene->packet = (struct ntp_packet){
		.leap_version_mode = ntp_wire_first_octet(NTP_LEAP_NONE, 4, NTP_MODE_SERVER),
		.stratum = 2,
		.poll = 6,
		.precision = -20,
		.root_delay = be32_of(0x8000),      /* 0.5 s */
		.root_dispersion = be32_of(0x4000), /* 0.25 s */
		.reference_id = be32_of(0xc0000201),
		.reference_ts = wire(NTP_2026_S - 16, 0),
		.origin_ts = scene->request.transmit_ts,
		.receive_ts = wire(NTP_2026_S, 0),
		.transmit_ts = wire(NTP_2026_S, 4294967), /* 1 ms */
	};
	scene->own.reference_ids = scene->ids;
	scene->own.count = 2;
	scene->limits = (struct exchange_limits){
		.max_delay_ns = 3 * S_NS,
		.max_root_distance_ns = 3 * S_NS / 2,
		.precision_ns = 100,
		.own = &scene->own,
	};
	scene->reply = (struct exchange_reply){
		.data = scene->data,
		.length = NTP_PACKET_SIZE,
		.from_asked = true,
		.t1_raw_ns = RAW_NS,
		.t4_raw_ns = RAW_NS + 21 * MS_NS,
	};
}

static enum exchange_result judge(struct scene *scene)
{
	memcpy(scene->data, &scene->packet, sizeof(scene->packet));
	return exchange_judge(&scene->exchange, &scene->reply, &scene->limits, &scene->sample);
}

static void near(int64_t value, int64_t expected, int64_t tolerance)
{
	assert_in_range(value - expected + tolerance, 0, 2 * tolerance);
}

static void test_request(void **state)
{
	struct exchange exchange = {.version = 4};
	struct ntp_packet packet, rest = {0};

	(void)state;
	exchange_request(&exchange, RANDOM, &packet);
	assert_true(exchange.pending);
	assert_int_equal(packet.leap_version_mode, 0x23);
	assert_true(be64_value(packet.transmit_ts) == be64_value(exchange.cookie));
	/* Nothing else of ours in it. */
	rest.leap_version_mode = packet.leap_version_mode;
	rest.transmit_ts = packet.transmit_ts;
	assert_memory_equal(&packet, &rest, sizeof(packet));

	exchange.version = 3;
	exchange_request(&exchange, 0, &packet);
	assert_int_equal(packet.leap_version_mode, 0x1b);
	assert_true(packet.transmit_ts.raw != 0);
}

static void test_accepted(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	assert_int_equal(judge(&s), EXCHANGE_ACCEPTED);
	assert_false(s.exchange.pending);
	assert_int_equal(s.sample.raw_ns, RAW_NS + 21 * MS_NS / 2);
	near(s.sample.offset_ns, UNIX_2026_NS - RAW_NS - 10 * MS_NS, 2);
	near(s.sample.delay_ns, 20 * MS_NS, 2);
	/* 100 ns, 2^-20 s, 15 ppm of 21 ms. */
	near(s.sample.dispersion_ns, 100 + 954 + 315, 2);
	assert_int_equal(s.sample.root_delay_ns, S_NS / 2);
	assert_int_equal(s.sample.root_dispersion_ns, S_NS / 4);
	near(s.sample.reference_age_ns, 16 * S_NS + MS_NS, 2);
	assert_int_equal(be32_value(s.sample.reference_id), 0xc0000201);
	assert_int_equal(s.sample.stratum, 2);
	assert_int_equal(s.sample.leap, NTP_LEAP_NONE);
	assert_int_equal(s.sample.version, 4);
	assert_int_equal(s.sample.precision, -20);
	assert_int_equal(s.sample.poll, 6);
}

static void test_once(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	assert_int_equal(judge(&s), EXCHANGE_ACCEPTED);
	assert_int_equal(judge(&s), EXCHANGE_UNEXPECTED);
	/* An answer that is rejected is an answer, too. */
	begin(&s);
	s.packet.stratum = 16;
	assert_int_equal(judge(&s), EXCHANGE_STRATUM);
	s.packet.stratum = 2;
	assert_int_equal(judge(&s), EXCHANGE_UNEXPECTED);
}

/* What anybody can send leaves the question open. */
static void test_open(void **state)
{
	struct scene s;
	size_t length;

	(void)state;
	begin(&s);
	s.reply.from_asked = false;
	assert_int_equal(judge(&s), EXCHANGE_ADDRESS);
	s.reply.from_asked = true;
	for (length = 0; length <= sizeof(s.data); length++) {
		s.reply.length = length;
		if (length != NTP_PACKET_SIZE)
			assert_int_equal(judge(&s), EXCHANGE_LENGTH);
	}
	s.reply.length = NTP_PACKET_SIZE;
	for (uint8_t mode = 0; mode < 8; mode++) {
		s.packet.leap_version_mode = ntp_wire_first_octet(0, 4, mode);
		if (mode != NTP_MODE_SERVER)
			assert_int_equal(judge(&s), EXCHANGE_MODE);
	}
	for (uint8_t version = 0; version < 8; version++) {
		s.packet.leap_version_mode = ntp_wire_first_octet(0, version, NTP_MODE_SERVER);
		if (version != 4)
			assert_int_equal(judge(&s), EXCHANGE_VERSION);
	}
	s.packet.leap_version_mode = ntp_wire_first_octet(0, 4, NTP_MODE_SERVER);
	for (int bit = 0; bit < 64; bit++) {
		s.packet.origin_ts.raw = s.request.transmit_ts.raw ^ 1ULL << bit;
		assert_int_equal(judge(&s), EXCHANGE_ORIGIN);
	}
	s.packet.origin_ts.raw = 0;
	assert_int_equal(judge(&s), EXCHANGE_ORIGIN);
	assert_true(s.exchange.pending);
	s.packet.origin_ts = s.request.transmit_ts;
	assert_int_equal(judge(&s), EXCHANGE_ACCEPTED);
}

static enum exchange_result kiss(const char *code, bool right_origin)
{
	struct scene s;

	begin(&s);
	s.packet.leap_version_mode = ntp_wire_first_octet(NTP_LEAP_UNKNOWN, 4, NTP_MODE_SERVER);
	s.packet.stratum = 0;
	memcpy(&s.packet.reference_id, code, 4);
	if (!right_origin)
		s.packet.origin_ts.raw ^= 1;
	return judge(&s);
}

static void test_kisses(void **state)
{
	(void)state;
	assert_int_equal(kiss("RATE", true), EXCHANGE_KISS_RATE);
	assert_int_equal(kiss("DENY", true), EXCHANGE_KISS_DENY);
	assert_int_equal(kiss("RSTR", true), EXCHANGE_KISS_RSTR);
	assert_int_equal(kiss("INIT", true), EXCHANGE_UNSYNCHRONISED);
	assert_int_equal(kiss("RATE", false), EXCHANGE_ORIGIN);
	assert_int_equal(kiss("DENY", false), EXCHANGE_ORIGIN);
}

static void test_server(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	s.packet.leap_version_mode = ntp_wire_first_octet(NTP_LEAP_UNKNOWN, 4, NTP_MODE_SERVER);
	assert_int_equal(judge(&s), EXCHANGE_UNSYNCHRONISED);
	begin(&s);
	s.packet.stratum = 0;
	assert_int_equal(judge(&s), EXCHANGE_KISS_OTHER);
	begin(&s);
	s.packet.stratum = 15;
	assert_int_equal(judge(&s), EXCHANGE_ACCEPTED);
	begin(&s);
	s.packet.stratum = 16;
	assert_int_equal(judge(&s), EXCHANGE_STRATUM);
	begin(&s);
	s.packet.transmit_ts.raw = 0;
	assert_int_equal(judge(&s), EXCHANGE_ZERO);
	begin(&s);
	s.packet.receive_ts.raw = 0;
	assert_int_equal(judge(&s), EXCHANGE_ZERO);
	begin(&s);
	s.packet.receive_ts = wire(NTP_2026_S, 4294967 + 4200); /* 2^-20 s are 4096 */
	assert_int_equal(judge(&s), EXCHANGE_ORDER);
	begin(&s);
	s.packet.receive_ts = wire(NTP_2026_S, 4294967 + 4000);
	assert_int_equal(judge(&s), EXCHANGE_ACCEPTED);
	assert_in_range(s.sample.delay_ns, 21 * MS_NS, 21 * MS_NS + 1000);
	begin(&s);
	s.packet.leap_version_mode = ntp_wire_first_octet(NTP_LEAP_INSERT, 4, NTP_MODE_SERVER);
	assert_int_equal(judge(&s), EXCHANGE_ACCEPTED);
	assert_int_equal(s.sample.leap, NTP_LEAP_INSERT);
}

static void test_reference(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	s.packet.reference_ts = wire(NTP_2026_S + 1, 0);
	assert_int_equal(judge(&s), EXCHANGE_ACCEPTED);
	begin(&s);
	s.packet.reference_ts = wire(NTP_2026_S + 2, 0);
	assert_int_equal(judge(&s), EXCHANGE_REFERENCE);
	begin(&s);
	s.packet.reference_ts.raw = 0;
	assert_int_equal(judge(&s), EXCHANGE_ACCEPTED);
	assert_int_equal(s.sample.reference_age_ns, -1);
}

static void test_delay(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	s.limits.max_delay_ns = 20 * MS_NS + 10;
	assert_int_equal(judge(&s), EXCHANGE_ACCEPTED);
	begin(&s);
	s.limits.max_delay_ns = 20 * MS_NS - 10;
	assert_int_equal(judge(&s), EXCHANGE_DELAY);
	/* Held for 1 ms, away for less: by no more than the clocks' grain that is possible. */
	begin(&s);
	s.reply.t4_raw_ns = s.reply.t1_raw_ns + MS_NS - 1000;
	assert_int_equal(judge(&s), EXCHANGE_ACCEPTED);
	assert_int_equal(s.sample.delay_ns, s.limits.precision_ns);
	begin(&s);
	s.reply.t4_raw_ns = s.reply.t1_raw_ns + MS_NS - 2000;
	assert_int_equal(judge(&s), EXCHANGE_DELAY_NEGATIVE);
}

static void test_root_distance(void **state)
{
	struct scene s;

	(void)state;
	/* 0.25 + 0.01 + dispersion 1.23 s */
	begin(&s);
	s.packet.root_dispersion = be32_of((uint32_t)(1.2399 * 65536));
	assert_int_equal(judge(&s), EXCHANGE_ACCEPTED);
	begin(&s);
	s.packet.root_dispersion = be32_of((uint32_t)(1.2401 * 65536));
	assert_int_equal(judge(&s), EXCHANGE_ROOT_DISTANCE);
	begin(&s);
	s.packet.root_delay = be32_of(0xffffffff);
	s.packet.root_dispersion = be32_of(0xffffffff);
	assert_int_equal(judge(&s), EXCHANGE_ROOT_DISTANCE);
}

static void test_loop(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	s.ids[1] = s.packet.reference_id;
	assert_int_equal(judge(&s), EXCHANGE_LOOP);
	/* A name at stratum 1 may look like an address. */
	begin(&s);
	s.ids[1] = s.packet.reference_id;
	s.packet.stratum = 1;
	assert_int_equal(judge(&s), EXCHANGE_ACCEPTED);
	for (int i = 0; i < 2; i++) {
		begin(&s);
		s.own.served[i] = (struct exchange_served){
			s.packet.reference_ts, s.packet.reference_id, s.packet.stratum};
		assert_int_equal(judge(&s), EXCHANGE_LOOP);
		begin(&s);
		s.own.served[i] = (struct exchange_served){
			wire(NTP_2026_S - 17, 0), s.packet.reference_id, s.packet.stratum};
		assert_int_equal(judge(&s), EXCHANGE_ACCEPTED);
	}
	/* A mirrored server is exempt. */
	begin(&s);
	s.ids[0] = s.packet.reference_id;
	s.limits.own = NULL;
	assert_int_equal(judge(&s), EXCHANGE_ACCEPTED);
}

/* 2036-02-07 06:28:16 UTC: T2 in era 0, T3 in era 1. */
static void test_era(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	s.packet.reference_ts = wire(0xfffffff0, 0);
	s.packet.receive_ts = wire(0xffffffff, 0xffffffff - 4294966);
	s.packet.transmit_ts = wire(0, 1);
	assert_int_equal(judge(&s), EXCHANGE_ACCEPTED);
	near(s.sample.offset_ns, (int64_t)2085978496 * S_NS - MS_NS - RAW_NS - 10 * MS_NS, 2);
	near(s.sample.delay_ns, 20 * MS_NS, 2);
	near(s.sample.reference_age_ns, 16 * S_NS, 2);
	/* Wholly in era 1. */
	begin(&s);
	s.packet.reference_ts = wire(84, 0);
	s.packet.receive_ts = wire(100, 0);
	s.packet.transmit_ts = wire(100, 4294967);
	assert_int_equal(judge(&s), EXCHANGE_ACCEPTED);
	near(s.sample.offset_ns, (int64_t)2085978596 * S_NS - RAW_NS - 10 * MS_NS, 2);
}

static void test_texts(void **state)
{
	(void)state;
	for (int i = 0; i < EXCHANGE_RESULT_COUNT; i++) {
		assert_non_null(exchange_result_text((enum exchange_result)i));
		for (const char *c = exchange_result_name((enum exchange_result)i); *c; c++)
			assert_true((*c >= 'a' && *c <= 'z') || *c == '_');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_once),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_kisses),
		cmocka_unit_test(test_server),
		cmocka_unit_test(test_reference),
		cmocka_unit_test(test_delay),
		cmocka_unit_test(test_root_distance),
		cmocka_unit_test(test_loop),
		cmocka_unit_test(test_era),
		cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
