// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/cli/answer.c control/cli/doctor_drivers.c control/cli/doctor_findings.c
// test-sources: control/cli/doctor_judge.c control/cli/doctor_judge_card.c
// test-sources: control/cli/doctor_judge_host.c control/cli/doctor_judge_network.c
// test-sources: control/cli/doctor_judge_receive.c control/print.c control/json_add.c
/*
 * `ntpxdp doctor`: its judges of the interface, from driver to timestamps.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/doctor_world.h"

static void test_link(void **state)
{
	struct doctor_facts facts = good();

	(void)state;
	facts.interface.running = false;
	check(&facts, "link warn", "carrier", "");
	facts.interface.up = false;
	check(&facts, "link warn", "down", "ip link set dev eth0 up");
	strcpy(facts.interface.refused, "there is no such interface here");
	check(&facts, "link fail", "no such interface", "");
	for (size_t i = 0; i < findings.count; i++)
		assert_string_not_equal(findings.entry[i].check, "mtu");
}

static void test_driver(void **state)
{
	struct doctor_facts facts = good();

	(void)state;
	strcpy(facts.interface.driver, "e1000e");
	check(&facts, "driver warn", "no native XDP", "");
	facts.wish.native = true;
	check(&facts, "driver fail", "no native XDP", "");
	facts = good();
	strcpy(facts.interface.driver, "gve");
	check(&facts, "driver warn", "since Linux 6.4", "backports");
	strcpy(facts.interface.driver, "novel");
	check(&facts, "driver note", "not known", "--mode native");
	/* What the kernel says comes first. */
	facts.interface.xdp_features_known = DOCTOR_YES;
	check(&facts, "driver warn", "novel has no native XDP", "");
	facts.interface.xdp_features = 1;
	check_good(&facts);
}

static void test_program(void **state)
{
	struct doctor_facts facts = good();

	(void)state;
	facts.interface.program_id = 77;
	strcpy(facts.interface.program_name, "xdp_pass");
	check(&facts, "program fail", "\"xdp_pass\" (id 77, generic mode)", "eth0 xdp off");
	strcpy(facts.interface.program_name, "xdp_dispatcher");
	facts.interface.program_native = true;
	facts.interface.combined = 8; /* four of them taken for XDP */
	check(&facts, "program fail", "native mode", "--shared");
	facts.interface.program_ours = true;
	check_good(&facts);
	facts.interface.program_native = false;
	facts.interface.combined = 4;
	check(&facts, "program warn", "generic mode", "ntpxdp attach eth0 --mode native");
}

static void test_mtu(void **state)
{
	struct doctor_facts facts = good();

	(void)state;
	facts.interface.mtu = 4064; /* virtio_net before 6.3 */
	check_good(&facts);
	facts.host.minor = 3;
	check(&facts, "mtu warn", "up to 3506", "ip link set dev eth0 mtu 1500");
	facts.interface.mtu = 3506;
	check_good(&facts);
	facts.interface.mtu = 9000;
	strcpy(facts.interface.driver, "mlx4_en");
	check(&facts, "mtu warn", "up to about 3498", "mtu 1500");
}

static void test_offloads(void **state)
{
	struct doctor_facts facts = good();

	(void)state;
	facts.interface.virtio_known = true;
	facts.interface.virtio = 1U << 1 | 1U << 7; /* GUEST_CSUM, GUEST_TSO4 */
	check(&facts, "offloads warn", "cannot be turned off", "");
	facts.interface.virtio |= 1U << 2; /* CTRL_GUEST_OFFLOADS */
	check_good(&facts);
	facts = good();
	strcpy(facts.interface.driver, "mlx5_core");
	facts.interface.lro.on = true;
	check(&facts, "offloads warn", "refuses XDP", "ethtool -K eth0 lro off");
	strcpy(facts.interface.driver, "bnxt_en");
	check(&facts, "offloads note", "LRO", "ethtool -K eth0 lro off");
	facts.interface.lro.fixed = true;
	check_good(&facts);
	facts.interface.gro_hw.on = true;
	check(&facts, "offloads note", "rx-gro-hw", "ethtool -K eth0 rx-gro-hw off");
}

static void test_queues(void **state)
{
	struct doctor_facts facts = good();

	(void)state;
	/* virtio_net: one spare pair for each CPU, or fewer in use. */
	facts.interface.combined = 5;
	check(&facts, "queues warn", "wants one more for each CPU (9)",
		"ethtool -L eth0 combined 4");
	facts.interface.combined = facts.interface.combined_max = 4;
	check(&facts, "queues warn", "4 of 4", "");
	assert_non_null(strstr(only(&facts)->why, "8 pairs"));
	facts.host.cpus_possible = 1; /* still three too few with as many in use */
	check(&facts, "queues warn", "4 of 4", "ethtool -L eth0 combined 3");
	/* Attached: those that the driver took are in use; without, it has none to take. */
	facts = good();
	facts.interface.program_id = 7;
	facts.interface.program_ours = facts.interface.program_native = true;
	facts.interface.combined = 8;
	check_good(&facts);
	facts.interface.combined = 4;
	facts.interface.combined_max = 7;
	check(&facts, "queues warn", "4 of 7", "ntpxdp detach eth0\nethtool -L eth0 combined 3\n");
	/* ENA refuses above half. */
	facts = good();
	strcpy(facts.interface.driver, "ena");
	check_good(&facts);
	facts.interface.combined = 8;
	check(&facts, "queues warn", "refuses XDP above half", "ethtool -L eth0 combined 4");
	facts.wish.native = true;
	check(&facts, "queues fail", "refuses XDP above half", "combined 4");
	facts.interface.combined = facts.interface.combined_max = 1;
	check(&facts, "queues fail", "one queue", "");
	/* Others are only told that CPUs stay idle. */
	facts = good();
	strcpy(facts.interface.driver, "i40e");
	facts.interface.combined = 1;
	check(&facts, "queues note", "1 of 8 queues", "ethtool -L eth0 combined 4");
}

static void test_receive(void **state)
{
	struct doctor_facts facts = good();

	(void)state;
	facts.interface.ring = 256;
	check(&facts, "ring warn", "ring of 256", "ethtool -G eth0 rx 1024");
	facts.interface.ring_max = 256;
	check_good(&facts);
	facts.interface.hash[1] = RXH_IP_SRC | RXH_IP_DST;
	check(&facts, "hash note", "udp6", "ethtool -N eth0 rx-flow-hash udp6 sdfn");
	facts = good();
	facts.interface.timestamping = SOF_TIMESTAMPING_RX_HARDWARE;
	facts.interface.receive_filters = 1U << HWTSTAMP_FILTER_PTP_V2_EVENT;
	check(&facts, "timestamps note", "PTP packets only", "");
	facts.interface.receive_filters |= 1U << HWTSTAMP_FILTER_ALL;
	check_good(&facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_link),
		cmocka_unit_test(test_driver),
		cmocka_unit_test(test_program),
		cmocka_unit_test(test_mtu),
		cmocka_unit_test(test_offloads),
		cmocka_unit_test(test_queues),
		cmocka_unit_test(test_receive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
