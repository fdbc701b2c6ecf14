// SPDX-License-Identifier: GPL-2.0-or-later
/* Loading the program, and finding out about the interface it is for. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "control/attach_private.h"
#include "control/ethtool.h"

/* After the structs that it names. */
#include <ntpxdp.skel.h>

/* The verifier's log of a refusal; its last lines tell the reason. */
#define VERIFIER_LOG_SIZE (1U << 20)

int attach_fail(struct attach_report *report, int error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(report->error, sizeof(report->error), format, arguments);
	va_end(arguments);
	return error;
}

static void find_driver(struct attach_target *target)
{
	struct ethtool_drvinfo information = {.cmd = ETHTOOL_GDRVINFO};

	if (ethtool_command(target->name, &information))
		snprintf(target->driver, sizeof(target->driver), "unknown");
	else
		snprintf(target->driver, sizeof(target->driver), "%s", information.driver);
}

int attach_find(const char *name, struct attach_target *ret_target, struct attach_report *report)
{
	struct ifreq ifreq = {};
	int error;

	if (strlen(name) >= sizeof(ret_target->name))
		return attach_fail(report, -ENODEV, "%s: no interface has so long a name", name);
	memset(ret_target, 0, sizeof(*ret_target));
	snprintf(ret_target->name, sizeof(ret_target->name), "%s", name);
	ret_target->ifindex = if_nametoindex(name);
	if (ret_target->ifindex == 0)
		return attach_fail(report, -ENODEV,
			"%s: there is no such interface here; `ip -br link` lists those there are",
			name);
	error = ethtool_interface(name, SIOCGIFHWADDR, &ifreq);
	if (error)
		return attach_fail(report, error, "%s: reading its hardware address: %s", name,
			strerror(-error));
	if (ifreq.ifr_hwaddr.sa_family == ARPHRD_LOOPBACK)
		return attach_fail(report, -EOPNOTSUPP,
			"%s: local clients do not pass a driver; attach to an interface of the "
			"network",
			name);
	if (ifreq.ifr_hwaddr.sa_family != ARPHRD_ETHER)
		return attach_fail(report, -EOPNOTSUPP,
			"%s: not an Ethernet interface (type %u); the daemon's socket engine "
			"serves it",
			name, ifreq.ifr_hwaddr.sa_family);
	memcpy(ret_target->mac, ifreq.ifr_hwaddr.sa_data, FRAME_MAC_SIZE);
	find_driver(ret_target);
	return 0;
}

/* 1 or 0 as a sysctl file says, -1 where there is none. */
static int read_switch(const char *path)
{
	FILE *file = fopen(path, "re");
	int value = -1;

	if (file == NULL)
		return -1;
	if (fscanf(file, "%d", &value) != 1)
		value = -1;
	fclose(file);
	return value;
}

int attach_check_reply_path(const struct attach_target *target,
	enum interface_reply_path reply_path, struct attach_report *report)
{
	char path[128];

	if (reply_path != INTERFACE_FIB)
		return 0;
	/* bpf_fib_lookup() answers BPF_FIB_LKUP_RET_FWD_DISABLED otherwise, for every frame. */
	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%s/forwarding", target->name);
	if (read_switch(path) == 0)
		return attach_fail(report, -EOPNOTSUPP,
			"%s: reply path fib asks the kernel's routing table, which answers XDP "
			"only where "
			"forwarding is on; `sysctl -w net.ipv4.conf.%s.forwarding=1` (and "
			"net.ipv6...), "
			"or use --reply-path reflect",
			target->name, target->name);
	return 0;
}

/* Is the interface the parent of a VLAN? Lines are "eth0.5 | 5 | eth0". */
static bool has_vlans(const struct attach_target *target)
{
	FILE *vlans = fopen("/proc/net/vlan/config", "re");
	char line[256];
	bool found = false;

	if (vlans == NULL)
		return false;
	while (!found && fgets(line, sizeof(line), vlans)) {
		char below[64];

		found = sscanf(line, "%*[^|]| %*u | %63s", below) == 1 &&
			strcmp(below, target->name) == 0;
	}
	fclose(vlans);
	return found;
}

void attach_check_offloads(const struct attach_target *target, struct attach_report *report)
{
	struct ethtool_value flags = {.cmd = ETHTOOL_GFLAGS};

	if (has_vlans(target) && ethtool_command(target->name, &flags) == 0 &&
		flags.data & ETH_FLAG_RXVLAN)
		snprintf(report->warning, sizeof(report->warning),
			"%s takes VLAN tags off before XDP sees the frame: requests from its VLANs "
			"would be "
			"answered without a tag; run `ethtool -K %s rxvlan off`",
			target->name, target->name);
	else if (strcmp(target->driver, "veth") == 0 && report->mode == INTERFACE_NATIVE)
		snprintf(report->warning, sizeof(report->warning),
			"%s is a veth: in native mode replies reach the other end only where that "
			"has an "
			"XDP program too, and its checksums are whole only after `ethtool -K PEER "
			"tx off`; "
			"otherwise use --mode generic",
			target->name);
}

int attach_program_share(
	const struct bpf_object *object, const struct state *state, struct attach_report *report)
{
	/* Sections and maps by the names that bpf/ gives them. Only the program with card stamps
	 * has .data.cards. */
	static const struct {
		const char *section;
		enum state_map map;
	} shared[] = {
		{".data.page", STATE_MAP_PAGE},
		{".data.settings", STATE_MAP_SETTINGS},
		{".data.interfaces", STATE_MAP_INTERFACES},
		{".data.addresses", STATE_MAP_ADDRESSES},
		{".bss", STATE_MAP_COUNTERS},
		{".data.cards", STATE_MAP_CARDS},
		{"access", STATE_MAP_ACCESS},
		{"clients", STATE_MAP_CLIENTS},
	};
	int error = 0;

	for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]) && !error; i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(object, shared[i].section);

		if (map != NULL)
			error = bpf_map__reuse_fd(map, state->fd[shared[i].map]);
	}
	if (error)
		attach_fail(report, error, "using the maps in %s: %s", state->directory,
			strerror(-error));
	return error;
}

struct ntpxdp_bpf *attach_program_open(
	const struct state *state, uint32_t slot, uint32_t features, struct attach_report *report)
{
	struct ntpxdp_bpf *program = ntpxdp_bpf__open();

	if (program == NULL) {
		attach_fail(
			report, -errno, "opening the built-in XDP program: %s", strerror(errno));
		return NULL;
	}
	program->rodata->interface_slot = slot;
	program->rodata->counters_first = slot << state_cpus_log2();
	program->rodata->features = features;
	if (attach_program_share(program->obj, state, report)) {
		ntpxdp_bpf__destroy(program);
		return NULL;
	}
	return program;
}

uint32_t attach_clients_map(const struct state *state)
{
	struct bpf_map_info info = {};
	uint32_t size = sizeof(info);

	if (!(state->settings->features & FEATURE_CLIENTS) ||
		bpf_obj_get_info_by_fd(state->fd[STATE_MAP_CLIENTS], &info, &size))
		return 0;
	return info.id;
}

/* The last line of the verifier's log that is no statistics. Cuts the log. */
static const char *last_word(char *log)
{
	char *line;

	for (;;) {
		line = strrchr(log, '\n');
		if (line == NULL)
			return log;
		if (line[1] != '\0' && strncmp(line + 1, "processed ", 10) != 0 &&
			strncmp(line + 1, "verification time", 17) != 0 &&
			strncmp(line + 1, "stack depth", 11) != 0)
			return line + 1;
		*line = '\0';
	}
}

int attach_program_load(struct bpf_object *object, struct attach_report *report)
{
	struct bpf_program *program = bpf_object__find_program_by_name(object, ATTACH_PROGRAM_NAME);
	char *log = calloc(1, VERIFIER_LOG_SIZE);
	int error;

	if (log == NULL)
		return attach_fail(report, -ENOMEM, "loading the XDP program: out of memory");
	bpf_program__set_log_buf(program, log, VERIFIER_LOG_SIZE);
	error = bpf_object__load(object);
	if (error == -EPERM && log[0] == '\0')
		attach_fail(report, error,
			"loading the XDP program: not permitted; it takes root, or CAP_BPF, "
			"CAP_PERFMON "
			"and CAP_NET_ADMIN");
	else if (error)
		attach_fail(report, error,
			"the kernel refuses the XDP program: %s (%s); `uname -r` must say "
			"" ATTACH_KERNEL_OLDEST " or later with CONFIG_BPF_JIT",
			log[0] ? last_word(log) : "no word from the verifier", strerror(-error));
	bpf_program__set_log_buf(program, NULL, 0);
	free(log);
	return error;
}

/* Where catch_message() puts what the kernel says. libbpf's print callback takes no argument. */
static char *caught;
static size_t caught_size;

static int catch_message(enum libbpf_print_level level, const char *format, va_list arguments)
{
	static const char mark[] = "Kernel error message: ";
	char line[512];
	char *words;

	(void)level;
	vsnprintf(line, sizeof(line), format, arguments);
	words = strstr(line, mark);
	if (words != NULL && caught != NULL) {
		words += strlen(mark);
		words[strcspn(words, "\n")] = '\0';
		snprintf(caught, caught_size, "%s", words);
	}
	return 0;
}

void attach_native_reason(
	const struct attach_target *target, int program_fd, int error, struct attach_report *report)
{
	char words[256] = "";
	libbpf_print_fn_t previous;

	/* A link reports an errno alone. Once more over netlink, which carries a text; where that
	 * succeeds against expectation it is undone. */
	caught = words;
	caught_size = sizeof(words);
	previous = libbpf_set_print(catch_message);
	if (bpf_xdp_attach(target->ifindex, program_fd,
		    XDP_FLAGS_DRV_MODE | XDP_FLAGS_UPDATE_IF_NOEXIST, NULL) == 0)
		bpf_xdp_detach(target->ifindex, XDP_FLAGS_DRV_MODE, NULL);
	libbpf_set_print(previous);
	caught = NULL;
	if (words[0] == '\0')
		snprintf(words, sizeof(words), "%s",
			error == -EOPNOTSUPP ? "it has no native XDP" : strerror(-error));
	snprintf(report->why_not_native, sizeof(report->why_not_native), "driver %s: %s",
		target->driver, words);
}
