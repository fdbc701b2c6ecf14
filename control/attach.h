// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Puts the XDP program on an interface and takes it off again. The program is
 * loaded on the maps of the shared state, attached by a bpf_link, and the link is pinned, so
 * that it goes on answering without the process that attached it.
 *
 * Used by `ntpxdp attach` and by the daemon's `interface` lines. Nothing here
 * logs: all that a person should read is in the report.
 */
#ifndef CONTROL_ATTACH_H
#define CONTROL_ATTACH_H

#include <stdbool.h>

#include "dataplane/state/state.h"

/* The kernel that the program needs: what its verifier takes, and bpf_link for XDP with update. */
#define ATTACH_KERNEL_OLDEST "5.15"

/* How the kernel calls our program, and what stands for the name of one that may not be asked for
 * its name (that takes CAP_SYS_ADMIN, which the daemon gives up). */
#define ATTACH_PROGRAM_NAME "ntpxdp"
#define ATTACH_NAME_UNKNOWN "unknown"

enum attach_mode {
	ATTACH_AUTO, /* native where the driver can, else generic */
	ATTACH_NATIVE,
	ATTACH_GENERIC
};

struct attach_options {
	const char *pindir;
	enum attach_mode mode;
	enum interface_reply_path reply_path;
	bool shared; /* through libxdp's dispatcher, beside other XDP programs */
};

#define ATTACH_TEXT_MAX 640

struct attach_report {
	enum interface_mode mode;
	enum interface_reply_path reply_path;
	bool fresh;                           /* false: it was attached; the program was replaced */
	char why_not_native[ATTACH_TEXT_MAX]; /* with ATTACH_AUTO that became generic, else empty */
	char warning[ATTACH_TEXT_MAX];        /* works, but: ... ; else empty */
	char error[ATTACH_TEXT_MAX]; /* on failure: what, on which object, why, what to do */
};

/*
 * Attaches, or replaces the program that is attached already, in one step
 * and with no frame lost. The program looks for what the settings in the state ask for
 * (features). What failed leaves nothing behind. 0 or a negative errno.
 * Needs CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN, and the right to write in the pin folder.
 */
int attach_interface(
	const char *name, const struct attach_options *options, struct attach_report *ret_report);

/*
 * Takes the program off. keep_state: leave the other pins, since a daemon uses
 * them; else they go with the last interface. 0 or a negative errno and ret_report->error;
 * -ENOENT: it was not attached.
 */
int attach_detach(
	const char *name, const char *pindir, bool keep_state, struct attach_report *ret_report);

/* Which client table a program loaded now would use: the id of its map, 0 for none. */
uint32_t attach_clients_map(const struct state *state);

/*
 * Replaces the program on an attached interface, in one step, by the one that asks the card when a
 * frame came (bpf/hardware.bpf.c). Where that cannot be (generic or shared, the driver has
 * no such stamps, the kernel is older than 6.3) the program that is there stays and goes on
 * answering. 0, or a negative errno and ret_report->error. The next attach_interface() puts the
 * ordinary program back.
 */
int attach_hardware(struct state *state, const char *pindir, uint32_t ifindex,
	struct attach_report *ret_report);

/* Is any interface attached? Then the pins outlive the daemon. */
bool attach_any(const struct state *state);

/* What stands on an interface of the table now. */
struct attach_inspection {
	bool attached;
	unsigned int program_id;
	char detail[ATTACH_TEXT_MAX]; /* why not, where it should be attached */
};
void attach_inspect(const struct interface *interface, struct attach_inspection *ret_inspection);

/* What the program takes as a request's receive time, "clock" or "hardware", as the last requests
 * tell, and why it is not the card's stamp: "" or words. Two pointers to constants. */
const char *attach_receive_stamps(const struct state *state, const struct interface *interface,
	uint64_t now_ns, const char **ret_why);

/* Name and id of the XDP program that stands on the interface, whosever it is; false: none does. */
bool attach_foreign_program(uint32_t ifindex, char *ret_name, size_t size, uint32_t *ret_id);

/* What the driver can do with XDP programs, as the kernel tells it: bits NETDEV_XDP_ACT_*. 0;
 * -ENOTSUP: this kernel does not say (before Linux 6.3); other negative errno. */
int attach_xdp_features(uint32_t ifindex, uint64_t *ret_features);

/* The mode in which a program stands on the interface. */
enum interface_mode attach_link_mode(uint32_t ifindex);

/* Words for people and for JSON. */
const char *attach_mode_name(enum interface_mode mode);
const char *attach_reply_path_name(enum interface_reply_path path);

/* An error of the state module as a sentence: what, on which pin, why, what to do next. */
void attach_explain_state(
	const struct state_failure *failure, int error, char *ret_text, size_t size);

#endif
