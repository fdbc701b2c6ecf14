// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/config_prefix.c control/config_value.c
/*
 * Prefixes in the settings: how they are written, cut, compared, and what they hold.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "control/config_prefix.h"

/* As it is printed, or what it is not. */
static const char *read(const char *text, bool with_short)
{
	static char out[80];
	struct config_prefix prefix;
	FILE *stream;

	if (!(with_short ? config_prefix_parse_short : config_prefix_parse)(text, &prefix))
		return "none";
	memset(out, 0, sizeof(out));
	stream = fmemopen(out, sizeof(out), "w");
	assert_non_null(stream);
	config_prefix_print(&prefix, stream);
	fclose(stream);
	return out;
}

static void test_parse(void **state)
{
	static const char *const cases[][3] = {
		/* written, read, read with short forms */
		{"192.0.2.1", "192.0.2.1/32", "192.0.2.1/32"},
		{"192.0.2.129/25", "192.0.2.128/25", "192.0.2.128/25"},
		{"0.0.0.0/0", "0.0.0.0/0", "0.0.0.0/0"},
		{"192.0.2.1/33", "none", "none"},
		{"192.0.2.1/", "none", "none"},
		{"192.0.2.1/-1", "none", "none"},
		{"2001:db8:ffff::1/47", "2001:db8:fffe::/47", "2001:db8:fffe::/47"},
		{"::1", "::1/128", "::1/128"},
		{"::/129", "none", "none"},
		{"10", "none", "10.0.0.0/8"},
		{"1.2", "none", "1.2.0.0/16"},
		{"3.4.5/22", "none", "3.4.4.0/22"},
		{"1.2.", "none", "none"},
		{"1.256", "none", "none"},
		{"ntp.example", "none", "none"},
		{"", "none", "none"},
		{"/8", "none", "none"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_string_equal(read(cases[i][0], false), cases[i][1]);
		assert_string_equal(read(cases[i][0], true), cases[i][2]);
	}
}

static void test_mask(void **state)
{
	struct config_prefix prefix, other;

	(void)state;
	assert_true(config_prefix_parse("192.0.2.77", &prefix));
	assert_false(config_prefix_mask(&prefix, "255.0.255.0"));
	assert_false(config_prefix_mask(&prefix, "ffff::"));
	assert_true(config_prefix_mask(&prefix, "255.255.255.192"));
	assert_true(config_prefix_parse("192.0.2.64/26", &other));
	assert_true(config_prefix_same(&prefix, &other));
	prefix.family = AF_UNSPEC;
	assert_false(config_prefix_mask(&prefix, "255.0.0.0"));
}

static void test_holds(void **state)
{
	static const uint8_t inside[16] = {10, 1, 2, 127}, outside[16] = {10, 1, 2, 128};
	struct config_prefix prefix, wide, other, all = {.family = AF_UNSPEC};

	(void)state;
	assert_true(config_prefix_parse("10.1.2.0/25", &prefix));
	assert_true(config_prefix_holds(&prefix, AF_INET, inside));
	assert_false(config_prefix_holds(&prefix, AF_INET, outside));
	assert_false(config_prefix_holds(&prefix, AF_INET6, inside));
	assert_true(config_prefix_holds(&all, AF_INET6, outside));
	assert_true(config_prefix_parse("10.1.0.0/16", &wide));
	assert_true(config_prefix_parse("10.2.0.0/25", &other));
	assert_true(config_prefix_covers(&wide, &prefix));
	assert_true(config_prefix_covers(&all, &wide));
	assert_true(config_prefix_covers(&wide, &wide));
	assert_false(config_prefix_covers(&prefix, &wide));
	assert_false(config_prefix_covers(&wide, &other));
}

static void test_loopback(void **state)
{
	static const uint8_t ipv4[16] = {127, 255, 0, 1}, ipv6[16] = {[15] = 1};
	static const uint8_t next[16] = {128}, two[16] = {[15] = 2};

	(void)state;
	assert_true(config_prefix_is_loopback(AF_INET, ipv4));
	assert_true(config_prefix_is_loopback(AF_INET6, ipv6));
	assert_false(config_prefix_is_loopback(AF_INET, next));
	assert_false(config_prefix_is_loopback(AF_INET6, two));
	assert_false(config_prefix_is_loopback(AF_INET6, ipv4));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_mask),
		cmocka_unit_test(test_holds),
		cmocka_unit_test(test_loopback),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
