// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: dataplane/socket/reply.c
/*
 * What the socket engine answers: the rows of protocol.md sec. 1 that reach a socket, extension
 * fields at every length, replies with good time, with none, and with time that has expired.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/core/ntp_wire.h"
#include "dataplane/socket/reply.h"

#define S_NS       NTP_TIME_NS_PER_S
#define BASE_NS    (1000 * S_NS)
#define BASE_S     3976214400ULL /* 2026-01-01 */
#define COOKIE     0x0102030405060708ULL
#define FIELD_TYPE 0xf501 /* experimental, RFC 7822 sec. 8 */

struct scene {
	struct timepage page;
	struct settings settings;
	struct localaddr_table addresses;
	struct socket_shared shared;
	uint8_t payload[512];
	struct socket_request request;
	enum verdict verdict;
	struct ntp_packet reply;
};

static struct scene s;

static void put_request(uint8_t version, uint8_t mode, uint64_t transmit)
{
	struct ntp_packet packet;

	/* What must not come back is recognisable. */
	memset(&packet, 0xa5, sizeof(packet));
	packet.leap_version_mode = ntp_wire_first_octet(NTP_LEAP_UNKNOWN, version, mode);
	packet.poll = 6;
	packet.transmit_ts = be64_of(transmit);
	memcpy(s.payload, &packet, sizeof(packet));
	s.request.length = sizeof(packet);
}

static void publish(uint32_t flags)
{
	const struct timepage_sample sample = {
		.base_ns = BASE_NS,
		.base_seconds = BASE_S,
		.multiplier = NTP_TIME_NOMINAL_MULTIPLIER,
		.shift = NTP_TIME_NOMINAL_SHIFT,
		.flags = flags,
		.expires_ns = BASE_NS + 3600 * S_NS,
		.root_dispersion_q32 = NTP_TIME_Q32_PER_S / 1000,
		.dispersion_rate_q32 = 64425,
		.root_delay_q16 = 0x100,
		.reference_ts = (BASE_S - 10) << 32,
		.reference_id = be32_of(0xc0000201),
		.stratum = 3,
		.precision = -24,
		.answer_cost_ns = 2000,
	};

	timepage_publish(&s.page, &sample);
}

static void begin(void)
{
	memset(&s, 0, sizeof(s));
	timepage_init(&s.page);
	config_settings_init(&s.settings);
	localaddr_set_add(&s.addresses.set[0], localaddr_ipv4(be32_of(0xc0000235)), LOCALADDR_OWN);
	localaddr_set_add(
		&s.addresses.set[0], localaddr_ipv4(be32_of(0xc0000236)), LOCALADDR_IGNORED);
	localaddr_set_add(
		&s.addresses.set[0], localaddr_ipv4(be32_of(0xc00002ff)), LOCALADDR_BROADCAST);
	s.shared = (struct socket_shared){
		.page = &s.page, .settings = &s.settings, .addresses = &s.addresses};
	s.request = (struct socket_request){
		.payload = s.payload,
		.family = FRAME_IPV4,
		.source_port = be16_of(40000),
		.source_ipv4 = be32_of(0xc0000263),
		.source_ipv6 = {be64_of(0x20010db800000000ULL), be64_of(1)},
		.receive_ns = BASE_NS + 2 * S_NS,
		.now_ns = BASE_NS + 2 * S_NS + 50000,
		.kernel_now = {BASE_S + 77, 0},
		.random = 0x5bd1e995,
	};
	put_request(4, NTP_MODE_CLIENT, COOKIE);
	publish(TIMEPAGE_SYNCHRONISED);
}

static bool make(void)
{
	return socket_reply_make(&s.shared, &s.request, &s.verdict, &s.reply);
}

static void silence(enum verdict verdict)
{
	assert_false(make());
	assert_int_equal(s.verdict, verdict);
}

static void served(void)
{
	assert_true(make());
	assert_int_equal(s.verdict, VERDICT_SERVED);
}

static void test_fields(void **state)
{
	uint64_t receive, transmit;

	(void)state;
	begin();
	served();
	receive = be64_value(s.reply.receive_ts);
	transmit = be64_value(s.reply.transmit_ts);
	assert_int_equal(s.reply.leap_version_mode, 0x24);
	assert_int_equal(s.reply.stratum, 3);
	assert_int_equal(s.reply.poll, 6);
	assert_int_equal(s.reply.precision, -24);
	assert_int_equal(be32_value(s.reply.root_delay), 0x100);
	/* 1 ms and 15 ppm of 2 s, rounded up. */
	assert_in_range(be32_value(s.reply.root_dispersion), 66, 69);
	assert_int_equal(be32_value(s.reply.reference_id), 0xc0000201);
	assert_true(be64_value(s.reply.reference_ts) == (BASE_S - 10) << 32);
	assert_true(be64_value(s.reply.origin_ts) == COOKIE);
	/* The true receive time, but for the bits below the precision. */
	assert_in_range(receive - (((BASE_S + 2) << 32) - 256), 0, 512);
	/* 50 us in the queue and 2 us of answering later. */
	assert_in_range(transmit - receive, 223338 - 600, 223338 + 600);
	assert_true(receive & 1 && !(transmit & 1));
}

static void test_versions_and_modes(void **state)
{
	uint8_t version, mode;

	(void)state;
	for (version = 0; version < 8; version++) {
		begin();
		put_request(version, NTP_MODE_CLIENT, COOKIE);
		if (version < 1 || version > 4) {
			silence(VERDICT_DROP_VERSION);
			continue;
		}
		served();
		assert_int_equal(s.reply.leap_version_mode,
			ntp_wire_first_octet(NTP_LEAP_NONE, version, NTP_MODE_SERVER));
	}
	for (mode = 0; mode < 8; mode++) {
		begin();
		put_request(4, mode, COOKIE);
		if (mode == 0 || mode > 5)
			silence(VERDICT_DROP_MODE);
		else if (mode != NTP_MODE_CLIENT)
			silence(VERDICT_PASS_MODE);
	}
	begin();
	put_request(1, NTP_MODE_RESERVED, COOKIE);
	served();
	assert_int_equal(s.reply.leap_version_mode, 0x0c);
	s.request.source_port = be16_of(NTP_PORT);
	silence(VERDICT_PASS_MODE);
}

static void test_odd_origins(void **state)
{
	const uint64_t origins[] = {0, 1, 2, UINT64_MAX, (BASE_S + 2) << 32 | 1};

	(void)state;
	for (size_t i = 0; i < sizeof(origins) / sizeof(origins[0]); i++) {
		begin();
		put_request(4, NTP_MODE_CLIENT, origins[i]);
		served();
		assert_true(be64_value(s.reply.origin_ts) == origins[i]);
		assert_true(s.reply.receive_ts.raw != s.reply.origin_ts.raw);
		assert_true(s.reply.transmit_ts.raw != s.reply.origin_ts.raw);
	}
}

static void test_sources(void **state)
{
	const uint32_t impossible[] = {
		0, 0x7f000001, 0xe0000001, 0xffffffff, 0xc0000235 /* own */, 0xc00002ff};

	(void)state;
	for (size_t i = 0; i < sizeof(impossible) / sizeof(impossible[0]); i++) {
		begin();
		s.request.source_ipv4 = be32_of(impossible[i]);
		silence(VERDICT_DROP_SOURCE_ADDRESS);
	}
	/* This host's own programs ask over its loopback interface. */
	begin();
	s.request.source_ipv4 = be32_of(0x7f000001);
	s.request.from_inside = true;
	served();
	begin();
	s.request.source_port = be16_of(0);
	silence(VERDICT_DROP_SOURCE_PORT);
	begin();
	s.request.source_port = be16_of(NTP_PORT);
	served();
	begin();
	s.request.to_group = true;
	silence(VERDICT_PASS_GROUP);
	begin();
	s.request.destination = localaddr_ipv4(be32_of(0xc0000235));
	served();
	s.request.destination = localaddr_ipv4(be32_of(0xc0000236));
	silence(VERDICT_PASS_FOREIGN_ADDRESS);
	begin();
	s.request.family = FRAME_IPV6;
	served();
	s.request.source_ipv6[0] = be64_of(0);
	silence(VERDICT_DROP_SOURCE_ADDRESS);
	s.request.source_ipv6[0] = be64_of(0xff02000000000000ULL);
	silence(VERDICT_DROP_SOURCE_ADDRESS);
}

/* Appends a field; returns nothing, since each test knows what it wants. */
static void add_field(uint16_t claimed, size_t real)
{
	uint8_t *at = s.payload + s.request.length;

	memset(at, 0, real);
	at[0] = FIELD_TYPE >> 8;
	at[1] = FIELD_TYPE & 0xff;
	at[2] = (uint8_t)(claimed >> 8);
	at[3] = (uint8_t)claimed;
	s.request.length += real;
}

static void test_lengths(void **state)
{
	size_t length;

	(void)state;
	begin();
	for (length = 0; length < NTP_PACKET_SIZE; length++) {
		s.request.length = length;
		silence(VERDICT_DROP_SHORT);
	}
	/* A field that fills the rest: from 28 octets, by fours (RFC 7822 sec. 7.5). */
	for (length = 1; length < 200; length++) {
		begin();
		memset(s.payload + NTP_PACKET_SIZE, 0, length);
		if (length >= 4) {
			add_field((uint16_t)length, length);
			if (length >= 28 && length % 4 == 0)
				served();
			else
				silence(VERDICT_DROP_EXTENSION);
		} else {
			s.request.length += length;
			silence(VERDICT_DROP_EXTENSION);
		}
	}
}

static void test_extensions(void **state)
{
	(void)state;
	begin();
	add_field(16, 16);
	add_field(28, 28);
	served();
	s.request.cut = true;
	silence(VERDICT_DROP_EXTENSION);
	/* A crypto-NAK, MACs of MD5 and SHA-1, alone and after a field. */
	for (size_t mac = 4; mac <= 24; mac += mac == 4 ? 16 : 4) {
		begin();
		s.request.length += mac;
		silence(VERDICT_DROP_EXTENSION);
		begin();
		add_field(28, 28);
		s.request.length += mac;
		silence(VERDICT_DROP_EXTENSION);
	}
	/* Lengths that lie: 0, below the least, odd, beyond the end. */
	const uint16_t lies[] = {0, 4, 12, 30, 36, 0xffff};
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		begin();
		add_field(lies[i], 32);
		silence(VERDICT_DROP_EXTENSION);
	}
	/* Fields are version 4's. */
	begin();
	put_request(3, NTP_MODE_CLIENT, COOKIE);
	add_field(28, 28);
	silence(VERDICT_DROP_EXTENSION);
	/* What is no request is none with a tail, either. */
	begin();
	put_request(4, NTP_MODE_PRIVATE, COOKIE);
	add_field(28, 28);
	silence(VERDICT_DROP_MODE);
}

static void no_time(enum verdict verdict, uint64_t seconds)
{
	assert_true(make());
	assert_int_equal(s.verdict, verdict);
	assert_int_equal(s.reply.leap_version_mode, 0xe4);
	assert_int_equal(s.reply.stratum, 0);
	assert_memory_equal(&s.reply.reference_id, "INIT", 4);
	assert_true(s.reply.reference_ts.raw == 0);
	assert_true(be64_value(s.reply.origin_ts) == COOKIE);
	assert_true(be64_value(s.reply.receive_ts) < be64_value(s.reply.transmit_ts));
	assert_in_range(be64_value(s.reply.receive_ts) >> 32, seconds - 1, seconds);
	s.settings.unsynchronised_drop = 1;
	silence(VERDICT_DROP_UNSYNCHRONISED);
}

static void test_no_time(void **state)
{
	(void)state;
	begin();
	timepage_init(&s.page);
	no_time(VERDICT_PASS_PAGE_UNWRITTEN, BASE_S + 77);
	begin();
	s.page.layout++;
	no_time(VERDICT_PASS_PAGE_FOREIGN, BASE_S + 77);
	begin();
	s.page.sample[1].generation++;
	no_time(VERDICT_PASS_PAGE_TORN, BASE_S + 77);
	begin();
	publish(0);
	no_time(VERDICT_PASS_UNSYNCHRONISED, BASE_S + 2);
	begin();
	s.request.receive_ns = s.request.now_ns = BASE_NS + 3600 * S_NS;
	no_time(VERDICT_PASS_PAGE_EXPIRED, BASE_S + 3600);
	/* It expired while the request waited. */
	s.settings.unsynchronised_drop = 0;
	s.request.receive_ns -= 1000;
	no_time(VERDICT_PASS_PAGE_EXPIRED, BASE_S + 3600);
}

/* A stamp that cannot be is not used. */
static void test_stamps(void **state)
{
	(void)state;
	begin();
	s.request.receive_ns = s.request.now_ns + 1;
	served();
	assert_int_equal(be64_value(s.reply.receive_ts) >> 32, BASE_S + 2);
	s.request.receive_ns = 0;
	served();
	assert_int_equal(be64_value(s.reply.receive_ts) >> 32, BASE_S + 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_versions_and_modes),
		cmocka_unit_test(test_odd_origins),
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_extensions),
		cmocka_unit_test(test_no_time),
		cmocka_unit_test(test_stamps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
