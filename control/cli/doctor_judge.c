// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of all checks; doctor_judge.h is the manual. */
#include "control/cli/doctor_judge.h"

static const struct {
	const char *name;
	bool host; /* of the host, else of the interface */
	doctor_judgement *judge;
} checks[] = {
	{"kernel", true, doctor_judge_kernel},
	{"privileges", true, doctor_judge_privileges},
	{"bpf", true, doctor_judge_bpf},
	{"bpffs", true, doctor_judge_bpffs},
	{"link", false, doctor_judge_link},
	{"driver", false, doctor_judge_driver},
	{"program", false, doctor_judge_program},
	{"mtu", false, doctor_judge_mtu},
	{"offloads", false, doctor_judge_offloads},
	{"queues", false, doctor_judge_queues},
	{"ring", false, doctor_judge_ring},
	{"hash", false, doctor_judge_hash},
	{"timestamps", false, doctor_judge_timestamps},
	{"conntrack", true, doctor_judge_conntrack},
	{"firewall", true, doctor_judge_firewall},
	{"fail2ban", true, doctor_judge_fail2ban},
	{"port", true, doctor_judge_port},
	{"clock", true, doctor_judge_clock},
	{"clocksource", true, doctor_judge_clocksource},
};

void doctor_judge(const struct doctor_facts *facts, struct doctor_findings *findings)
{
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		/* There is no card to speak of. */
		if (!checks[i].host && facts->interface.refused[0] != '\0' &&
			checks[i].judge != doctor_judge_link)
			continue;
		findings->check = checks[i].name;
		findings->object = checks[i].host ? "host" : facts->interface.name;
		checks[i].judge(facts, findings);
	}
}

enum doctor_level doctor_native_level(const struct doctor_facts *facts)
{
	return facts->wish.native ? DOCTOR_FAIL : DOCTOR_WARN;
}
