/* SPDX-License-Identifier: GPL-2.0-or-later */
// test-sources: control/config.c control/config_access.c control/config_answered.c control/config_prefix.c
// test-sources: control/config_check.c control/config_clock.c control/config_file.c
// test-sources: control/config_hardware.c control/config_include.c control/config_limit.c
// test-sources: control/config_line.c control/config_listen.c control/config_origin.c
// test-sources: control/config_print.c control/config_source.c control/config_table.c
// test-sources: control/config_value.c
/*
 * Words of others: every directive of chrony.conf (4.3, and to 4.6) and of ntp.conf (ntpsec 1.2.2,
 * classic 4.2.8) is known here; the files that people have (the pool guide's, Debian's two) are
 * taken as they stand; and which of the host's addresses the words about interfaces mean.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "control/config.h"
#include "control/config_table.h"
#include "tests/unit/remarks.h"

static const char chrony_words[] =
	"acquisitionport allow authselectmode bindacqaddress bindacqdevice bindaddress "
	"bindcmdaddress bindcmddevice binddevice broadcast clientloglimit clockprecision cmdallow "
	"cmddeny cmdport cmdratelimit combinelimit commandkey confdir corrtimeratio deny driftfile "
	"dscp dumpdir dumponexit fallbackdrift generatecommandkey hwclockfile hwtimestamp "
	"hwtstimeout include initstepslew keyfile leapseclist leapsecmode leapsectz "
	"linux_freq_scale linux_hz local lock_all log logbanner logchange logdir mailonchange "
	"makestep manual maxchange maxclockerror maxdistance maxdrift maxjitter maxntsconnections "
	"maxsamples maxslewrate maxupdateskew minsamples minsources nocerttimecheck noclientlog "
	"nosystemcert ntpsigndsocket ntsaeads ntscachedir ntsdumpdir ntsntpserver ntsport "
	"ntsprocesses ntsratelimit ntsrefresh ntsrotate ntsservercert ntsserverkey "
	"ntstrustedcerts opencommands peer pidfile pool port ptpdomain ptpport ratelimit refclock "
	"refresh reselectdist rtcautotrim rtcdevice rtcfile rtconutc rtcsync sched_priority server "
	"smoothtime sourcedir stratumweight tempcomp user";

static const char ntp_words[] =
	"automax broadcast broadcastclient broadcastdelay calldelay controlkey crypto disable "
	"discard driftfile dscp enable filegen fudge includefile interface ippeerlimit keys "
	"keysdir "
	"leapfile leapsmearinterval logconfig logfile manycastclient manycastserver mdnstries mru "
	"multicastclient nic nonvolatile ntpsigndsocket nts peer phone pidfile pollskewlist pool "
	"pps refclock requestkey reset restrict revoke rlimit saveconfigdir server setvar simulate "
	"statistics statsdir tick tinker tos trap trustedkey ttl unconfig unpeer unrestrict";

static void known(const char *list)
{
	static char copy[4096];
	char *rest = copy, *word;

	snprintf(copy, sizeof(copy), "%s", list);
	while ((word = strtok_r(rest, " ", &rest)))
		if (!config_table_find(word))
			fail_msg("nobody knows %s here", word);
}

static void test_words(void **state)
{
	(void)state;
	known(chrony_words);
	known(ntp_words);
}

/* Taken; the remarks have these texts, by '\n'. */
static struct config *taken_with(const char *text, const char *expected)
{
	static char copy[1024];
	char *rest = copy, *one;
	struct remarks remarks;
	struct config *config = parse(text, &remarks);

	if (!config)
		fail_msg("%s", remarks.text);
	snprintf(copy, sizeof(copy), "%s", expected);
	while ((one = strsep(&rest, "\n")))
		if (!strstr(remarks.text, one))
			fail_msg("no \"%s\" in:\n%s", one, remarks.text);
	return config;
}

/* What the NTP pool's guide for server operators tells people to write. */
static void test_guide(void **state)
{
	struct config *config = taken_with(
		"driftfile /var/lib/ntp/ntp.drift\n\n"
		"restrict default nomodify notrap nopeer noquery kod limited\n\n"
		"restrict 127.0.0.1\nrestrict ::1\n\n"
		"server a.example iburst\nserver b.example iburst\nserver c.example iburst\n"
		"server d.example iburst\nserver e.example iburst\n",
		"f:3: restrict: nomodify notrap nopeer: what this forbids does not exist here");

	(void)state;
	assert_int_equal(config->source_count, 5);
	assert_int_equal(config->rule_count, 4);
	assert_string_equal(config->driftfile, "/var/lib/ntp/ntp.drift");
	config_free(config);
}

/* The words of Debian's /etc/chrony/chrony.conf and /etc/ntpsec/ntp.conf. */
static void test_debian(void **state)
{
	struct config *config = taken_with(
		"confdir /nonexistent/conf.d\npool 2.debian.pool.ntp.org iburst\n"
		"sourcedir /nonexistent/dhcp\nsourcedir /nonexistent/sources.d\n"
		"keyfile /etc/chrony/chrony.keys\ndriftfile /var/lib/chrony/chrony.drift\n"
		"ntsdumpdir /var/lib/chrony\nlogdir /var/log/chrony\nmaxupdateskew 100.0\n"
		"rtcsync\nmakestep 1 3\nleapsectz right/UTC\n",
		"f:5: keyfile: accepted\nf:7: ntsdumpdir: accepted\nf:8: logdir: accepted\n"
		"f:9: maxupdateskew: accepted\nf:10: rtcsync: accepted\nf:12: leapsectz: accepted");

	(void)state;
	assert_int_equal(config->source_count, 1);
	config_free(config);
	config = taken_with("driftfile /var/lib/ntpsec/ntp.drift\n"
			    "leapfile /usr/share/zoneinfo/leap-seconds.list\n"
			    "tos maxclock 11\ntos minclock 4 minsane 3\n"
			    "pool 0.debian.pool.ntp.org iburst\npool 1.debian.pool.ntp.org iburst\n"
			    "pool 2.debian.pool.ntp.org iburst\npool 3.debian.pool.ntp.org iburst\n"
			    "restrict default kod nomodify nopeer noquery limited\n"
			    "restrict 127.0.0.1\nrestrict ::1\n",
		"f:3: tos: maxclock: accepted\nf:4: tos: minclock: accepted\nf:9: restrict: "
		"nomodify nopeer: what");
	assert_int_equal(config->source_count, 4);
	assert_int_equal(config->minsources, 3);
	config_free(config);
}

static void refused(const char *text, const char *reason)
{
	struct remarks remarks;
	struct config *config = parse(text, &remarks);

	if (config || !strstr(remarks.text, reason))
		fail_msg("%s: expected \"%s\", got \"%s\"", text, reason, remarks.text);
}

static void test_refused(void **state)
{
	(void)state;
	refused("server a nts\n", "nts: sources cannot be authenticated");
	refused("server a key 5\n", "key: sources cannot be authenticated");
	refused("peer a\n", "only `server` and `pool` are sources here");
	refused("trap 192.0.2.1\n", "nothing is sent that was not asked for");
	refused("interface listen\n", "needs listen, ignore or drop, and one of");
	refused("nic listen a/b\n", "not the name of an interface");
	refused("nic eth0\n", "needs listen, ignore or drop");
	refused("bindaddress eth0\n", "needs one IPv4 or IPv6 address");
	refused("bindaddress 192.0.2.1\nbindaddress 192.0.2.2\n", "one address of each family");
	refused("binddevice a\nbinddevice b\n", "repeated, first on line 1");
	refused("dscp 64\n", "must be 0 to 63");
}

/* Is the address of this interface answered, by these lines? */
static bool answered(const char *text, const char *address, const char *interface)
{
	uint8_t bytes[16];
	const struct config_own_address own = {
		strchr(address, ':') ? AF_INET6 : AF_INET, bytes, interface};
	struct config *config = taken(text);
	bool is;

	assert_int_equal(inet_pton(own.family, address, bytes), 1);
	is = config_answered_is(&config->answered, &own);
	config_free(config);
	return is;
}

static void test_answered(void **state)
{
	const char *some = "interface ignore all\ninterface listen eth0\nnic drop 192.0.2.9\n";

	(void)state;
	assert_true(answered("", "192.0.2.1", "eth0"));
	assert_true(answered(some, "192.0.2.1", "eth0"));
	assert_false(answered(some, "192.0.2.9", "eth0"));
	assert_false(answered(some, "192.0.2.1", "eth1"));
	assert_true(answered(some, "127.0.0.1", "lo"));
	assert_false(answered("nic ignore lo\n", "127.0.0.1", "lo"));
	assert_false(answered("nic ignore 127.0.0.0/8\n", "127.0.0.1", "lo"));
	/* With a line there is, what none speaks of is not answered. */
	assert_false(answered("nic ignore eth1\n", "192.0.2.1", "eth0"));
	assert_true(answered("nic listen ipv4\n", "192.0.2.1", "eth0"));
	assert_false(answered("nic listen ipv4\n", "2001:db8::1", "eth0"));
	assert_true(answered("nic listen 2001:db8::/33\n", "2001:db8:7fff::1", ""));
	assert_false(answered("nic listen 2001:db8::/33\n", "2001:db8:8000::1", ""));
	assert_true(answered("nic listen wildcard\n", "192.0.2.1", "eth0"));
	assert_false(answered("bindaddress 192.0.2.1\n", "192.0.2.2", "eth0"));
	assert_false(answered("bindaddress 192.0.2.1\n", "127.0.0.1", "lo"));
	assert_true(answered("bindaddress 192.0.2.1\n", "2001:db8::1", "eth0"));
	assert_true(answered("bindaddress ::\n", "2001:db8::1", "eth0"));
	assert_true(answered("binddevice eth0\n", "192.0.2.1", "eth0"));
	assert_false(answered("binddevice eth0\n", "192.0.2.1", "eth1"));
	assert_false(answered("binddevice eth0\nnic listen eth1\n", "192.0.2.1", "eth0"));
}

static void test_source_options(void **state)
{
	struct config *config = taken("server a ipv6 extfield F323 minstratum 2\nserver b ipv4\n");

	(void)state;
	assert_int_equal(config->sources[0].family, AF_INET6);
	assert_int_equal(config->sources[1].family, AF_INET);
	config_free(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_guide),
		cmocka_unit_test(test_debian),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_answered),
		cmocka_unit_test(test_source_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
