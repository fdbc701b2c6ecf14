// SPDX-License-Identifier: GPL-2.0-or-later
/* What attach.c (pins, slots, order), attach_link.c (what stands on an interface) and
 * attach_program.c (loading, the interface itself) share. */
#ifndef CONTROL_ATTACH_PRIVATE_H
#define CONTROL_ATTACH_PRIVATE_H

#include "control/attach.h"

struct bpf_object;
struct ntpxdp_bpf;

/* The interface as it was found. */
struct attach_target {
	char name[CONFIG_NAME_SIZE];
	uint32_t ifindex;
	uint8_t mac[FRAME_MAC_SIZE];
	char driver[32];
};

/* Formats into one of the report's texts and returns error, for `return attach_fail(...)`. */
int attach_fail(struct attach_report *report, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Looks the interface up and refuses what XDP cannot serve. */
int attach_find(const char *name, struct attach_target *ret_target, struct attach_report *report);

/* What has to be so for the reply path, and what is worth a warning. */
int attach_check_reply_path(const struct attach_target *target,
	enum interface_reply_path reply_path, struct attach_report *report);
void attach_check_offloads(const struct attach_target *target, struct attach_report *report);

/* Opens the skeleton on the maps of the state with the constants of one interface; does not load.
 * NULL: the report says why. */
struct ntpxdp_bpf *attach_program_open(
	const struct state *state, uint32_t slot, uint32_t features, struct attach_report *report);

/* Puts the maps of the state in the place of an opened program's own. */
int attach_program_share(
	const struct bpf_object *object, const struct state *state, struct attach_report *report);

/* Loads an opened program; the report gets the verifier's last word. */
int attach_program_load(struct bpf_object *object, struct attach_report *report);

/* One attach or detach at a time for one folder. The descriptor to close, or a negative errno. */
int attach_lock(const char *pindir);

/* Attaches what attach_program_open() opened beside other programs; libxdp loads it. */
int attach_shared(const struct attach_target *target, const struct attach_options *options,
	struct ntpxdp_bpf *opened, struct attach_report *report);
int attach_shared_detach(uint32_t ifindex, struct attach_report *report);

/* Tries to attach in native mode the old way, which alone brings the driver's own words. */
void attach_native_reason(const struct attach_target *target, int program_fd, int error,
	struct attach_report *report);

/* Does the driver tell XDP when the card received a frame? 1: it does, 0: it does not, -ENOTSUP:
 * this kernel does not say (before Linux 6.8), other negative errno. */
int attach_offers_stamps(uint32_t ifindex);

/* -EBUSY and a report where a program that is not ours stands on the interface. */
int attach_refuse_foreign(const struct attach_target *target, struct attach_report *report);

/* A pinned link of ours on this interface: its descriptor, or -ENOENT. A link whose interface is
 * gone is unpinned on the way. */
int attach_link_open(const char *path, uint32_t ifindex);

/* The same under another layout's folder, which goes to ret_directory. */
int attach_link_open_old(const char *pindir, uint32_t ifindex, char *ret_directory, size_t size);

/* Unpins that link, and with the last one of its layout the whole folder. */
void attach_link_remove_old(const char *directory, uint32_t ifindex);

/* A new link, not pinned yet: its descriptor. The report gets mode and reasons. */
int attach_link_make(const struct attach_target *target, const struct attach_options *options,
	int program_fd, struct attach_report *report);

#endif
