/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who stamps packets, in the answer to "status": a part of report.c with a file of its own, and
 * called by it alone.
 */
#ifndef CONTROL_REPORT_HARDWARE_H
#define CONTROL_REPORT_HARDWARE_H

#include "control/snapshot.h"

struct json_object;

/* What XDP takes as receive time on an interface, added to its object. */
void report_receive_stamps(struct json_object *object, const struct snapshot *snapshot,
	const struct interface *interface);

/* Whose stamps the daemon's own exchanges have, and the cards of `hwtimestamp`. */
struct json_object *report_stamps(const struct snapshot *snapshot);

#endif
