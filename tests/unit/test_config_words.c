/* SPDX-License-Identifier: GPL-2.0-or-later */
// test-sources: control/config.c control/config_access.c control/config_check.c
// test-sources: control/config_file.c control/config_include.c control/config_origin.c
// test-sources: control/config_answered.c control/config_prefix.c
// test-sources: control/config_clock.c control/config_limit.c control/config_line.c
// test-sources: control/config_listen.c
// test-sources: control/config_print.c control/config_source.c control/config_table.c
// test-sources: control/config_value.c control/config_hardware.c
/*
 * What a settings file may not say, and how that is told: wrong values, unknown and borrowed
 * words, the pool guide's own file, odd texts. test_config.c has what is taken.
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
#include "control/config_value.h"
#include "dataplane/core/access.h"
#include "tests/unit/remarks.h"

/* A text that must be refused with a remark that holds `reason`. */
static void refused(const char *text, const char *reason)
{
	struct remarks remarks;
	struct config *config = parse(text, &remarks);

	if (config || !strstr(remarks.text, reason))
		fail_msg("%s: expected \"%s\", got \"%s\"", text, reason, remarks.text);
	config_free(config);
}

static void test_sources_refused(void **state)
{
	(void)state;
	refused("server", "f:1: server: needs a host name");
	refused("\nserver a b", "f:2: server: b: unknown option");
	refused("server a minpoll", "minpoll: needs a value");
	refused("server a minpoll x", "minpoll x: not a whole number");
	refused("server a minpoll 18", "must be 0 to 17");
	refused("server a minpoll -7", "must be 0 to 17");
	refused("server a minpoll 8 maxpoll 7", "minpoll 8 is above maxpoll 7");
	refused("server a iburst iburst", "iburst: repeated");
	refused("server a port 0", "must be 1 to 65535");
	refused("server a key 3", "cannot be authenticated");
	refused("server a nts", "cannot be authenticated");
	refused("server a trust trust", "trust: repeated");
	refused("server a maxsources 3", "only a `pool` has members");
	refused("server a\nserver A", "repeated, first on line 1");
	refused("server 127.127.1.0", "reference clock drivers are not supported");
	refused("server a;b", "not a host name");
	refused("server -x", "unknown option");
	refused("pool", "needs a host name");
	refused("peer a", "only `server` and `pool`");
}

static void test_values_refused(void **state)
{
	(void)state;
	refused("frobnicate 3", "f:1: frobnicate: unknown setting");
	refused("port 123\n\nport 124", "f:3: port: repeated, first on line 1");
	refused("port 65536", "must be 0 to 65535");
	refused("port 12x", "not a whole number");
	refused("port", "needs one value");
	refused("port 1 2", "needs one value");
	refused("port 99999999999999999999", "not a whole number");
	refused("holdover 1week", "not a time");
	refused("holdover nan", "not a time");
	refused("holdover 0", "must be 1 to");
	refused("clock tower", "must be one of page|system");
	refused("unsynchronised maybe", "must be one of answer|drop");
	refused("metrics example:80", "not an IPv4 or IPv6 address");
	refused("metrics 127.0.0.1:0", "must be 1 to 65535");
	refused("metrics [::1", "not ADDR:PORT");
	refused("control run/x", "must be an absolute path");
	refused("pindir off", "must be an absolute path");
	refused("interface", "needs the name");
	refused("interface a/b", "not the name of an interface");
	refused("interface abcdefghijklmnop", "not the name of an interface");
	refused("interface e mode fast", "must be one of auto|native|generic");
	refused("interface e mode", "needs one of");
	refused("interface e speed 3", "unknown or repeated option");
	refused("interface e\ninterface e", "repeated, first on line 1");
	refused("serve a", "not an IPv4 or IPv6 address");
	refused("serve 224.0.0.1", "no host can have");
	refused("serve ::", "no host can have");
	refused("serve ff02::1", "no host can have");
	refused("serve 192.0.2.1\nserve 192.0.2.1", "repeated");
	refused("leapfile /a\nleapseclist /b", "are the same setting");
	refused("server a\nminsources 2", "can never agree");
	refused("deny 192.0.2.0/33", "not an address or prefix");
	refused("deny ntp.example", "host names are not looked up");
	refused("allow all 10 11", "11: takes `all`, a prefix, or both");
	refused("server a\nserver b noselect\nminsources 2", "there are 1 to choose from");
	refused("pool a maxsources 3\nminsources 4", "there are 3 to choose from");
	refused("mirror 0.0.0.0", "no host can have this address");
	refused("mirror ff02::101", "no host can have this address");
	refused("restrict x nomodify", "not an address");
	refused("restrict 10.0.0.0 mask", "mask: needs a mask");
	refused("restrict 10.0.0.0 mask 255.0.255.0", "ones before zeros");
	refused("restrict -6 10.0.0.0", "not an IPv6 address");
	refused("ratelimit burst 3", "the pool's monitor sends three requests");
	refused("ratelimit interval 13", "must be -19 to 12");
	refused("ratelimit leak", "needs a value");
	refused("ratelimit speed 1", "not one of interval, burst, leak, kod, prefix6");
	refused("discard average 13", "must be -19 to 12");
	refused("clientloglimit 0", "needs a number of bytes");
	refused("ratelimit\nnoclientlog", "the rate limit needs the client table");
	refused("restrict default sing", "sing: unknown flag");
}

static void test_clock_words_refused(void **state)
{
	(void)state;
	refused("local stratum 16", "must be 1 to 15");
	refused("local stratum", "stratum: needs a value");
	refused("local 10", "10: unknown option");
	refused("local distance x", "distance x: must be a number, 0 or more");
	refused("local activate -1", "activate -1: must be a number, 0 or more");
	refused("local waitsynced", "waitsynced: needs a value");
	refused("makestep 1", "needs a threshold");
	refused("makestep 0 1", "must be above 0");
	refused("maxchange 1000", "needs an offset");
	refused("maxchange -1 1 1", "the offset must be 0");
	refused("maxchange 1 -1 1", "must be 0 to 1000000");
	refused("maxchange 1 1 -2", "must be -1 (for ever)");
	refused("tinker panic", "panic: needs a value");
	refused("tinker", "needs a word and its value");
	refused("tinker tailor 1", "tailor: unknown word");
	refused("tinker panic 5\nmaxchange 1 1 1", "f:2: maxchange: repeated, first on line 1");
	refused("tos minsane 0", "must be 1 to 64");
	refused("tos maxdist 17", "must be at most 16");
	refused("tos maxclock", "maxclock: needs a value");
	refused("tos frob 1", "frob: unknown word");
	refused("minsources 2\ntos minsane 3", "the same as `minsources`, set on line 1");
	refused("tos orphan 5\nlocal stratum 6", "local: repeated, first on line 1");
	refused("rtcsync on", "takes no value");
}

/* All errors of a file are told, not only the first. */
static void test_all_errors(void **state)
{
	struct remarks remarks;

	(void)state;
	assert_null(parse("port x\nserver a iburst\nclock x\nfoo\n", &remarks));
	assert_int_equal(remarks.errors, 3);
	assert_non_null(strstr(remarks.text, "f:1: port"));
	assert_non_null(strstr(remarks.text, "f:3: clock"));
	assert_non_null(strstr(remarks.text, "f:4: foo"));
}

/* The pool's classic guide, with host names filled in. */
static void test_guide(void **state)
{
	static const char text[] = "driftfile /var/lib/ntp/ntp.drift\n\n"
				   "restrict default nomodify notrap nopeer noquery kod limited\n\n"
				   "restrict 127.0.0.1\nrestrict ::1\n\n"
				   "server 0.example iburst\nserver 1.example iburst\n"
				   "server 2.example iburst\nserver 3.example iburst\n"
				   "server 4.example iburst\n";
	struct remarks remarks;
	struct config *config = parse(text, &remarks);

	(void)state;
	assert_non_null(config);
	assert_int_equal(config->source_count, 5);
	assert_string_equal(config->driftfile, "/var/lib/ntp/ntp.drift");
	assert_int_equal(remarks.notes, 1);
	assert_non_null(strstr(remarks.text, "nomodify notrap nopeer: what this forbids"));
	assert_int_equal(config->rule_count, 4);
	assert_int_equal(config->rules[0].flags, ACCESS_LIMITED | ACCESS_KOD | ACCESS_NOQUERY);
	assert_int_equal(config->rules[2].flags, 0);
	assert_int_equal(config->ratelimit.kod, 2);
	assert_true(config->clientlog_bytes == 16777216.0);
	config_free(config);
}

/* `hwtimestamp` as in chrony.conf. */
static void test_hardware(void **state)
{
	struct remarks remarks;
	struct config *config =
		parse("hwtimestamp * rxfilter ALL\n"
		      "hwtimestamp eth0 minpoll -2 txcomp 3e-7 rxcomp -1e-9 nocrossts\n"
		      "local",
			&remarks);

	(void)state;
	assert_non_null(config);
	assert_int_equal(remarks.notes, 1);
	assert_non_null(strstr(remarks.text, "minpoll: accepted without effect"));
	assert_int_equal(config->hardware.count, 2);
	assert_string_equal(config->hardware.entry[0].name, "*");
	assert_int_equal(config->hardware.entry[0].rxfilter, CONFIG_RXFILTER_ALL);
	assert_false(config->hardware.entry[0].nocrossts);
	assert_true(config->hardware.entry[1].nocrossts);
	assert_true(config->hardware.entry[1].txcomp_s == 3e-7);
	assert_true(config->hardware.entry[1].rxcomp_s == -1e-9);
	config_free(config);
	refused("hwtimestamp", "needs the name of an interface, or *");
	refused("hwtimestamp eth0\nhwtimestamp eth0", "repeated, first on line 1");
	refused("hwtimestamp eth0 rxfilter some", "must be one of");
	refused("hwtimestamp eth0 txcomp 2", "must be seconds, -1 to 1");
	refused("hwtimestamp eth0 rxcomp", "needs a value");
	refused("hwtimestamp eth0 colour blue", "unknown option");
	refused("hwtimestamp a/b", "not the name of an interface");
}

/* Every word without a meaning is taken with one remark; every refused one has a reason. */
static void test_foreign_words(void **state)
{
	struct remarks remarks;
	struct config *config;
	char text[64];

	(void)state;
	for (size_t i = 0; i < config_table_count; i++) {
		const struct config_row *row = &config_table[i];

		snprintf(text, sizeof(text), "local\n%s x y z\n", row->name);
		if (row->type == CONFIG_REFUSED) {
			refused(text, row->help);
		} else if (row->type == CONFIG_IGNORED) {
			config = parse(text, &remarks);
			assert_non_null(config);
			assert_int_equal(remarks.notes, 1);
			assert_non_null(strstr(remarks.text, row->help));
			config_free(config);
		}
	}
}

static void test_durations(void **state)
{
	static const struct {
		const char *text;
		double seconds;
		const char *printed;
	} cases[] = {
		{"90", 90, "90s"},
		{"30min", 1800, "30min"},
		{"10ms", 0.010, "10ms"},
		{"1.5h", 5400, "90min"},
		{"2d", 172800, "2d"},
		{"250us", 250e-6, "250us"},
		{"0", 0, "0s"},
	};
	double seconds;
	char text[40];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(config_value_duration(cases[i].text, &seconds), 0);
		assert_true(seconds == cases[i].seconds);
		config_value_print_duration(seconds, text, sizeof(text));
		assert_string_equal(text, cases[i].printed);
	}
	assert_int_equal(config_value_duration("", &seconds), -EINVAL);
	assert_int_equal(config_value_duration("s", &seconds), -EINVAL);
	assert_int_equal(config_value_duration("1 s", &seconds), -EINVAL);
	assert_int_equal(config_value_duration("inf", &seconds), -EINVAL);
	assert_int_equal(config_value_duration("0x10", &seconds), -EINVAL);
	assert_int_equal(config_value_duration("1e999", &seconds), -EINVAL);
}

static void test_text_shapes(void **state)
{
	struct remarks remarks;
	struct config *config;
	struct config_sink sink = {collect, &remarks};
	const struct config_text zero = {.name = "f", .text = "\nport 5\0x", .length = 9};

	(void)state;
	config = taken("");
	config_free(config);
	config = taken("! a\n; b\n# c\n% d\n\t# e\r\nlocal\r\nport 5 # f\nuser a#b");
	assert_int_equal(config->port, 5);
	assert_string_equal(config->user, "a#b");
	config_free(config);
	memset(&remarks, 0, sizeof(remarks));
	config = config_new();
	assert_int_equal(config_parse(config, &zero, &sink), -EINVAL);
	assert_non_null(strstr(remarks.text, "f:2: holds a zero byte"));
	assert_int_equal(config_load(config, "/nonexistent/x", &sink), -ENOENT);
	assert_int_equal(config_load(config, "/", &sink), -EISDIR);
	config_free(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sources_refused),
		cmocka_unit_test(test_values_refused),
		cmocka_unit_test(test_clock_words_refused),
		cmocka_unit_test(test_all_errors),
		cmocka_unit_test(test_guide),
		cmocka_unit_test(test_foreign_words),
		cmocka_unit_test(test_hardware),
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_text_shapes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
