/* SPDX-License-Identifier: GPL-2.0-or-later */
// test-sources: control/config.c control/config_access.c control/config_check.c
// test-sources: control/config_file.c control/config_include.c control/config_origin.c
// test-sources: control/config_answered.c control/config_prefix.c
// test-sources: control/config_clock.c control/config_limit.c control/config_line.c
// test-sources: control/config_listen.c control/config_print.c
// test-sources: control/config_source.c control/config_table.c control/config_value.c
// test-sources: control/config_hardware.c
/*
 * Settings that say whom to believe and what to do with the clock: marks of sources, `local`,
 * `tos`, `tinker`, `maxchange`, `rtcsync`; the warnings about the number of sources and about
 * the NTP pool as the source of a server.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/config.h"
#include "tests/unit/remarks.h"

#define FOUR "server a\nserver b\nserver c\nserver d\n"

static void test_marks(void **state)
{
	struct config *config = taken("server a prefer require\nserver b trust\nserver c true\n"
				      "pool d noselect\n");

	(void)state;
	assert_true(config->sources[0].prefer && config->sources[0].require);
	assert_false(config->sources[0].trust || config->sources[0].noselect);
	assert_true(config->sources[1].trust && config->sources[2].trust);
	assert_false(config->sources[1].require);
	assert_true(config->sources[3].noselect);
	config_free(config);
}

static void test_local(void **state)
{
	struct config *config = taken("local");

	(void)state;
	assert_int_equal(config->local.stratum, 10);
	assert_false(config->local.orphan);
	assert_true(config->local.distance_s == 1 && config->local.activate_s == 0);
	assert_true(config->local.waitsynced_s == 0 && config->local.waitunsynced_s == 0);
	config_free(config);
	config = taken("local stratum 8 orphan distance 0.1 activate 0.5 waitsynced 7200\n");
	assert_int_equal(config->local.stratum, 8);
	assert_true(config->local.orphan && config->local.distance_s == 0.1);
	assert_true(config->local.activate_s == 0.5 && config->local.waitsynced_s == 7200);
	assert_true(config->local.waitunsynced_s == 10);
	config_free(config);
	config = taken("local orphan waitunsynced 0");
	assert_int_equal(config->local.stratum, 10);
	assert_true(config->local.waitunsynced_s == 0);
	config_free(config);
}

static void test_tos(void **state)
{
	struct remarks remarks;
	struct config *config =
		parse(FOUR "tos orphan 6 orphanwait 5 minsane 2 maxdist 3\n", &remarks);

	(void)state;
	assert_non_null(config);
	assert_int_equal(remarks.notes, 0);
	assert_true(config->local.orphan && config->local.stratum == 6);
	assert_true(config->local.waitunsynced_s == 5);
	assert_int_equal(config->minsources, 2);
	assert_true(config->maxdistance_s == 3);
	config_free(config);
	config = taken("tos orphanwait 0\ntos orphan 6\n");
	assert_true(config->local.orphan && config->local.waitunsynced_s == 0);
	config_free(config);
	config = parse(FOUR "tos orphanwait 3\n", &remarks);
	assert_non_null(config);
	assert_int_equal(remarks.notes, 1);
	assert_int_equal(config->local.stratum, 0);
	config_free(config);
	config = taken("tos orphanwait 7\nlocal orphan\n");
	assert_true(config->local.orphan && config->local.waitunsynced_s == 7);
	config_free(config);
	config = parse(FOUR "tos minclock 4 mindist 0.01\ntos maxclock 6\n", &remarks);
	assert_non_null(config);
	assert_int_equal(remarks.notes, 3);
	assert_non_null(strstr(remarks.text, "f:5: tos: minclock: accepted without effect: all"));
	assert_non_null(strstr(remarks.text, "maxclock: accepted without effect: `maxsources`"));
	assert_int_equal(config->minsources, 0);
	config_free(config);
}

static void test_limits(void **state)
{
	struct remarks remarks;
	struct config *config = config_new();

	(void)state;
	assert_true(config->maxchange.offset_s == 1000 && config->maxchange.start == 1);
	assert_int_equal(config->maxchange.ignored, 0);
	config_free(config);
	config = taken("maxchange 0.5 10 -1\n");
	assert_true(config->maxchange.offset_s == 0.5 && config->maxchange.start == 10);
	assert_int_equal(config->maxchange.ignored, -1);
	config_free(config);
	config = parse(FOUR "tinker panic 0 step 0.1\n", &remarks);
	assert_non_null(config);
	assert_true(config->maxchange.offset_s == 0 && config->maxchange.start == 1);
	assert_int_equal(remarks.notes, 1);
	assert_non_null(strstr(remarks.text, "step: accepted without effect: use `makestep`"));
	config_free(config);
}

static void test_rtcsync(void **state)
{
	struct remarks remarks;
	struct config *config = parse(FOUR "rtcsync\n", &remarks);

	(void)state;
	assert_non_null(config);
	assert_int_equal(remarks.notes, 1);
	assert_non_null(strstr(remarks.text, "f:5: rtcsync: accepted without effect"));
	config_free(config);
	config = parse(FOUR "clock system\nrtcsync\n", &remarks);
	assert_non_null(config);
	assert_int_equal(remarks.notes, 0);
	config_free(config);
}

/* The remark that a text gets, which must be the only one; NULL: none at all. */
static void expect(const char *text, const char *remark)
{
	struct remarks remarks;
	struct config *config = parse(text, &remarks);

	if (!config || remarks.warnings != (remark != NULL) || remarks.notes ||
		(remark && !strstr(remarks.text, remark)))
		fail_msg("%s: expected \"%s\", got \"%s\"", text, remark ? remark : "",
			remarks.text);
	config_free(config);
}

static void test_number_of_sources(void **state)
{
	(void)state;
	expect(FOUR, NULL);
	expect("server a\n", "f:0: 1 source to choose from: with fewer than 4");
	expect("server a\nserver b\nserver c\nserver d noselect\n", "3 sources to choose from");
	expect("pool a\n", NULL);
	expect("pool a maxsources 3\n", "3 sources to choose from");
	expect("pool a maxsources 3\nserver b\n", NULL);
	expect("pool a\nserver b\nserver c\nserver d\n", NULL);
	expect("pool a\npool b\n", "8 sources to choose from");
	expect(FOUR "pool e\n", "more than 7 burden");
	expect("server a noselect\n", "f:0: all sources are marked `noselect`");
	expect("pool a\nminsources 4\n", NULL);
	/* None of our own choosing. */
	expect("local stratum 10\n", NULL);
	expect("mirror 127.0.0.1\n", NULL);
}

static void test_the_pool_as_a_source(void **state)
{
	static const char reason[] = "f:1: pool: 2.debian.pool.ntp.org: a server must not live on";

	(void)state;
	expect("pool 2.debian.pool.ntp.org iburst\n", reason);
	expect("pool 2.debian.pool.ntp.org\ninterface eth0\nport 0\n", reason);
	expect("pool 2.Debian.Pool.NTP.org.\n", "a server must not live on the NTP pool");
	expect("pool pool.ntp.org\n", "a server must not live on the NTP pool");
	expect("server a\nserver b\nserver 0.de.pool.ntp.org\nserver 1.de.pool.ntp.org\n",
		"f:3: server: 0.de.pool.ntp.org:");
	/* Who serves nobody may; and these are not the pool. */
	expect("pool 2.debian.pool.ntp.org\nport 0\n", NULL);
	expect("pool carpool.ntp.org\n", NULL);
	expect("pool pool.ntp.org.example\n", NULL);
	expect("pool ntp.org\n", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_local),
		cmocka_unit_test(test_tos),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_rtcsync),
		cmocka_unit_test(test_number_of_sources),
		cmocka_unit_test(test_the_pool_as_a_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
