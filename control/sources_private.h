// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What sources.c and sources_report.c share of the set of sources. For nobody else.
 */
#ifndef CONTROL_SOURCES_PRIVATE_H
#define CONTROL_SOURCES_PRIVATE_H

#include "control/sources.h"
#include "control/upstream.h"

struct sources {
	struct sources_options options;
	struct source_environment source_environment;
	struct upstream_environment upstream_environment;
	struct resolver *resolver;
	struct upstream **list; /* in the order of the settings */
	size_t count;
	uintptr_t selected; /* id of the clock's choice, 0: none yet */
	bool orphan;        /* `local orphan`: the clock wants to know our own reference ids */
	int stamping;       /* keeps the kernel's receive stamps on; negative: not */
};

/* One source and whose it is. */
struct sources_place {
	struct upstream *upstream;
	struct upstream_member *member;
};

/* The next of all sources, in the order of the settings; begins with both indices 0. */
bool sources_next(const struct sources *sources, size_t *i, size_t *j, struct sources_place *ret);

#endif
