// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/cli/answer.c control/cli/doctor_drivers.c control/cli/doctor_findings.c
// test-sources: control/cli/doctor_judge.c control/cli/doctor_judge_card.c
// test-sources: control/cli/doctor_judge_host.c control/cli/doctor_judge_network.c
// test-sources: control/cli/doctor_judge_receive.c control/print.c control/json_add.c
/*
 * `ntpxdp doctor`: its judges of kernel, rights, BPF and clock source, and how findings are
 * printed. The card is in test_doctor_card.c, the network in test_doctor_network.c.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <json-c/json.h>

#include "tests/unit/doctor_world.h"

static void test_good(void **state)
{
	struct doctor_facts facts = good();

	(void)state;
	check_good(&facts);
	assert_int_equal(findings.count, 19);
}

static void test_kernel(void **state)
{
	struct doctor_facts facts = good();

	(void)state;
	facts.host.major = 5;
	facts.host.minor = 14;
	check(&facts, "kernel fail", "5.15", "linux-image");
	facts.host.minor = 15;
	check_good(&facts);
	/* Two things at once: too old, and so old that locked memory counts. */
	facts.host.minor = 4;
	facts.host.memlock = 65536;
	judge(&facts);
	assert_int_equal(findings.entry[0].level, DOCTOR_FAIL);
	assert_int_equal(findings.entry[1].level, DOCTOR_WARN);
	assert_non_null(strstr(findings.entry[1].text, "64 KiB"));
}

static void test_rights(void **state)
{
	struct doctor_facts facts = good();

	(void)state;
	facts.host.capabilities = 1U << 12; /* CAP_NET_ADMIN */
	check(&facts, "privileges fail", "CAP_BPF, CAP_PERFMON", "");
	facts.host.capabilities |= 1U << 21; /* CAP_SYS_ADMIN stands for both */
	check_good(&facts);
	facts.host.root = false;
	facts.host.capabilities = 0;
	check(&facts, "privileges warn", "CAP_NET_ADMIN", "sudo ntpxdp doctor eth0");
}

static void test_bpf(void **state)
{
	struct doctor_facts facts = good();

	(void)state;
	facts.host.jit = DOCTOR_NO;
	check(&facts, "bpf warn", "no JIT", "bpf_jit_enable=1");
	facts.host.jit_config = DOCTOR_NO;
	check(&facts, "bpf warn", "no JIT", "");
	facts = good();
	facts.host.load_error = -EPERM;
	check(&facts, "bpf fail", "refuses", "");
	facts.host.load_error = -ENOSYS;
	check(&facts, "bpf fail", "CONFIG_BPF_SYSCALL", "linux-image");
	facts = good();
	facts.host.bpffs = false;
	check(&facts, "bpffs fail", "/sys/fs/bpf", "mount -t bpf");
}

static void test_clocksource(void **state)
{
	struct doctor_facts facts = good();

	(void)state;
	strcpy(facts.host.clocksource, "hpet");
	facts.host.clock_read_ns = 1200;
	check(&facts, "clocksource warn", "hpet, 1.2 us", "echo tsc");
	strcpy(facts.host.clocksources, "hpet acpi_pm");
	check(&facts, "clocksource warn", "hpet", "");
	strcpy(facts.host.clocksource, "kvm-clock");
	strcpy(facts.host.clocksources, "kvm-clock tsc");
	facts.host.clock_read_ns = 26;
	check(&facts, "clocksource note", "kvm-clock, 26 ns", "echo tsc");
	strcpy(facts.host.clocksources, "kvm-clock");
	check_good(&facts);
}

/* The worst that judges can say, in 80 columns, with the longest name. */
static void test_print(void **state)
{
	struct doctor_facts facts = good();
	char *text = NULL, *line;
	size_t size = 0;
	FILE *out;

	(void)state;
	strcpy(facts.interface.name, "enp175s0f3np3v9");
	strcpy(facts.interface.driver, "ena");
	facts.host = (struct doctor_host){.release = "5.4.0",
		.major = 5,
		.minor = 4,
		.load_error = -EPERM,
		.root = true,
		.cpus = 128,
		.cpus_possible = 128};
	facts.interface.mtu = 9000;
	facts.interface.combined = 256;
	facts.interface.combined_max = 256;
	facts.interface.ring = 1;
	facts.interface.hash[0] = facts.interface.hash[1] = RXH_IP_SRC;
	facts.network.conntrack = facts.network.port_taken = true;
	facts.network.conntrack_count = facts.network.conntrack_max = 16777216;
	strcpy(facts.network.firewall.drops, "inet filter input");
	judge(&facts);
	assert_int_equal(doctor_worst(&findings), DOCTOR_FAIL);
	out = open_memstream(&text, &size);
	doctor_print(&findings, out, 80);
	fclose(out);
	for (line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
		if (strlen(line) > 80)
			fail_msg("longer than 80 columns: \"%s\"", line);
	free(text);
}

static void test_json(void **state)
{
	static const char *const keys[] = {"check", "level", "object", "text", "why", "command"};
	struct doctor_facts facts = good();
	struct json_object *list, *entry, *value;

	(void)state;
	facts.interface.ring = 64;
	judge(&facts);
	list = doctor_json(&findings);
	assert_int_equal(json_object_array_length(list), findings.count);
	for (size_t i = 0; i < findings.count; i++) {
		entry = json_object_array_get_idx(list, i);
		for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
			assert_true(json_object_object_get_ex(entry, keys[k], &value));
			assert_true(json_object_is_type(value, json_type_string));
		}
	}
	json_object_put(list);
}

/* More than there is room for: the last is written over, nothing beyond. */
static void test_many(void **state)
{
	struct doctor_facts facts = good();

	(void)state;
	for (size_t i = 0; i < DOCTOR_RULES_MAX; i++)
		facts.network.firewall.rule[facts.network.firewall.count++] =
			(struct doctor_rule){"inet filter input", DOCTOR_DROP, true, true, false};
	judge(&facts);
	doctor_judge(&facts, &findings);
	assert_int_equal(findings.count, DOCTOR_FINDINGS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_kernel),
		cmocka_unit_test(test_rights),
		cmocka_unit_test(test_bpf),
		cmocka_unit_test(test_clocksource),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
