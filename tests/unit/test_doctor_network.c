// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/cli/answer.c control/cli/doctor_drivers.c control/cli/doctor_findings.c
// test-sources: control/cli/doctor_judge.c control/cli/doctor_judge_card.c
// test-sources: control/cli/doctor_judge_host.c control/cli/doctor_judge_network.c
// test-sources: control/cli/doctor_judge_receive.c control/print.c control/json_add.c
/*
 * `ntpxdp doctor`: its judges of connection tracking, packet filter, port and other time daemons.
 * How rule lists are read is in test_doctor_rules.c.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/doctor_world.h"

static void add_rule(struct doctor_facts *facts, const struct doctor_rule *rule)
{
	facts->network.firewall.rule[facts->network.firewall.count++] = *rule;
}

static void test_conntrack(void **state)
{
	struct doctor_facts facts = good();

	(void)state;
	facts.network.conntrack = true;
	facts.network.conntrack_max = 1000;
	check_good(&facts); /* loaded, not in use */
	facts.network.conntrack_count = 10;
	check(&facts, "conntrack note", "10 of 1000", "udp dport 123 notrack");
	facts.network.conntrack_port = 5;
	check(&facts, "conntrack warn", "port 123", "udp sport 123 notrack");
	add_rule(&facts, &(struct doctor_rule){.action = DOCTOR_NOTRACK, .port = true});
	check_good(&facts);
}

static void test_firewall(void **state)
{
	struct doctor_rule rule = {"inet filter input", DOCTOR_DROP, true, true, false};
	struct doctor_facts facts = good();

	(void)state;
	add_rule(&facts, &rule);
	check(&facts, "firewall warn", "inet filter input drops some", "");
	assert_non_null(strstr(only(&facts)->why, "no longer applies"));
	facts.network.firewall.rule[0].some = false;
	check(&facts, "firewall warn", "drops everything", "");
	facts.network.firewall.rule[0] =
		(struct doctor_rule){"ip filter f2b-ntp", DOCTOR_DROP, true, true, true};
	check(&facts, "fail2ban warn", "ip filter f2b-ntp bans clients of the NTP port", "");
	facts.network.firewall.rule[0].port = false;
	check(&facts, "fail2ban note", "all ports", "");
	facts = good();
	strcpy(facts.network.firewall.drops, "inet filter input");
	check(&facts, "firewall warn", "none accepts port 123",
		"nft insert rule inet filter input udp dport 123 accept");
	strcpy(facts.network.firewall.drops, "ip6 filter INPUT");
	check(&facts, "firewall warn", "none accepts port 123", "ip6tables -I INPUT -p udp");
	rule.action = DOCTOR_ACCEPT;
	add_rule(&facts, &rule);
	check_good(&facts);
	facts = good();
	facts.network.firewall.looked = false;
	strcpy(facts.network.firewall.blind, "there is no nft program");
	check(&facts, "firewall note", "could not look", "");
}

static void test_port(void **state)
{
	struct doctor_facts facts = good();

	(void)state;
	facts.network.port_taken = true;
	facts.network.port_holder = (struct doctor_process){"chronyd", 12, "chrony"};
	check(&facts, "port warn", "chronyd (process 12)", "systemctl disable --now chrony");
	facts.network.port_holder.unit[0] = '\0';
	check(&facts, "port warn", "chronyd (process 12)", "kill 12");
	facts.wish.mirror = facts.network.clock_steered = true;
	assert_string_equal(only(&facts)->check, "clock");
	facts = good();
	facts.network.port_taken = true;
	check(&facts, "port warn", "only root", "");
	facts.network.port_holder = (struct doctor_process){"ntpxdpd", 12, "ntpxdpd"};
	check_good(&facts);
}

static void test_clock(void **state)
{
	struct doctor_facts facts = good();

	(void)state;
	facts.network.daemon_count = 1;
	facts.network.daemon[0] = (struct doctor_process){"chronyd", 12, "chrony"};
	check(&facts, "clock note", "chronyd (process 12)", "");
	facts.network.clock_steered = true;
	check(&facts, "clock note", "synchronised", "");
	facts.wish.clock_system = true;
	check(&facts, "clock fail", "chronyd (process 12)", "");
	facts = good();
	facts.wish.mirror = true;
	check(&facts, "clock warn", "nothing keeps", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conntrack),
		cmocka_unit_test(test_firewall),
		cmocka_unit_test(test_port),
		cmocka_unit_test(test_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
