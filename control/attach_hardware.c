// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The program with the card's receive stamps in the place of the ordinary one, which is attached
 * first: whatever goes wrong here leaves that one answering. The program is loaded bound to its
 * interface, and the kernel takes a bound program for native mode alone.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "control/attach_private.h"

/* After the structs that it names. */
#include <hardware.skel.h>

/* <linux/bpf.h> of Linux 6.3 has it. */
#ifndef BPF_F_XDP_DEV_BOUND_ONLY
#define BPF_F_XDP_DEV_BOUND_ONLY (1U << 6)
#endif

static struct interface *find_entry(struct state *state, uint32_t ifindex)
{
	for (int slot = 0; slot < CONFIG_INTERFACES; slot++)
		if (state->interfaces->entry[slot].ifindex == ifindex)
			return &state->interfaces->entry[slot];
	return NULL;
}

/* What can be known before loading anything. */
static int refuse(const struct interface *entry, struct attach_report *report)
{
	int offered;

	if (entry->shared)
		return attach_fail(report, -EOPNOTSUPP,
			"a program that is shared through libxdp's dispatcher gets none");
	if (entry->mode != INTERFACE_NATIVE)
		return attach_fail(
			report, -EOPNOTSUPP, "the kernel hands them over in native mode alone");
	offered = attach_offers_stamps(entry->ifindex);
	if (offered == 0)
		return attach_fail(report, -EOPNOTSUPP, "the driver does not tell them to XDP");
	if (offered < 0 && offered != -ENOTSUP)
		return attach_fail(report, offered,
			"asking the kernel for what the driver offers: %s", strerror(-offered));
	return 0;
}

static int update_link(
	const char *pindir, uint32_t ifindex, int program_fd, struct attach_report *report)
{
	char path[STATE_PATH_MAX + 32];
	int error, fd;

	state_link_path(pindir, ifindex, path, sizeof(path));
	fd = attach_link_open(path, ifindex);
	if (fd < 0)
		return attach_fail(report, fd, "opening %s: %s", path, strerror(-fd));
	error = bpf_link_update(fd, program_fd, NULL);
	close(fd);
	if (error)
		return attach_fail(report, error, "replacing the program: %s", strerror(-error));
	return 0;
}

/* Under the lock of the folder. */
static int replace(struct state *state, const char *pindir, struct interface *entry,
	struct attach_report *report)
{
	struct hardware_bpf *opened = hardware_bpf__open();
	int error;

	if (opened == NULL)
		return attach_fail(
			report, -errno, "opening the built-in XDP program: %s", strerror(errno));
	opened->rodata->interface_slot = (uint32_t)(entry - state->interfaces->entry);
	opened->rodata->counters_first = opened->rodata->interface_slot << state_cpus_log2();
	opened->rodata->features = entry->features;
	bpf_program__set_ifindex(opened->progs.ntpxdp, entry->ifindex);
	error = bpf_program__set_flags(opened->progs.ntpxdp, BPF_F_XDP_DEV_BOUND_ONLY);
	if (!error)
		error = attach_program_share(opened->obj, state, report);
	if (!error)
		error = attach_program_load(opened->obj, report);
	if (!error)
		error = update_link(
			pindir, entry->ifindex, bpf_program__fd(opened->progs.ntpxdp), report);
	if (!error)
		entry->features |= FEATURE_HARDWARE;
	hardware_bpf__destroy(opened);
	return error;
}

int attach_hardware(
	struct state *state, const char *pindir, uint32_t ifindex, struct attach_report *ret_report)
{
	libbpf_print_fn_t previous = libbpf_set_print(NULL);
	int error, lock = attach_lock(pindir);
	struct interface *entry = find_entry(state, ifindex);

	memset(ret_report, 0, sizeof(*ret_report));
	if (entry == NULL)
		error = attach_fail(ret_report, -ENOENT, "no program is attached");
	else
		error = refuse(entry, ret_report);
	if (!error)
		error = replace(state, pindir, entry, ret_report);
	if (lock >= 0)
		close(lock);
	libbpf_set_print(previous);
	return error;
}

const char *attach_receive_stamps(const struct state *state, const struct interface *interface,
	uint64_t now_ns, const char **ret_why)
{
	const struct cardclock *clock = &state->cards->entry[interface - state->interfaces->entry];

	*ret_why = "";
	if (!(interface->features & FEATURE_HARDWARE))
		*ret_why = "the program does not ask the card";
	else if (!cardclock_related(clock, interface->ifindex, now_ns))
		*ret_why = "the card's clock is not known";
	else if (cardclock_used(clock))
		return "hardware";
	else if (compiler_load(clock->unstamped_ns) == 0)
		*ret_why = "no request has come yet";
	else
		*ret_why = "the card gives no stamp that can be true";
	return "clock";
}
