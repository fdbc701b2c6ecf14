/* SPDX-License-Identifier: GPL-2.0-or-later */
// test-sources: control/query.c control/query_source.c control/query_system.c
// test-sources: control/query_text.c control/query_variables.c
/*
 * ntpq's questions: the list of associations in as many datagrams as it takes, variables that were
 * named and those that were not, status words, refusals, and headers that are no question.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/query_world.h"

#define FAILED 0x40

static uint8_t request[SOCKET_QUERY_HEADER + 1000];

static size_t put(unsigned opcode, unsigned association, const char *names)
{
	size_t length = strlen(names);

	memset(request, 0, sizeof(request));
	request[0] = 2 << 3 | NTP_MODE_CONTROL;
	request[1] = (uint8_t)opcode;
	request[2] = 0xab;
	request[3] = 0xcd;
	request[6] = (uint8_t)(association >> 8);
	request[7] = (uint8_t)association;
	request[10] = (uint8_t)(length >> 8);
	request[11] = (uint8_t)length;
	memcpy(request + SOCKET_QUERY_HEADER, names, length);
	return SOCKET_QUERY_HEADER + length;
}

/* The whole data of an answer, whose every header is checked. */
static const char *ask(unsigned opcode, unsigned association, const char *names)
{
	static char text[QUERY_TEXT_MAX + 1];
	size_t length = 0;

	world_ask(request, put(opcode, association, names));
	assert_true(world.count > 0);
	for (size_t i = 0; i < world.count; i++) {
		bool last = i + 1 == world.count;

		assert_int_equal(world.sent[i][0] & 0x3f, 2 << 3 | NTP_MODE_CONTROL);
		assert_int_equal(world.sent[i][1], 0x80 | (last ? 0 : 0x20) | opcode);
		assert_int_equal(world_word(i, 2), 0xabcd);
		assert_int_equal(world_word(i, 6), association);
		assert_int_equal(world_word(i, 8), length);
		assert_int_equal(world.length[i] % 4, 0);
		memcpy(text + length, world.sent[i] + SOCKET_QUERY_HEADER, world_word(i, 10));
		length += world_word(i, 10);
		assert_true(last || world_word(i, 10) == QUERY_DATA_MAX);
	}
	text[length] = '\0';
	return text;
}

static void refused(unsigned opcode, unsigned association, const char *names, unsigned code)
{
	world_ask(request, put(opcode, association, names));
	assert_int_equal(world.count, 1);
	assert_int_equal(world.length[0], SOCKET_QUERY_HEADER);
	assert_int_equal(world.sent[0][1], 0x80 | FAILED | opcode);
	assert_int_equal(world_word(0, 4), code << 8);
	assert_int_equal(world_word(0, 10), 0);
}

static void test_associations(void **state)
{
	const uint8_t *pairs;

	(void)state;
	world_begin(0);
	assert_string_equal(ask(1, 0, ""), "");
	world_begin(WORLD_SOURCES);
	world.sources[2].tally = TALLY_FALSETICKER;
	world.sources[3].reach = 0;
	world.sources[3].tally = TALLY_UNREACHABLE;
	world.sources[4].association = 0; /* beyond what has a number */
	pairs = (const uint8_t *)ask(1, 0, "");
	assert_int_equal(
		world.count, (4 * (WORLD_SOURCES - 1) + QUERY_DATA_MAX - 1) / QUERY_DATA_MAX);
	assert_int_equal(pairs[1], 1);
	assert_int_equal(pairs[2], 0x94); /* configured, reachable, candidate */
	assert_int_equal(pairs[3], 0x14); /* one event: reachable */
	assert_int_equal(pairs[6], 0x96); /* sys.peer */
	assert_int_equal(pairs[7], 0x1a);
	assert_int_equal(pairs[10], 0x91); /* falsetick */
	assert_int_equal(pairs[14], 0x80); /* reject */
	assert_int_equal(pairs[15], 0x13); /* unreachable */
	assert_int_equal(pairs[17], 1 + 5 * 16);
	/* leap 0, NTP, one event, clock_sync */
	assert_int_equal(world_word(0, 4), 0x0615);
}

static void test_system(void **state)
{
	const char *text;

	(void)state;
	world_begin(3);
	text = ask(2, 0, "");
	assert_non_null(strstr(text, "version=\"ntpxdpd " NTPXDP_VERSION "\", "));
	assert_non_null(strstr(text, "leap=0, stratum=2, precision=-25"));
	assert_non_null(strstr(text, "rootdelay=3.906250"));
	assert_non_null(strstr(text, "reftime=0xe8a4f000.40000000"));
	assert_non_null(strstr(text, "frequency=12.500000"));
	assert_null(strstr(text, "rootdist"));
	assert_null(strstr(text, "tai="));
	assert_string_equal(text + strlen(text) - 2, "\r\n");
	assert_string_equal(
		ask(2, 0, "stratum, refid,peer"), "stratum=2, refid=192.0.2.2, peer=17\r\n");
	assert_string_equal(ask(2, 0, "peeradr,peermode=1,authdelay"),
		"peeradr=192.0.2.2:123, peermode=4, authdelay=0.000000\r\n");
	assert_string_equal(ask(2, 0, "clock"), "clock=0xed003780.80000000\r\n");
	world.snapshot.clock.leap_list = (struct leap_list){
		.at_utc_s = 1483228800, .expires_utc_s = 1498608000, .tai_s = 37};
	assert_string_equal(ask(2, 0, "tai,leapsec,expire"),
		"tai=37, leapsec=\"2017-01-01T00:00Z\", expire=\"2017-06-28T00:00Z\"\r\n");
}

static void test_unsynchronised(void **state)
{
	(void)state;
	world_begin(1);
	world.snapshot.page.verdict = VERDICT_PASS_UNSYNCHRONISED;
	assert_string_equal(ask(2, 0, "leap,stratum,refid,reftime,peer,tc,peeradr,rootdist"),
		"leap=3, stratum=16, refid=INIT, reftime=0x00000000.00000000, peer=0\r\n");
	assert_int_equal(world.sent[0][0] >> 6, NTP_LEAP_UNKNOWN);
	assert_int_equal(world_word(0, 4), 0xc018); /* alarm, no_sys_peer */
	world.snapshot.clock.updates = 0;
	ask(2, 0, "leap");
	assert_int_equal(world_word(0, 4), 0xc016); /* restart */
}

static void test_source(void **state)
{
	const char *text;

	(void)state;
	world_begin(3);
	text = ask(2, 17, "");
	assert_non_null(strstr(text, "srcadr=192.0.2.2, srcport=123, srchost=\"ntp1.example\""));
	assert_non_null(strstr(text, "refid=GPS, "));
	assert_non_null(strstr(text, "reach=0xff"));
	assert_non_null(strstr(text, "delay=12.345600"));
	assert_non_null(strstr(text, "flash=0x0"));
	/* What ntpq's "when" takes from it: `rec` is the last of the two. */
	assert_true(strstr(text, "rec=0xed003776.00000000") > strstr(text, "reftime=0xed003773."));
	assert_int_equal(world_word(0, 4), 0x961a);
	assert_string_equal(ask(1, 17, ""), text);
	assert_string_equal(ask(2, 33, "hpoll,,ppoll ,reach"), "hpoll=6, ppoll=6, reach=0xff\r\n");
}

static void test_source_without_address(void **state)
{
	(void)state;
	world_begin(1);
	memset(&world.sources[0].endpoint, 0, sizeof(world.sources[0].endpoint));
	world.sources[0].address[0] = '\0';
	world.sources[0].sample.version = 0;
	world.sources[0].answered = false;
	world.sources[0].reach = 0;
	strcpy(world.sources[0].name, "od\"d\n.example");
	strcpy(world.sources[0].refid, ".POOL.");
	assert_string_equal(ask(2, 1, "srcadr,srcport,srchost,refid"),
		"srcadr=0.0.0.0, srchost=\"od?d?.example\", refid=POOL\r\n");
	assert_string_equal(ask(2, 1, "leap,rec,reftime,flash"),
		"leap=3, rec=0x00000000.00000000, "
		"reftime=0x00000000.00000000,\r\nflash=0x1000\r\n");
}

static void test_refusals(void **state)
{
	static const unsigned writing[] = {3, 5, 6, 8, 9, 31}, unknown[] = {0, 7, 10, 11, 12, 30};

	(void)state;
	world_begin(2);
	for (size_t i = 0; i < sizeof(writing) / sizeof(writing[0]); i++)
		refused(writing[i], 0, "stratum=1", 1);
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		refused(unknown[i], 0, "", 3);
	refused(2, 2, "", 4);
	refused(1, 9999, "", 4);
	refused(4, 0, "", 4);
	refused(2, 0, "stratum,monlist", 5);
	refused(2, 0, "stratu", 5);
	refused(2, 1, "peeradr", 5);
}

static void test_headers(void **state)
{
	size_t length;

	(void)state;
	world_begin(2);
	length = put(2, 0, "stratum");
	for (size_t cut = 0; cut < length; cut++) {
		world_ask(request, cut);
		assert_int_equal(world.count, cut >= SOCKET_QUERY_HEADER);
		if (world.count)
			assert_int_equal(world_word(0, 4), 2 << 8); /* bad format */
	}
	put(2, 0, "stratum");
	request[9] = 1; /* the second part of a question */
	world_ask(request, length);
	assert_int_equal(world_word(0, 4), 2 << 8);
	put(2, 0, "");
	request[10] = 3; /* more than one datagram may hold */
	world_ask(request, sizeof(request));
	assert_int_equal(world_word(0, 4), 2 << 8);
	for (unsigned bit = 0x20; bit <= 0x80; bit <<= 1) {
		put(2 | bit, 0, "");
		world_ask(request, SOCKET_QUERY_HEADER);
		assert_int_equal(world.count, 0);
	}
	put(2, 0, "");
	request[0] = 4 << 3 | NTP_MODE_PRIVATE;
	world_ask(request, sizeof(request));
	assert_int_equal(world.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_associations),
		cmocka_unit_test(test_system),
		cmocka_unit_test(test_unsynchronised),
		cmocka_unit_test(test_source),
		cmocka_unit_test(test_source_without_address),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
