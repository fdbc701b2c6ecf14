// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: dataplane/socket/query.c dataplane/socket/reply.c
/*
 * Which of ntpq's questions the socket engine hands on: from loopback addresses over the loopback
 * interface, as the rules by address allow, well-formed headers only, and so many a second.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/socket/query.h"

#define S_NS NTP_TIME_NS_PER_S

static struct settings settings;
static struct socket_shared shared;
static struct socket_request request;
static uint8_t payload[600];

static void begin(void)
{
	memset(payload, 0, sizeof(payload));
	payload[0] = 2 << 3 | NTP_MODE_CONTROL;
	payload[1] = 2;
	config_settings_init(&settings);
	shared = (struct socket_shared){.settings = &settings};
	request = (struct socket_request){
		.payload = payload,
		.length = SOCKET_QUERY_HEADER,
		.from_inside = true,
		.family = FRAME_IPV4,
		.source_port = be16_of(40000),
		.source_ipv4 = be32_of(0x7f000001),
	};
}

static bool allowed(void)
{
	return socket_query_allowed(&shared, &request);
}

static void test_where_from(void **state)
{
	(void)state;
	begin();
	assert_true(allowed());
	request.source_ipv4 = be32_of(0x7fffffff);
	assert_true(allowed());
	request.source_ipv4 = be32_of(0xc0000201);
	assert_false(allowed());
	request.family = FRAME_IPV6;
	request.source_ipv6[1] = be64_of(1);
	assert_true(allowed());
	request.source_ipv6[1] = be64_of(2);
	assert_false(allowed());
	request.source_ipv6[0] = be64_of(0x20010db800000000ULL);
	request.source_ipv6[1] = be64_of(1);
	assert_false(allowed());

	begin();
	request.from_inside = false;
	assert_false(allowed());
	begin();
	request.to_group = true;
	assert_false(allowed());
	begin();
	request.cut = true;
	assert_false(allowed());
	begin();
	request.source_port = be16_of(0);
	assert_false(allowed());
}

static void test_header(void **state)
{
	(void)state;
	begin();
	request.length = SOCKET_QUERY_HEADER - 1;
	assert_false(allowed());
	request.length = 0;
	assert_false(allowed());
	request.length = sizeof(payload);
	for (unsigned first = 0; first < 256; first++) {
		unsigned version = first >> 3 & 7;

		payload[0] = (uint8_t)first;
		assert_int_equal(
			allowed(), (first & 7) == NTP_MODE_CONTROL && version >= 1 && version <= 4);
	}
	payload[0] = 4 << 3 | NTP_MODE_CONTROL;
	for (unsigned second = 0; second < 256; second++) {
		payload[1] = (uint8_t)second;
		assert_int_equal(allowed(), second < 0x20);
	}
}

static void test_rules(void **state)
{
	(void)state;
	begin();
	settings.access_default = ACCESS_NOQUERY;
	assert_false(allowed());
	/* ntp.conf's `noserve`: no time, and yet answers to ntpq. */
	settings.access_default = ACCESS_DENY | ACCESS_LIMITED | ACCESS_KOD | ACCESS_VERSION;
	assert_true(allowed());
	settings.access_default = ACCESS_DENY | ACCESS_NOQUERY;
	assert_false(allowed());
}

static void test_limit(void **state)
{
	struct socket_query_limit limit = {0};
	uint64_t now_ns = 5 * S_NS;
	unsigned count = 0;

	(void)state;
	for (int i = 0; i < 3 * SOCKET_QUERY_PER_S; i++)
		count += socket_query_within(&limit, now_ns + (uint64_t)i);
	assert_int_equal(count, SOCKET_QUERY_PER_S);
	assert_false(socket_query_within(&limit, now_ns + S_NS - 1));
	assert_true(socket_query_within(&limit, now_ns + S_NS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_where_from),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
