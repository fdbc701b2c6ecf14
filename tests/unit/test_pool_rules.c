// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/cli/pool_rules.c control/config.c control/config_access.c
// test-sources: control/config_check.c control/config_clock.c control/config_file.c
// test-sources: control/config_hardware.c control/config_include.c control/config_limit.c
// test-sources: control/config_origin.c
// test-sources: control/config_answered.c control/config_prefix.c
// test-sources: control/config_line.c control/config_listen.c control/config_print.c
// test-sources: control/config_source.c control/config_table.c control/config_value.c
/*
 * The pool's rules for those who join: settings, addresses and strata in, one verdict a rule out.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/cli/pool_rules.h"
#include "control/config.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define FOUR "server a.example\nserver b.example\nserver c.example\nserver d.example\n"

static struct config *settings(const char *text)
{
	const struct config_text source = {.name = "test", .text = text, .length = strlen(text)};
	const struct config_sink silent = {.say = NULL};
	struct config *config = config_new();

	assert_non_null(config);
	assert_int_equal(config_parse(config, &source, &silent), 0);
	return config;
}

static struct sockaddr_storage address(const char *text)
{
	struct sockaddr_storage storage = {0};
	struct sockaddr_in6 *six = (void *)&storage;
	struct sockaddr_in *four = (void *)&storage;

	storage.ss_family = strchr(text, ':') ? AF_INET6 : AF_INET;
	assert_int_equal(inet_pton(storage.ss_family, text,
				 storage.ss_family == AF_INET ? (void *)&four->sin_addr
							      : (void *)&six->sin6_addr),
		1);
	return storage;
}

static struct pool_rule rule_of(const struct pool_rules_facts *facts, const char *name)
{
	struct pool_rule rules[POOL_RULES_MAX];
	size_t count = pool_rules_look(facts, rules);

	for (size_t i = 0; i < count; i++) {
		assert_true(rules[i].text[0] != '\0');
		if (strcmp(rules[i].name, name) == 0)
			return rules[i];
	}
	fail_msg("there is no rule %s", name);
	return rules[0];
}

static void assert_rule(
	const struct pool_rules_facts *facts, const char *name, enum pool_rules_state wanted)
{
	struct pool_rule rule = rule_of(facts, name);

	if (rule.state != wanted)
		fail_msg("%s is %s: %s", name, pool_rules_state_name(rule.state), rule.text);
}

static void test_settings(void **state)
{
	static const struct {
		const char *text;
		enum pool_rules_state sources, upstreams, local;
	} cases[] = {
		{FOUR, POOL_RULES_KEPT, POOL_RULES_KEPT, POOL_RULES_KEPT},
		{"server a.example\nserver b.example\nserver c.example\n", POOL_RULES_BROKEN,
			POOL_RULES_KEPT, POOL_RULES_KEPT},
		{FOUR "server e.example\nserver f.example\nserver g.example\n", POOL_RULES_KEPT,
			POOL_RULES_KEPT, POOL_RULES_KEPT},
		{FOUR "server e.example\nserver f.example\nserver g.example\nserver h.example\n",
			POOL_RULES_BROKEN, POOL_RULES_KEPT, POOL_RULES_KEPT},
		{"pool 2.debian.pool.ntp.org iburst\n", POOL_RULES_KEPT, POOL_RULES_BROKEN,
			POOL_RULES_KEPT},
		{FOUR "server POOL.NTP.ORG.\n", POOL_RULES_KEPT, POOL_RULES_BROKEN,
			POOL_RULES_KEPT},
		{FOUR "server whirlpool.ntp.org.example\nserver carpool.ntp.org\n", POOL_RULES_KEPT,
			POOL_RULES_KEPT, POOL_RULES_KEPT},
		{FOUR "local stratum 10\n", POOL_RULES_KEPT, POOL_RULES_KEPT, POOL_RULES_BROKEN},
		{"mirror 127.0.0.1\n", POOL_RULES_UNKNOWN, POOL_RULES_UNKNOWN, POOL_RULES_UNKNOWN},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct config *config = settings(cases[i].text);
		struct pool_rules_facts facts = {.config = config};

		assert_rule(&facts, "sources", cases[i].sources);
		assert_rule(&facts, "upstreams", cases[i].upstreams);
		assert_rule(&facts, "local", cases[i].local);
		config_free(config);
	}
}

static void test_nothing_known(void **state)
{
	const struct pool_rules_facts facts = {.one_family = true};
	static const char *const names[] = {
		"sources", "upstreams", "local", "stratum", "static", "ipv6"};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++)
		assert_rule(&facts, names[i], POOL_RULES_UNKNOWN);
}

static void test_stratum(void **state)
{
	struct pool_rules_facts facts = {0};

	(void)state;
	for (int stratum = 1; stratum <= 15; stratum++) {
		enum pool_rules_state wanted = stratum <= 5 ? POOL_RULES_KEPT : POOL_RULES_BROKEN;

		facts.ipv4.stratum = stratum;
		facts.ipv6.stratum = 1;
		assert_rule(&facts, "stratum", wanted);
		facts.ipv6.stratum = stratum;
		facts.ipv4.stratum = 0;
		assert_rule(&facts, "stratum", wanted);
	}
}

static void test_addresses(void **state)
{
	static const struct {
		const char *text;
		enum pool_rules_state public;
	} cases[] = {{"192.0.2.1", POOL_RULES_KEPT}, {"9.255.255.255", POOL_RULES_KEPT},
		{"10.0.0.1", POOL_RULES_BROKEN}, {"11.0.0.0", POOL_RULES_KEPT},
		{"172.15.255.255", POOL_RULES_KEPT}, {"172.16.0.1", POOL_RULES_BROKEN},
		{"172.31.255.255", POOL_RULES_BROKEN}, {"172.32.0.0", POOL_RULES_KEPT},
		{"192.168.3.4", POOL_RULES_BROKEN}, {"192.169.0.0", POOL_RULES_KEPT},
		{"100.63.255.255", POOL_RULES_KEPT}, {"100.64.0.0", POOL_RULES_BROKEN},
		{"100.127.255.255", POOL_RULES_BROKEN}, {"100.128.0.0", POOL_RULES_KEPT},
		{"127.0.0.1", POOL_RULES_BROKEN}, {"169.254.1.1", POOL_RULES_BROKEN},
		{"2001:db8::1", POOL_RULES_KEPT}, {"::1", POOL_RULES_BROKEN},
		{"fe80::1", POOL_RULES_BROKEN}, {"fd00::1", POOL_RULES_BROKEN},
		{"fc00::1", POOL_RULES_BROKEN}, {"fe00::1", POOL_RULES_KEPT}};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct sockaddr_storage storage = address(cases[i].text);
		struct pool_rules_facts facts = {0};

		if (storage.ss_family == AF_INET)
			facts.ipv4.address = &storage;
		else
			facts.ipv6.address = &storage;
		assert_rule(&facts, "public", cases[i].public);
	}
}

static void test_static(void **state)
{
	static const struct {
		enum own_address four, six;
		enum pool_rules_state wanted;
	} cases[] = {
		{OWN_ADDRESS_FOREIGN, OWN_ADDRESS_FOREIGN, POOL_RULES_UNKNOWN},
		{OWN_ADDRESS_UNKNOWN, OWN_ADDRESS_UNKNOWN, POOL_RULES_UNKNOWN},
		{OWN_ADDRESS_PERMANENT, OWN_ADDRESS_PERMANENT, POOL_RULES_KEPT},
		{OWN_ADDRESS_DYNAMIC, OWN_ADDRESS_PERMANENT, POOL_RULES_BROKEN},
		{OWN_ADDRESS_PERMANENT, OWN_ADDRESS_DYNAMIC, POOL_RULES_BROKEN},
		{OWN_ADDRESS_PERMANENT, OWN_ADDRESS_TEMPORARY, POOL_RULES_BROKEN},
	};
	const struct sockaddr_storage four = address("192.0.2.1"), six = address("2001:db8::1");

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct pool_rules_facts facts = {
			.ipv4 = {&four, cases[i].four, 2}, .ipv6 = {&six, cases[i].six, 2}};

		assert_rule(&facts, "static", cases[i].wanted);
	}
}

static void test_ipv6(void **state)
{
	const struct sockaddr_storage four = address("192.0.2.1"), six = address("2001:db8::1");
	struct pool_rules_facts facts = {.ipv4 = {&four, OWN_ADDRESS_FOREIGN, 2}};

	(void)state;
	assert_rule(&facts, "ipv6", POOL_RULES_BROKEN);
	facts.one_family = true;
	assert_rule(&facts, "ipv6", POOL_RULES_UNKNOWN);
	facts.ipv6.address = &six;
	assert_rule(&facts, "ipv6", POOL_RULES_UNKNOWN);
	facts.ipv6.stratum = 2;
	assert_rule(&facts, "ipv6", POOL_RULES_KEPT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_nothing_known),
		cmocka_unit_test(test_stratum),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_static),
		cmocka_unit_test(test_ipv6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
