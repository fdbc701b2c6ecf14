/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows about interfaces that the program is for; see metrics_private.h. */
#include "control/metrics_private.h"

#include "control/attach.h"

#include <math.h>

static void each_interface(
	const struct metrics_out *out, double (*value)(const struct interface_report *i))
{
	for (size_t i = 0; i < out->input->snapshot->interface_count; i++) {
		const struct interface_report *interface = &out->input->interfaces[i];
		char label[METRICS_LABEL_MAX];

		metrics_sample(out, value(interface), "interface=\"%s\"",
			metrics_escape(interface->name, label));
	}
}

#define WRITE(id, name, type, help, expression)                                                    \
	static double id##_of(const struct interface_report *i)                                    \
	{                                                                                          \
		return expression;                                                                 \
	}                                                                                          \
	void metrics_write_interface_##id(const struct metrics_out *out)                           \
	{                                                                                          \
		each_interface(out, id##_of);                                                      \
	}
METRICS_INTERFACE_ROWS(WRITE)
#undef WRITE

void metrics_write_attached(const struct metrics_out *out)
{
	for (size_t i = 0; i < out->input->snapshot->interface_count; i++) {
		const struct interface_report *interface = &out->input->interfaces[i];
		char label[METRICS_LABEL_MAX];

		metrics_sample(out, interface->attached,
			"interface=\"%s\",mode=\"%s\",reply_path=\"%s\"",
			metrics_escape(interface->name, label), attach_mode_name(interface->mode),
			attach_reply_path_name(interface->reply_path));
	}
}
