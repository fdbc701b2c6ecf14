// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/cli/plan_load.c
/*
 * The arithmetic of a plan, against figures worked out by hand.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "control/cli/plan_load.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void assert_near(double is, double wanted)
{
	if (!(fabs(is - wanted) <= 1e-9 * fabs(wanted)))
		fail_msg("%.12g is not %.12g", is, wanted);
}

static void test_netspeed(void **state)
{
	static const struct {
		const char *text;
		double bits_s;
	} good[] = {{"512Kbit", 512e3}, {"25Mbit", 25e6}, {"25 mbit", 25e6}, {"1.5Gbit", 1.5e9},
		{"3000000kbit/s", 3e9}, {"1Mbit/S", 1e6}, {"1000Gbit", 1e12}};
	static const char *const bad[] = {"", "25", "Mbit", "25M", "25Mbits", "-1Mbit", "0Mbit",
		"nanMbit", "infMbit", "25Mbit/h", "25MB", "1001Gbit", "25Mbit 2"};
	double bits_s;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_true(plan_load_netspeed(good[i].text, &bits_s));
		assert_near(bits_s, good[i].bits_s);
	}
	bits_s = 7;
	for (size_t i = 0; i < COUNT(bad); i++) {
		if (plan_load_netspeed(bad[i], &bits_s))
			fail_msg("\"%s\" is taken for %g bit/s", bad[i], bits_s);
		assert_near(bits_s, 7);
	}
}

/* 25 Mbit/s of frames of 90 octets. */
static void test_rate(void **state)
{
	(void)state;
	assert_near(plan_load_rate(25e6), 25e6 / 720);
	assert_near(plan_load_rate(720), 1);
}

static void test_load(void **state)
{
	struct plan_load load;

	(void)state;
	plan_load_of(1000, PLAN_LOAD_IP4, 120, &load);
	assert_near(load.rate_hz, 1000);
	assert_near(load.ip_bits_s, 608000);
	assert_near(load.frame_bits_s, 720000);
	assert_near(load.wire_bits_s, 912000); /* 114 octets */
	assert_near(load.month_octets, 196992000000.0);
	assert_near(load.cpu, 0.00012);
	plan_load_of(1000, PLAN_LOAD_IP6, 120, &load);
	assert_near(load.ip_bits_s, 768000);
	assert_near(load.frame_bits_s, 880000);
	assert_near(load.wire_bits_s, 1072000); /* 134 octets */
	assert_near(load.month_octets, 248832000000.0);
}

static void test_links(void **state)
{
	(void)state;
	assert_int_equal((long)plan_load_link_rate(1e9, PLAN_LOAD_IP4), 1096491);
	assert_int_equal((long)plan_load_link_rate(1e9, PLAN_LOAD_IP6), 932835);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_netspeed),
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_load),
		cmocka_unit_test(test_links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
