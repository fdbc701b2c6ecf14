/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A host on which nothing is wrong, for the tests of `ntpxdp doctor`: each changes one thing, and
 * exactly that has to be found, with the command that mends it.
 */
#ifndef TESTS_UNIT_DOCTOR_WORLD_H
#define TESTS_UNIT_DOCTOR_WORLD_H

#include <string.h>

#include <linux/ethtool.h>
#include <linux/net_tstamp.h>

#include "control/cli/doctor_judge.h"

#define ALL_CAPABILITIES UINT64_C(0x1ffffffffff)

/* A virtual machine on which nothing is wrong. */
static struct doctor_facts good(void)
{
	return (struct doctor_facts){
		.wish = {.port = 123},
		.host = {.release = "6.1.0-25-amd64",
			.major = 6,
			.minor = 1,
			.root = true,
			.capabilities = ALL_CAPABILITIES,
			.jit = DOCTOR_YES,
			.memlock = UINT64_MAX,
			.pindir = "/sys/fs/bpf",
			.bpffs = true,
			.clocksource = "tsc",
			.clocksources = "tsc hpet acpi_pm",
			.clock_read_ns = 11,
			.cpus = 4,
			.cpus_possible = 4},
		.interface = {.name = "eth0",
			.up = true,
			.running = true,
			.mtu = 1500,
			.driver = "virtio_net",
			.channels_known = true,
			.combined_max = 8,
			.combined = 4,
			.ring_known = true,
			.ring_max = 1024,
			.ring = 1024,
			.hash_known = {true, true},
			.hash = {RXH_IP_SRC | RXH_IP_DST | RXH_L4_B_0_1 | RXH_L4_B_2_3,
				RXH_IP_SRC | RXH_IP_DST | RXH_L4_B_0_1 | RXH_L4_B_2_3},
			.timestamps_known = true,
			.timestamping = SOF_TIMESTAMPING_RX_SOFTWARE,
			.phc = -1},
		.network = {.firewall = {.looked = true}, .conntrack_port = -1},
	};
}

static struct doctor_findings findings;

static void judge(const struct doctor_facts *facts)
{
	memset(&findings, 0, sizeof(findings));
	doctor_judge(facts, &findings);
}

/* The one finding that is not OK. */
static const struct doctor_finding *only(const struct doctor_facts *facts)
{
	const struct doctor_finding *found = NULL;

	judge(facts);
	for (size_t i = 0; i < findings.count; i++) {
		if (findings.entry[i].level == DOCTOR_OK)
			continue;
		if (found != NULL)
			fail_msg("not only \"%s\" but \"%s\"", found->text, findings.entry[i].text);
		found = &findings.entry[i];
	}
	if (found == NULL)
		fail_msg("nothing is found");
	return found;
}

/* That it is this check and level, and what its text and its command hold ("": no command). */
static void check(const struct doctor_facts *facts, const char *expected, const char *text,
	const char *command)
{
	const struct doctor_finding *found = only(facts);
	char said[64];

	snprintf(said, sizeof(said), "%s %s", found->check, doctor_level_name(found->level));
	assert_string_equal(said, expected);
	if (strstr(found->text, text) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", found->text, text);
	if (command[0] == '\0' ? found->command[0] != '\0'
			       : strstr(found->command, command) == NULL)
		fail_msg("the command is \"%s\", not \"%s\"", found->command, command);
}

/* That nothing is wrong. */
static void check_good(const struct doctor_facts *facts)
{
	judge(facts);
	assert_int_equal(doctor_worst(&findings), DOCTOR_OK);
}

#endif
