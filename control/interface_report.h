/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One interface of the table, as metrics tell of it: what stands on it, what its driver lost, how
 * long the program takes. Asks the kernel, some microseconds an interface. No state, no log.
 */
#ifndef CONTROL_INTERFACE_REPORT_H
#define CONTROL_INTERFACE_REPORT_H

#include "control/attach_runtime.h"
#include "control/link_statistics.h"
#include "dataplane/core/config.h"

struct interface_report {
	char name[CONFIG_NAME_SIZE + 1];
	enum interface_mode mode;
	enum interface_reply_path reply_path;
	bool attached;
	bool counted; /* `link` is known */
	struct link_statistics link;
	bool xdp_counted; /* the driver counts replies that it could not send: */
	uint64_t xdp_lost;
	bool measured; /* the kernel measures the program: `runtime` */
	struct attach_runtime runtime;
};

/* pindir: NULL where there are no pins. */
void interface_report_take(
	const struct interface *interface, const char *pindir, struct interface_report *ret_report);

#endif
