// SPDX-License-Identifier: GPL-2.0-or-later
/* Judges of the host: kernel, rights, BPF, pins, the clock's counter; see doctor_judge.h. */
#include "control/attach.h"
#include "control/cli/doctor_judge.h"
#include "control/print.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>

/* A request costs the program some 120 ns; a counter that takes this long is what it is slow by. */
#define SLOW_READ_NS 200.0

/* BPF memory counts against RLIMIT_MEMLOCK up to Linux 5.10. Tables and a client table. */
#define MEMLOCK_KERNEL 511
#define MEMLOCK_WANTED (64U << 20)

static unsigned version(const struct doctor_host *host)
{
	return 100 * host->major + host->minor;
}

void doctor_judge_kernel(const struct doctor_facts *facts, struct doctor_findings *findings)
{
	const struct doctor_host *host = &facts->host;
	unsigned major = 0, minor = 0;

	sscanf(ATTACH_KERNEL_OLDEST, "%u.%u", &major, &minor);
	if (version(host) < 100 * major + minor) {
		doctor_add(findings, DOCTOR_FAIL, "Linux %s; the program needs %s or later",
			host->release, ATTACH_KERNEL_OLDEST);
		doctor_why(findings, "older verifiers and drivers refuse it");
		doctor_command(findings, "apt install linux-image-amd64 && reboot");
	} else {
		doctor_add(findings, DOCTOR_OK, "Linux %s (%s or later is needed)", host->release,
			ATTACH_KERNEL_OLDEST);
	}
	if (version(host) < MEMLOCK_KERNEL && host->memlock < MEMLOCK_WANTED) {
		doctor_add(findings, DOCTOR_WARN, "memlock limit of %llu KiB",
			(unsigned long long)host->memlock / 1024);
		doctor_why(findings, "up to Linux 5.10 BPF maps count as locked memory");
		doctor_command(findings, "ulimit -l unlimited");
	}
}

void doctor_judge_privileges(const struct doctor_facts *facts, struct doctor_findings *findings)
{
	static const struct {
		unsigned number;
		const char *name;
	} needed[] = {{CAP_NET_ADMIN, "CAP_NET_ADMIN"}, {CAP_BPF, "CAP_BPF"},
		{CAP_PERFMON, "CAP_PERFMON"}};
	const struct doctor_host *host = &facts->host;
	char missing[100] = "";

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		uint64_t has = host->capabilities;

		/* CAP_SYS_ADMIN stands for the two that were split off it (Linux 5.8). */
		if (has >> needed[i].number & 1 ||
			(needed[i].number != CAP_NET_ADMIN && has >> CAP_SYS_ADMIN & 1))
			continue;
		snprintf(missing + strlen(missing), sizeof(missing) - strlen(missing), "%s%s",
			missing[0] ? ", " : "", needed[i].name);
	}
	if (missing[0] == '\0') {
		doctor_add(findings, DOCTOR_OK, "the right to load and attach programs");
	} else if (host->root) {
		doctor_add(findings, DOCTOR_FAIL, "root, but without %s", missing);
		doctor_why(findings,
			"a container or a service takes them away; nothing attaches without them");
	} else {
		doctor_add(findings, DOCTOR_WARN, "not root: without %s", missing);
		doctor_why(findings, "attach will be refused, and some checks here see nothing");
		doctor_command(findings, "sudo ntpxdp doctor %s", facts->interface.name);
	}
}

static void judge_refusal(const struct doctor_host *host, struct doctor_findings *findings)
{
	bool unprivileged = host->load_error == -EPERM && !host->root;

	if (host->bpf_config == DOCTOR_NO || host->load_error == -ENOSYS) {
		doctor_add(findings, DOCTOR_FAIL, "the kernel has no BPF (CONFIG_BPF_SYSCALL)");
		doctor_command(findings, "apt install linux-image-amd64 && reboot");
	} else if (unprivileged) {
		doctor_add(
			findings, DOCTOR_NOTE, "whether programs load cannot be tried: not root");
	} else {
		doctor_add(findings, DOCTOR_FAIL, "the kernel refuses an XDP program: %s",
			strerror(-host->load_error));
		doctor_why(
			findings, host->load_error == -EPERM
					  ? "a container, seccomp or kernel lockdown forbids bpf()"
					  : "one that does nothing but pass was tried");
	}
}

void doctor_judge_bpf(const struct doctor_facts *facts, struct doctor_findings *findings)
{
	const struct doctor_host *host = &facts->host;

	if (host->load_error != 0) {
		judge_refusal(host, findings);
	} else if (host->jit != DOCTOR_NO) {
		doctor_add(findings, DOCTOR_OK, "XDP programs load%s",
			host->jit == DOCTOR_YES ? " and are compiled (JIT)" : "");
	} else {
		doctor_add(findings, DOCTOR_WARN, "XDP programs load, but are interpreted: no JIT");
		doctor_why(findings, "several times the cost of each packet");
		if (host->jit_config == DOCTOR_NO)
			doctor_why(findings, "several times the cost of each packet; this kernel "
					     "is built without CONFIG_BPF_JIT: take another");
		else
			doctor_command(findings, "sysctl -w net.core.bpf_jit_enable=1");
	}
}

void doctor_judge_bpffs(const struct doctor_facts *facts, struct doctor_findings *findings)
{
	const struct doctor_host *host = &facts->host;

	if (host->bpffs) {
		doctor_add(findings, DOCTOR_OK, "pins go to bpffs (%s)", host->pindir);
		return;
	}
	doctor_add(findings, DOCTOR_FAIL, "%s is not on a BPF file system", host->pindir);
	doctor_why(findings, "program and maps are pinned there to outlive the daemon");
	doctor_command(findings, "mount -t bpf bpf /sys/fs/bpf");
}

void doctor_judge_clocksource(const struct doctor_facts *facts, struct doctor_findings *findings)
{
	const struct doctor_host *host = &facts->host;
	bool tsc = strcmp(host->clocksource, "tsc") == 0;
	bool offered = !tsc && strstr(host->clocksources, "tsc") != NULL &&
		       strncmp(host->clocksource, "hyperv", 6) != 0;
	bool slow = host->clock_read_ns > SLOW_READ_NS;
	char cost[PRINT_VALUE_MAX];

	doctor_add(findings,
		slow      ? DOCTOR_WARN
		: offered ? DOCTOR_NOTE
			  : DOCTOR_OK,
		"%s, %s a reading", host->clocksource[0] ? host->clocksource : "not named",
		print_seconds(cost, host->clock_read_ns / 1e9));
	if (slow)
		doctor_why(findings, "each answer takes a reading; hpet and acpi_pm are read over "
				     "the bus, one CPU at a time, where tsc costs some 10 ns");
	else if (offered)
		doctor_why(findings, "each answer takes a reading, and tsc is there, which is "
				     "usually the faster one");
	if (offered)
		doctor_command(findings, "echo tsc > /sys/devices/system/clocksource/"
					 "clocksource0/current_clocksource");
	else if (slow)
		doctor_why(findings, "each answer takes a reading; the kernel offers no tsc here: "
				     "see dmesg for why (boot option tsc=reliable, or the "
				     "hypervisor's settings)");
}
