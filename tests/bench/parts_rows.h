// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is measured: one row a figure, each a build of the program in a situation. For parts.c.
 */
#ifndef BENCH_PARTS_ROWS_H
#define BENCH_PARTS_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum parts_group {
	PARTS_ASKED,   /* what is asked of the program */
	PARTS_WITHOUT, /* all of it, less one part */
	PARTS_CLIENTS, /* growth with clients ... */
	PARTS_RULES    /* ... and with rules */
};

struct parts_row {
	enum parts_group group;
	const char *name;
	const char *build; /* parts-BUILD.bpf.o; NULL: the bare reflector */
	uint32_t features; /* FEATURE_* */
	int family;
	bool tagged;
	uint32_t clients;
	uint32_t rules;
};

/* The first row of all is the bare reflector; PARTS_WITHOUT begins with the whole. */
extern const struct parts_row parts_rows[];
extern const size_t parts_row_count;

/* The rows in which builds are compared with one another. */
extern const struct parts_row parts_compare_rows[];
extern const size_t parts_compare_count;

#endif
