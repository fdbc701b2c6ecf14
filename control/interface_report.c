/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gathers what is known of an interface; see interface_report.h. */
#include "control/interface_report.h"

#include <string.h>

#include "control/attach.h"

void interface_report_take(
	const struct interface *interface, const char *pindir, struct interface_report *ret_report)
{
	struct attach_inspection found;

	memset(ret_report, 0, sizeof(*ret_report));
	memcpy(ret_report->name, interface->name, CONFIG_NAME_SIZE);
	ret_report->mode = interface->mode;
	ret_report->reply_path = interface->reply_path;
	attach_inspect(interface, &found);
	ret_report->attached = found.attached;
	ret_report->counted = !link_statistics_read(interface->ifindex, &ret_report->link);
	ret_report->xdp_counted =
		!link_statistics_xdp_lost(ret_report->name, &ret_report->xdp_lost);
	/* Of another program than the one that stands there the figures are old. */
	ret_report->measured =
		pindir && found.attached && attach_runtime_measured() &&
		!attach_runtime_read(pindir, interface->ifindex, &ret_report->runtime) &&
		ret_report->runtime.program_id == found.program_id;
}
