/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * doctor_judge: what facts mean. Pure: reads facts, adds findings, and asks nobody; so each judge
 * is tested with made-up hosts. doctor_judge() runs the table of all checks in their order.
 */
#ifndef CONTROL_CLI_DOCTOR_JUDGE_H
#define CONTROL_CLI_DOCTOR_JUDGE_H

#include "control/cli/doctor_facts.h"
#include "control/cli/doctor_findings.h"

typedef void doctor_judgement(const struct doctor_facts *facts, struct doctor_findings *findings);

/* All checks. */
doctor_judgement doctor_judge;

/* doctor_judge_host.c */
doctor_judgement doctor_judge_kernel, doctor_judge_privileges, doctor_judge_bpf, doctor_judge_bpffs,
	doctor_judge_clocksource;

/* doctor_judge_card.c */
doctor_judgement doctor_judge_link, doctor_judge_driver, doctor_judge_program, doctor_judge_mtu,
	doctor_judge_offloads, doctor_judge_queues;

/* doctor_judge_receive.c */
doctor_judgement doctor_judge_ring, doctor_judge_hash, doctor_judge_timestamps;

/* doctor_judge_network.c */
doctor_judgement doctor_judge_conntrack, doctor_judge_firewall, doctor_judge_fail2ban,
	doctor_judge_port, doctor_judge_clock;

/* What stops native mode is a failure only where the settings want no other. */
enum doctor_level doctor_native_level(const struct doctor_facts *facts);

#endif
