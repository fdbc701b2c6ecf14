// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/cli/answer.c control/cli/doctor_rules_iptables.c
// test-sources: control/cli/doctor_rules_nft.c
/*
 * What rule lists do to port 123: nft's JSON and iptables-save's lines, in the forms that
 * nft 1.0.6, iptables 1.8.9, ufw, firewalld and fail2ban give them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "control/cli/doctor_rules.h"

#define CHAIN(name, hook, policy)                                                                  \
	"{\"chain\":{\"family\":\"inet\",\"table\":\"filter\",\"name\":\"" name                    \
	"\",\"type\":\"filter\",\"hook\":\"" hook "\",\"prio\":0,\"policy\":\"" policy "\"}},"
#define RULE(chain, expressions)                                                                   \
	"{\"rule\":{\"family\":\"inet\",\"table\":\"filter\",\"chain\":\"" chain                   \
	"\",\"handle\":2,\"expr\":[" expressions "]}},"
#define DPORT(op, right)                                                                           \
	"{\"match\":{\"op\":\"" op                                                                 \
	"\",\"left\":{\"payload\":{\"protocol\":\"udp\",\"field\":\"dport\"}},\"right\":" right    \
	"}},"
#define LIMIT         "{\"limit\":{\"rate\":100,\"burst\":5,\"per\":\"second\",\"inv\":true}},"
#define VERDICT(word) "{\"" word "\":null}"

static struct doctor_firewall firewall;

static void read_nft(const char *objects)
{
	char text[4000];

	memset(&firewall, 0, sizeof(firewall));
	snprintf(text, sizeof(text), "{\"nftables\":[%s{\"metainfo\":{}}]}", objects);
	assert_true(doctor_rules_nft(text, 123, false, &firewall));
}

/* One rule: "accept port", "drop port some", "drop some fail2ban"; "" none. */
static void check(const char *expected)
{
	static const char *const actions[] = {"accept", "drop", "notrack"};
	const struct doctor_rule *rule = &firewall.rule[0];
	char said[64] = "";

	assert_true(firewall.count <= 1);
	if (firewall.count == 1)
		snprintf(said, sizeof(said), "%s%s%s%s", actions[rule->action],
			rule->port ? " port" : "", rule->some ? " some" : "",
			rule->fail2ban ? " fail2ban" : "");
	assert_string_equal(said, expected);
}

static void test_nft_port(void **state)
{
	(void)state;
	read_nft(CHAIN("in", "input", "accept")
			RULE("in", DPORT("==", "123") LIMIT VERDICT("drop")));
	check("drop port some");
	assert_string_equal(firewall.rule[0].where, "inet filter in");
	read_nft(RULE("in", DPORT("==", "{\"set\":[53,123]}") VERDICT("accept")));
	check("accept port");
	read_nft(RULE("in", DPORT("==", "{\"set\":[53,{\"range\":[100,200]}]}") VERDICT("reject")));
	check("drop port");
	read_nft(RULE("in", DPORT("==", "{\"range\":[1,122]}") VERDICT("drop")));
	check("");
	read_nft(RULE("in", DPORT("==", "124") VERDICT("drop")));
	check("");
	read_nft(RULE("in", DPORT("!=", "123") VERDICT("drop")));
	check("");
	read_nft(RULE("in", DPORT("==", "123") VERDICT("notrack")));
	check("notrack port");
	/* Not for what comes to this host. */
	read_nft(CHAIN("out", "output", "accept") RULE("out", DPORT("==", "123") VERDICT("drop")));
	check("");
	assert_false(firewall.tracks);
}

static void test_nft_other(void **state)
{
	(void)state;
	read_nft(RULE("in", "{\"match\":{\"op\":\"==\",\"left\":{\"meta\":{\"key\":\"l4proto\"}},"
			    "\"right\":{\"set\":[\"tcp\",\"udp\"]}}},"
			    "{\"match\":{\"op\":\"==\",\"left\":{\"payload\":{\"protocol\":\"th\","
			    "\"field\":\"dport\"}},\"right\":123}}," VERDICT("accept")));
	check("accept port");
	read_nft(RULE("in", "{\"match\":{\"op\":\"==\",\"left\":{\"meta\":{\"key\":\"l4proto\"}},"
			    "\"right\":\"tcp\"}}," DPORT("==", "123") VERDICT("accept")));
	check("");
	read_nft(RULE("in", "{\"vmap\":{\"key\":{\"payload\":{\"protocol\":\"udp\",\"field\":"
			    "\"dport\"}},\"data\":{\"set\":[[53,{\"drop\":null}],[123,{\"accept\":"
			    "null}]]}}}"));
	check("accept port");
	read_nft(RULE("in", "{\"match\":{\"op\":\"in\",\"left\":{\"ct\":{\"key\":\"state\"}},"
			    "\"right\":[\"established\"]}}," VERDICT("accept")));
	check("");
	assert_true(firewall.tracks);
}

static void test_nft_drops(void **state)
{
	(void)state;
	read_nft(CHAIN("in", "input", "drop"));
	assert_string_equal(firewall.drops, "inet filter in");
	read_nft(CHAIN("forward", "forward", "drop"));
	assert_string_equal(firewall.drops, "");
	/* firewalld: the policy accepts, the last rule rejects. */
	read_nft(CHAIN("in", "input", "accept") RULE("in", VERDICT("reject")));
	assert_string_equal(firewall.drops, "inet filter in");
	read_nft(CHAIN("in", "input", "drop") RULE("in", VERDICT("accept")));
	check("accept port");
}

static void test_nft_fail2ban(void **state)
{
	(void)state;
	read_nft("{\"rule\":{\"family\":\"inet\",\"table\":\"f2b-table\",\"chain\":\"f2b-chain\","
		 "\"expr\":[" DPORT("==", "123") "{\"match\":{\"op\":\"==\",\"left\":{\"payload\":"
						 "{\"protocol\":\"ip\",\"field\":\"saddr\"}},"
						 "\"right\":\"@addr-set-ntp\"}},{\"reject\":null}]}"
						 "},");
	check("drop port some fail2ban");
	read_nft("{\"rule\":{\"family\":\"inet\",\"table\":\"f2b-table\",\"chain\":\"f2b-chain\","
		 "\"expr\":[{\"match\":{\"op\":\"==\",\"left\":{\"payload\":{\"protocol\":\"tcp\","
		 "\"field\":\"dport\"}},\"right\":22}},{\"reject\":null}]}},");
	check("");
}

/* Tables that iptables shows are not read twice. */
static void test_nft_beside_iptables(void **state)
{
	static const char text[] =
		"{\"nftables\":[{\"rule\":{\"family\":\"ip\",\"table\":\"filter\",\"chain\":"
		"\"INPUT\",\"expr\":[" DPORT("==", "123") VERDICT("drop") "]}}]}";

	(void)state;
	memset(&firewall, 0, sizeof(firewall));
	assert_true(doctor_rules_nft(text, 123, true, &firewall));
	check("");
	assert_true(doctor_rules_nft(text, 123, false, &firewall));
	check("drop port");
	assert_false(doctor_rules_nft("", 123, false, &firewall));
	assert_false(doctor_rules_nft("[1]", 123, false, &firewall));
	assert_false(doctor_rules_nft("{\"nftables\":7}", 123, false, &firewall));
}

static bool read_iptables(const char *text)
{
	memset(&firewall, 0, sizeof(firewall));
	return doctor_rules_iptables(text, "ip", 123, &firewall);
}

static void test_iptables(void **state)
{
	(void)state;
	assert_true(read_iptables("*filter\n:INPUT DROP [0:0]\n"
				  "-A INPUT -p udp -m udp --dport 123 -m hashlimit "
				  "--hashlimit-above 10/sec --hashlimit-name x -j DROP\nCOMMIT\n"));
	check("drop port some");
	assert_string_equal(firewall.rule[0].where, "ip filter INPUT");
	assert_string_equal(firewall.drops, "ip filter INPUT");
	read_iptables("*filter\n-A ufw-user-input -p udp -m multiport --dports 53,120:130 "
		      "-j ACCEPT\n");
	check("accept port");
	read_iptables("*filter\n-A INPUT -p udp -m udp ! --dport 123 -j DROP\n");
	check("");
	read_iptables("*filter\n-A INPUT -p tcp -m tcp --dport 123 -j DROP\n");
	check("");
	read_iptables("*raw\n-A PREROUTING -p udp -m udp --dport 123 -j CT --notrack\n");
	check("notrack port");
	read_iptables("*filter\n-A OUTPUT -p udp -m udp --dport 123 -j DROP\n");
	check("");
	assert_false(firewall.tracks);
	read_iptables("*filter\n-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT\n");
	check("");
	assert_true(firewall.tracks);
	assert_false(read_iptables("# Table `filter' is incompatible, use 'nft' tool.\n"));
}

static void test_iptables_fail2ban(void **state)
{
	(void)state;
	read_iptables("*filter\n-A INPUT -p udp -m multiport --dports 123 -j f2b-ntp\n"
		      "-A f2b-ntp -s 192.0.2.7/32 -j REJECT\n-A f2b-ntp -j RETURN\n");
	check("drop port some fail2ban");
	assert_string_equal(firewall.rule[0].where, "ip filter f2b-ntp");
	read_iptables("*filter\n-A INPUT -p tcp -m multiport --dports 22 -j f2b-sshd\n");
	check("");
}

/* More rules than there is room for, and lines without an end. */
static void test_bounds(void **state)
{
	char text[8000] = "*filter\n";

	(void)state;
	for (int i = 0; i < DOCTOR_RULES_MAX + 5; i++)
		strcat(text, "-A INPUT -p udp --dport 123 -j DROP\n");
	read_iptables(text);
	assert_int_equal(firewall.count, DOCTOR_RULES_MAX);
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	memcpy(text, "-A ", 3);
	read_iptables(text);
	assert_int_equal(firewall.count, 0);
	read_iptables("-A INPUT -p");
	read_iptables("-A");
	read_iptables("-A ");
	assert_int_equal(firewall.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nft_port),
		cmocka_unit_test(test_nft_other),
		cmocka_unit_test(test_nft_drops),
		cmocka_unit_test(test_nft_fail2ban),
		cmocka_unit_test(test_nft_beside_iptables),
		cmocka_unit_test(test_iptables),
		cmocka_unit_test(test_iptables_fail2ban),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
