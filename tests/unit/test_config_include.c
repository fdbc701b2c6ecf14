/* SPDX-License-Identifier: GPL-2.0-or-later */
// test-sources: control/config.c control/config_access.c control/config_check.c
// test-sources: control/config_clock.c control/config_file.c control/config_include.c
// test-sources: control/config_hardware.c control/config_limit.c control/config_line.c
// test-sources: control/config_listen.c
// test-sources: control/config_origin.c
// test-sources: control/config_answered.c control/config_prefix.c control/config_print.c control/config_source.c
// test-sources: control/config_table.c control/config_value.c
/*
 * Settings files in one another: which files are read, in what order, from where on relative paths
 * begin, what is refused, and that each setting and each remark knows its file. The files are real
 * ones, in a folder that the test makes and removes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "control/config.h"
#include "control/config_origin.h"
#include "tests/unit/remarks.h"

static char root[] = "/tmp/ntpxdp-include-XXXXXX";

static void write_file(const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static int make_root(void **state)
{
	char path[256];

	(void)state;
	if (!mkdtemp(root))
		return -1;
	snprintf(path, sizeof(path), "%s/a", root);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/b", root);
	return mkdir(path, 0700);
}

static int remove_root(void **state)
{
	char command[300];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", root);
	return system(command);
}

/* Loads the file `main`; NULL where it was refused. */
static struct config *load(const char *text, struct remarks *remarks)
{
	struct config *config = config_new();
	struct config_sink sink = {collect, remarks};
	char path[256];

	memset(remarks, 0, sizeof(*remarks));
	write_file("main", text);
	snprintf(path, sizeof(path), "%s/main", root);
	if (!config_load(config, path, &sink))
		return config;
	assert_true(remarks->errors > 0);
	config_free(config);
	return NULL;
}

static void refused(const char *text, const char *reason)
{
	struct remarks remarks;
	struct config *config = load(text, &remarks);

	if (config || !strstr(remarks.text, reason))
		fail_msg("%s: expected \"%s\", got \"%s\"", text, reason, remarks.text);
}

static void assert_from(
	const struct config *config, struct config_origin origin, const char *name, int line)
{
	const char *file = config_origin_file(config, origin);

	assert_int_equal(origin.line, line);
	assert_string_equal(file + strlen(root) + 1, name);
}

static void test_order_and_origin(void **state)
{
	struct remarks remarks;
	struct config *config;
	static char text[16384];
	FILE *out = fmemopen(text, sizeof(text), "w");

	(void)state;
	write_file("a/20.conf", "\nserver two\n");
	write_file("a/10.conf", "server one\nlogdir /x\n");
	write_file("a/10.txt", "nonsense\n");
	write_file("b/10.conf", "server hidden\n");
	write_file("b/30.conf", "include ../more\n");
	write_file("more", "server three iburst\nport 1123\n");
	config = load("server zero\nconfdir a b\nserver last\n", &remarks);
	if (!config)
		fail_msg("%s", remarks.text);
	assert_int_equal(config->source_count, 5);
	assert_string_equal(config->sources[1].host, "one");
	assert_string_equal(config->sources[2].host, "two");
	assert_string_equal(config->sources[3].host, "three");
	assert_from(config, config->sources[0].origin, "main", 1);
	assert_from(config, config->sources[1].origin, "a/10.conf", 1);
	assert_from(config, config->sources[2].origin, "a/20.conf", 2);
	assert_from(config, config->sources[3].origin, "b/../more", 1);
	assert_from(config, config->sources[4].origin, "main", 3);
	assert_non_null(strstr(remarks.text, "a/10.conf:2: logdir: accepted without effect"));
	config_print(config, out);
	fclose(out);
	assert_non_null(strstr(text, "b/../more:2\n"));
	assert_non_null(strstr(text, "# logdir: accepted without effect"));
	assert_non_null(strstr(text, "# confdir: a: 4 files read\t# "));
	config_free(config);
}

static void test_patterns(void **state)
{
	struct remarks remarks;
	struct config *config;

	(void)state;
	write_file("a/x1", "server x1\n");
	write_file("a/x2", "server x2\n");
	config = load(
		"include a/x?\ninclude b/none*\nconfdir nowhere\nsourcedir nowhere\n", &remarks);
	if (!config)
		fail_msg("%s", remarks.text);
	assert_int_equal(config->source_count, 2);
	config_free(config);
	write_file("b/30.conf", "server three\n");
	config = load("includefile b\nincludefile a/x1\n", &remarks);
	if (!config)
		fail_msg("%s", remarks.text);
	assert_int_equal(config->source_count, 3);
	config_free(config);
	refused("include a/none", "a/none: No such file");
	refused("includefile a/none", "a/none: No such file");
	refused("include a b", "include: needs one path");
	refused("confdir", "confdir: needs 1 to 10 folders");
	refused("confdir 1 2 3 4 5 6 7 8 9 10 11", "confdir: needs 1 to 10 folders");
}

static void test_sourcedir(void **state)
{
	struct remarks remarks;
	struct config *config;

	(void)state;
	write_file("a/1.sources", "server s1 iburst\npool s2\n");
	write_file("a/2.sources", "server s1\n");
	config = load("sourcedir a\n", &remarks);
	if (!config)
		fail_msg("%s", remarks.text);
	assert_int_equal(config->source_count, 2);
	assert_non_null(strstr(remarks.text, "a/2.sources:1: server: s1: left out, it stands on "
					     "line 1 of "));
	config_free(config);
	write_file("a/2.sources", "port 5\n");
	refused("sourcedir a\n", "a/2.sources:1: port: a file of a `sourcedir` has lines of");
	write_file("a/2.sources", "include ../main\n");
	refused("sourcedir a\n", "a/2.sources:1: include: a file of a `sourcedir` has lines of");
	write_file("a/2.sources", "");
}

static void test_refused(void **state)
{
	char name[16], text[32];

	(void)state;
	refused("include main", "is being read already, a loop");
	write_file("l1", "include l2\n");
	write_file("l2", "include ./l1\n");
	refused("include l1", "l2:1: include: ");
	refused("include l1", "./l1: is being read already, a loop");
	for (int i = 0; i < 16; i++) {
		snprintf(name, sizeof(name), "d%d", i);
		snprintf(text, sizeof(text), "include d%d\n", i + 1);
		write_file(name, text);
	}
	refused("include d0", "d9:1: include: ");
	refused("include d0", "more than 10 files in one another");
	/* Each file twice the next: stopped by their number, not by patience. */
	for (int i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "d%d", i);
		snprintf(text, sizeof(text), "include d%d\ninclude d%d\n", i + 1, i + 1);
		write_file(name, text);
	}
	write_file("d9", "");
	refused("include d0\ninclude d0\n", "cannot be entered");
	write_file("bad", "port 1\n\nport 2\n");
	refused("include bad", "bad:3: port: repeated, first on line 1");
	write_file("bad", "port 2\n");
	refused("port 1\ninclude bad", "bad:1: port: repeated, first on line 1 of /tmp/");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_and_origin),
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_sourcedir),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}
