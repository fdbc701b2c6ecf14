// SPDX-License-Identifier: GPL-2.0-or-later
/* Facts of the host: kernel, rights, BPF, pin folder, the clock's counter; doctor_gather.h. */
#include "control/cli/doctor_gather.h"
#include "control/clocks.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#define CLOCKSOURCE "/sys/devices/system/clocksource/clocksource0/"

/* Readings to a batch, and batches, of which the fastest counts: 0.1 ms with a fast counter. */
#define READINGS 256
#define BATCHES  8

/* The first line of a file without '\n'; "" where there is none. */
static void read_line(const char *path, char *out, int size)
{
	FILE *file = fopen(path, "re");

	out[0] = '\0';
	if (file == NULL)
		return;
	if (fgets(out, size, file) == NULL)
		out[0] = '\0';
	out[strcspn(out, "\n")] = '\0';
	fclose(file);
}

static void gather_kernel(struct doctor_host *host)
{
	struct utsname name;
	char line[64];
	unsigned last;

	if (uname(&name) == 0) {
		snprintf(host->release, sizeof(host->release), "%s", name.release);
		sscanf(name.release, "%u.%u", &host->major, &host->minor);
	}
	host->cpus = host->cpus_possible = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
	/* "0-7", "0": nr_cpu_ids less one is the last number. */
	read_line("/sys/devices/system/cpu/possible", line, sizeof(line));
	if (line[0] != '\0') {
		const char *from = strrchr(line, '-');

		if (sscanf(from ? from + 1 : line, "%u", &last) == 1)
			host->cpus_possible = last + 1;
	}
}

/* "CONFIG_X=y" in the configuration that Debian keeps beside the kernel. */
static void gather_config(struct doctor_host *host)
{
	char path[128], line[256];
	FILE *file;

	snprintf(path, sizeof(path), "/boot/config-%s", host->release);
	file = fopen(path, "re");
	if (file == NULL)
		return;
	host->bpf_config = host->jit_config = DOCTOR_NO;
	while (fgets(line, sizeof(line), file)) {
		if (strcmp(line, "CONFIG_BPF_SYSCALL=y\n") == 0)
			host->bpf_config = DOCTOR_YES;
		else if (strcmp(line, "CONFIG_BPF_JIT=y\n") == 0)
			host->jit_config = DOCTOR_YES;
	}
	fclose(file);
}

static void gather_rights(struct doctor_host *host)
{
	struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
	FILE *file = fopen("/proc/self/status", "re");
	unsigned long long capabilities;
	char line[256];

	host->root = geteuid() == 0;
	while (file != NULL && fgets(line, sizeof(line), file))
		if (sscanf(line, "CapEff: %llx", &capabilities) == 1)
			host->capabilities = capabilities;
	if (file != NULL)
		fclose(file);
	getrlimit(RLIMIT_MEMLOCK, &limit);
	host->memlock = limit.rlim_cur == RLIM_INFINITY ? UINT64_MAX : limit.rlim_cur;
}

/* Loads "return XDP_PASS" and lets it go again. */
static void try_program(struct doctor_host *host)
{
	const struct bpf_insn pass[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS},
		{.code = BPF_JMP | BPF_EXIT},
	};
	struct bpf_prog_info info = {};
	uint32_t size = sizeof(info);
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "ntpxdp_doctor", "GPL", pass,
		sizeof(pass) / sizeof(pass[0]), NULL);

	if (fd < 0) {
		host->load_error = fd;
		return;
	}
	if (bpf_obj_get_info_by_fd(fd, &info, &size) == 0)
		host->jit = info.jited_prog_len > 0 ? DOCTOR_YES : DOCTOR_NO;
	close(fd);
}

/* The deepest folder of the path that is there, and what it is on. */
static void find_pindir(const char *pindir, struct doctor_host *host)
{
	char *slash;
	struct statfs about;

	snprintf(host->pindir, sizeof(host->pindir), "%s", pindir);
	while (statfs(host->pindir, &about) != 0) {
		slash = strrchr(host->pindir, '/');
		if (slash == NULL || host->pindir[1] == '\0')
			return;
		slash[slash == host->pindir] = '\0';
	}
	host->bpffs = about.f_type == BPF_FS_MAGIC;
}

static void measure_clock(struct doctor_host *host)
{
	uint64_t best_ns = UINT64_MAX;

	read_line(CLOCKSOURCE "current_clocksource", host->clocksource, sizeof(host->clocksource));
	read_line(CLOCKSOURCE "available_clocksource", host->clocksources,
		sizeof(host->clocksources));
	for (int batch = 0; batch < BATCHES; batch++) {
		uint64_t start_ns = clocks_mono_ns(), taken_ns;

		for (int i = 1; i < READINGS; i++)
			clocks_mono_ns();
		taken_ns = clocks_mono_ns() - start_ns;
		if (taken_ns < best_ns)
			best_ns = taken_ns;
	}
	host->clock_read_ns = (double)best_ns / READINGS;
}

void doctor_gather_host(const char *pindir, struct doctor_host *ret_host)
{
	memset(ret_host, 0, sizeof(*ret_host));
	gather_kernel(ret_host);
	gather_config(ret_host);
	gather_rights(ret_host);
	try_program(ret_host);
	find_pindir(pindir, ret_host);
	measure_clock(ret_host);
}
