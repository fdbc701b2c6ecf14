/* SPDX-License-Identifier: GPL-2.0-or-later */
// test-sources: control/config.c control/config_access.c control/config_check.c
// test-sources: control/config_file.c control/config_include.c control/config_origin.c
// test-sources: control/config_answered.c control/config_prefix.c
// test-sources: control/config_clock.c control/config_limit.c control/config_line.c
// test-sources: control/config_listen.c
// test-sources: control/config_print.c control/config_source.c control/config_table.c
// test-sources: control/config_value.c control/config_hardware.c
/*
 * The settings file: defaults, values, the table and its manual page, that what -p prints
 * reads back the same, and what a running daemon takes over. test_config_words.c has what is
 * refused. Pure: texts in memory, remarks collected in one buffer.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/config.h"
#include "control/config_table.h"
#include "tests/unit/remarks.h"

static void test_defaults(void **state)
{
	struct config *config = config_new();

	(void)state;
	assert_non_null(config);
	assert_int_equal(config->port, 123);
	assert_int_equal(config->clock, CONFIG_CLOCK_PAGE);
	assert_int_equal(config->local.stratum, 0);
	assert_int_equal(config->minsources, 0);
	assert_true(config->holdover_s == 3600);
	assert_true(config->maxdistance_s == 1.5);
	assert_true(config->maxslewrate_ppm == 500);
	assert_string_equal(config->metrics.host, "127.0.0.1");
	assert_int_equal(config->metrics.port, 9123);
	assert_string_equal(config->control, "/run/ntpxdp/control");
	assert_string_equal(config->pindir, "/sys/fs/bpf/ntpxdp");
	assert_string_equal(config->user, "ntpxdp");
	assert_false(config->unsynchronised_drop);
	assert_string_equal(config->driftfile, "");
	config_free(config);
}

static void test_sources(void **state)
{
	struct config *config = taken("server a.example iburst minpoll 3 maxpoll 5 prefer xleave\n"
				      "  pool -6 b.example maxsources 7 port 1123 maxdelay 0.5\n"
				      "SERVER 192.0.2.1 NoSelect version 3 # text\n");

	(void)state;
	assert_int_equal(config->source_count, 3);
	assert_string_equal(config->sources[0].host, "a.example");
	assert_true(config->sources[0].iburst && config->sources[0].prefer);
	assert_true(config->sources[0].xleave);
	assert_false(config->sources[0].pool || config->sources[0].noselect);
	assert_false(config->sources[1].xleave);
	assert_int_equal(config->sources[0].minpoll, 3);
	assert_int_equal(config->sources[0].maxpoll, 5);
	assert_int_equal(config->sources[0].port, 123);
	assert_true(config->sources[1].pool);
	assert_int_equal(config->sources[1].maxsources, 7);
	assert_int_equal(config->sources[1].port, 1123);
	assert_true(config->sources[1].maxdelay_s == 0.5);
	assert_int_equal(config->sources[1].origin.line, 2);
	assert_true(config->sources[2].noselect);
	assert_int_equal(config->sources[2].version, 3);
	config_free(config);
	config = taken("server a minpoll 12\nserver b maxpoll 4\n");
	assert_int_equal(config->sources[0].maxpoll, 12);
	assert_int_equal(config->sources[1].minpoll, 4);
	config_free(config);
}

static void test_values(void **state)
{
	struct config *config =
		taken("port 1123\nholdover 30min\nmaxslewrate 100\nlocal stratum 7\n"
		      "clock SYSTEM\nunsynchronised drop\ninterleaved on\n"
		      "metrics [::1]:99\ncontrol off\nmakestep 0.5 -1\nuser nobody\n"
		      "pindir /sys/fs/bpf/x\ndriftfile /var/lib/x\nminsources 2\n"
		      "interface eth0 mode native reply-path fib\ninterface v1\n"
		      "serve 192.0.2.1\nserve 2001:db8::1\n");

	(void)state;
	assert_int_equal(config->port, 1123);
	assert_true(config->holdover_s == 1800);
	assert_true(config->maxslewrate_ppm == 100);
	assert_int_equal(config->local.stratum, 7);
	assert_int_equal(config->clock, CONFIG_CLOCK_SYSTEM);
	assert_true(config->unsynchronised_drop && config->interleaved);
	assert_string_equal(config->metrics.host, "::1");
	assert_int_equal(config->metrics.port, 99);
	assert_string_equal(config->control, "");
	assert_true(config->makestep.threshold_s == 0.5 && config->makestep.limit == -1);
	assert_int_equal(config->interface_count, 2);
	assert_int_equal(config->interfaces[0].mode, CONFIG_MODE_NATIVE);
	assert_int_equal(config->interfaces[0].reply_path, CONFIG_REPLY_FIB);
	assert_int_equal(config->interfaces[1].mode, CONFIG_MODE_AUTO);
	assert_int_equal(config->serve_count, 2);
	assert_int_equal(config->minsources, 2);
	config_free(config);
}

/* Each row is whole, and no word stands twice. */
static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < config_table_count; i++) {
		const struct config_row *row = &config_table[i];

		assert_ptr_equal(config_table_find(row->name), row);
		assert_non_null(row->help);
		assert_int_equal(row->type == CONFIG_LINE, row->parse != NULL);
		if (row->type != CONFIG_IGNORED && row->type != CONFIG_REFUSED)
			assert_non_null(row->syntax);
	}
}

/* Every row that has a meaning has its entry in the manual page: a line that begins with it. */
static void test_manual(void **state)
{
	static const char page[] = "../../docs/man/ntpxdp.conf.5.scd";
	char path[4096], word[64], *text = NULL, *slash;
	size_t size = 0;
	FILE *file;

	(void)state;
	snprintf(path, sizeof(path), "%s", __FILE__);
	slash = strrchr(path, '/');
	snprintf(slash ? slash + 1 : path, sizeof(path) - (slash ? (size_t)(slash + 1 - path) : 0),
		"%s", page);
	file = fopen(path, "r");
	if (!file)
		skip(); /* run from another folder than the one it was built in */
	assert_true(getdelim(&text, &size, '\0', file) > 0);
	fclose(file);
	for (size_t i = 0; i < config_table_count; i++) {
		if (config_table[i].type == CONFIG_IGNORED ||
			config_table[i].type == CONFIG_REFUSED)
			continue;
		snprintf(word, sizeof(word), "*%s*", config_table[i].name);
		if (!strstr(text, word))
			fail_msg("the manual page does not have %s", config_table[i].name);
	}
	free(text);
}

static void print_to(const struct config *config, char *text, size_t size)
{
	FILE *out = fmemopen(text, size, "w");

	assert_non_null(out);
	config_print(config, out);
	fclose(out);
}

static void count_difference(void *arg, const char *name, bool live)
{
	(void)name;
	(void)live;
	++*(int *)arg;
}

/* What -p prints reads back as the same settings. */
static void test_print(void **state)
{
	struct config *config =
		taken("server a iburst trust require\npool -4 b maxsources 3\n"
		      "local stratum 9 orphan distance 0.5 activate 0.1 waitsynced 3\n"
		      "maxchange 10 2 -1\nclock system\nrtcsync\n"
		      "holdover 90min\ninterface e0 mode generic\nserve 2001:db8::1\n"
		      "metrics [::1]:9\ncontrol off\nleapfile /etc/leap\nminsources 2\n"
		      "maxdistance 0.25\n");
	static char first[8192], second[8192];
	struct config *again;
	int differences = 0;

	(void)state;
	print_to(config, first, sizeof(first));
	assert_non_null(strstr(first, "holdover 90min\t# f:7"));
	assert_non_null(strstr(first, "port 123\t# default"));
	again = taken(first);
	config_compare(config, again, count_difference, &differences);
	assert_int_equal(differences, 0);
	print_to(again, second, sizeof(second));
	assert_int_equal(again->source_count, 2);
	config_free(again);
	config_free(config);
}

/* The same of settings that are kept otherwise than they are written; -p once printed them so that
 * they were refused, or meant another thing. */
static void test_print_again(void **state)
{
	static const char *const texts[] = {
		"server 192.0.2.1\nbindaddress 192.0.2.9\nbindaddress 2001:db8::9\n",
		"interface ignore all\nnic listen eth0\ntos orphanwait 3\n",
		"tos orphanwait 0\ntos orphan 5\n",
		"tinker panic 0\n",
		"noclientlog\n",
	};
	static char printed[8192];

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct config *config = taken(texts[i]), *again;
		int differences = 0;

		print_to(config, printed, sizeof(printed));
		again = taken(printed);
		config_compare(config, again, count_difference, &differences);
		assert_int_equal(differences, 0);
		config_free(again);
		config_free(config);
	}
}

struct difference {
	char names[256];
	int live, fixed;
};

static void note_difference(void *arg, const char *name, bool live)
{
	struct difference *difference = arg;

	strcat(strcat(difference->names, name), " ");
	*(live ? &difference->live : &difference->fixed) += 1;
}

static void test_compare(void **state)
{
	struct config *a = taken("server a\nport 1\nserver b iburst\n");
	struct config *b = taken("server a\nserver b\nholdover 2h\n");
	struct difference difference = {"", 0, 0};

	(void)state;
	config_compare(a, b, note_difference, &difference);
	assert_string_equal(difference.names, "server holdover port ");
	assert_int_equal(difference.live, 3);
	assert_int_equal(difference.fixed, 0);
	config_free(a);
	config_free(b);
}

/* After a reload what is fixed stays, and what is live is new. */
static void test_keep_fixed(void **state)
{
	struct config *running = taken("server a\npindir /a\ninterface e0\ncontrol /c\n");
	struct config *config = taken("server b\npindir /b\ninterface e1\ninterface e2\n");
	struct difference difference = {"", 0, 0};

	(void)state;
	config_compare(running, config, note_difference, &difference);
	assert_string_equal(difference.names, "server interface control pindir ");
	assert_int_equal(difference.fixed, 2);
	config_keep_fixed(config, running);
	assert_string_equal(config->pindir, "/a");
	assert_string_equal(config->control, "/c");
	assert_int_equal(config->interface_count, 2);
	assert_string_equal(config->interfaces[0].name, "e1");
	assert_string_equal(config->sources[0].host, "b");
	config_free(running);
	config_free(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_manual),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_print_again),
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_keep_fixed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
