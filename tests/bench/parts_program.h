// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An XDP program under measurement, loaded from its object file with state of its own: good time,
 * one interface, own addresses, rules and a client table as asked for. Nothing is pinned or
 * attached. For parts.c.
 */
#ifndef BENCH_PARTS_PROGRAM_H
#define BENCH_PARTS_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "control/cli/generator_frame.h"

struct parts_program_options {
	const char *object; /* path of the object file */
	uint32_t features;  /* FEATURE_* */
	uint32_t rules;     /* FEATURE_ACCESS: how many of each family */
	uint32_t sets_log2; /* FEATURE_CLIENTS: sets of the table */
	const struct generator_link *link;
	struct in_addr server4;
	struct in6_addr server6;
	uint32_t answer_cost_ns; /* of the page */
};

struct parts_program;

/* NULL and errno. libbpf says on standard error what it did not like. */
struct parts_program *parts_program_new(const struct parts_program_options *options);
void parts_program_free(struct parts_program *program);

int parts_program_fd(const struct parts_program *program);
/* One of its maps by name, a file descriptor. Negative: there is none. */
int parts_program_map(const struct parts_program *program, const char *name);

#endif
