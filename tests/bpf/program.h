// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A loaded XDP program and its memory, for the runners of vectors: the real one
 * (bpf/ntpxdp.bpf.c with its skeleton) or the one with the test's clock and dice
 * (hooked.bpf.c). Each has maps of its own; nothing is pinned.
 */
#ifndef TESTS_BPF_PROGRAM_H
#define TESTS_BPF_PROGRAM_H

#include "dataplane/core/cardclock.h"
#include "dataplane/core/config.h"
#include "dataplane/core/counters.h"
#include "dataplane/core/localaddr.h"
#include "dataplane/core/timepage.h"
#include "tests/bpf/hook.h"
#include "tests/vectors/vector.h"

struct ntpxdp_bpf;
struct hooked_bpf;
struct hooked_card_bpf;

/* Which program: the one users attach, or one with the test's clock and dice, the last with a
 * made-up card too. */
enum program_kind {
	PROGRAM_REAL,
	PROGRAM_HOOKED,
	PROGRAM_CARD
};

struct program {
	struct ntpxdp_bpf *real; /* one of these three */
	struct hooked_bpf *hooked;
	struct hooked_card_bpf *card;
	int fd;
	struct timepage *page;
	struct settings *settings;
	struct localaddr_table *addresses;
	struct interface_table *interfaces;
	struct access_table *access;
	struct client_set *clients; /* 2^VECTOR_SETS_LOG2 */
	struct counters *counters;
	struct bpf_map *kept;            /* what each CPU keeps from one frame to the next */
	struct cardclock_table *cards;   /* with a card, else NULL */
	volatile struct test_hook *hook; /* NULL in the real one */
};

/* Loads it with these features as constants and fills in addresses and interface. NULL and errno;
 * what libbpf says goes to stderr. */
struct program *program_load(enum program_kind kind, uint32_t features);
void program_free(struct program *program);

/* Puts the state that a vector meets in place; its moments are moved by shift_ns. */
void program_meet(struct program *program, const struct vector *vector, uint64_t shift_ns);
/*
 * With a card, after program_meet(): the frame came `waited_ns` before the clock is read, and the
 * card says so; the page's cost of answering is less by that, and the reply must be the same to the
 * octet.
 */
void program_meet_card(struct program *program, const struct vector *vector, uint64_t waited_ns);
/* The stamps that must not count: PROGRAM_LIES of them, the clock read stands for each. */
#define PROGRAM_LIES 6
void program_meet_lie(struct program *program, const struct vector *vector, unsigned lie);
/* Was the stamp used in the run since? */
bool program_used_card(const struct program *program);
/* The page of a vector with its moments moved. */
struct timepage program_page(const struct vector *vector, uint64_t shift_ns);

/* Counters of all CPUs in one block. */
struct counters_block program_counters(const struct program *program);

#endif
