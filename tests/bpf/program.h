// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A loaded XDP program and its memory, for the runners of vectors: the real one
 * (bpf/ntpxdp.bpf.c with its skeleton) or the one with the test's clock and dice
 * (hooked.bpf.c). Each has maps of its own; nothing is pinned.
 */
#ifndef TESTS_BPF_PROGRAM_H
#define TESTS_BPF_PROGRAM_H

#include "dataplane/core/config.h"
#include "dataplane/core/counters.h"
#include "dataplane/core/localaddr.h"
#include "dataplane/core/timepage.h"
#include "tests/bpf/hook.h"
#include "tests/vectors/vector.h"

struct ntpxdp_bpf;
struct hooked_bpf;

struct program {
	struct ntpxdp_bpf *real; /* one of these two */
	struct hooked_bpf *hooked;
	int fd;
	struct timepage *page;
	struct settings *settings;
	struct localaddr_table *addresses;
	struct interface_table *interfaces;
	struct counters *counters;
	volatile struct test_hook *hook; /* NULL in the real one */
};

/* Loads it with these features as constants and fills in addresses and interface. NULL and errno;
 * what libbpf says goes to stderr. */
struct program *program_load(bool hooked, uint32_t features);
void program_free(struct program *program);

/* Puts the state that a vector meets in place; its moments are moved by shift_ns. */
void program_meet(struct program *program, const struct vector *vector, uint64_t shift_ns);
/* The page of a vector with its moments moved. */
struct timepage program_page(const struct vector *vector, uint64_t shift_ns);

/* Counters of all CPUs in one block. */
struct counters_block program_counters(const struct program *program);
/* Compares counters before and after one frame: NULL, or what is wrong with them. */
const char *program_counted(const struct counters_block *before, const struct counters_block *after,
	const struct vector *vector);

#endif
