// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The clock of a network card (PTP hardware clock) related to the counter of the time page, one
 * relation for each interface with a program, by its slot. It has a map of its own beside the
 * page: programs and readers that know no card never touch it. One writer (ntpxdpd, several
 * times a second); the reader is the XDP program that was loaded for hardware stamps. The latch
 * is the page's (timepage_layout.h): two copies and a generation. A relation that nobody renews
 * ends within CARDCLOCK_REACH_NS, and the clock is read as everywhere else.
 *
 * "Counter" is CLOCK_MONOTONIC; "card" the card's own ns, whatever epoch they have.
 */
#ifndef CORE_CARDCLOCK_LAYOUT_H
#define CORE_CARDCLOCK_LAYOUT_H

#include "dataplane/core/config.h"

/* A relation is good for so long after its base. Below 2^32: reading multiplies in 64 bits. */
#define CARDCLOCK_REACH_NS 4000000000ULL
/* A frame does not lie in the card for longer than this. */
#define CARDCLOCK_AGE_NS   1000000000ULL
/* A stamp so far ahead of the clock read is the noise of relating two clocks. */
#define CARDCLOCK_AHEAD_NS 5000ULL
/* The writer turns 8 times a second: three torn reads in a row are no time for a fourth. */
#define CARDCLOCK_TRIES    3
/* What the program notes about its stamps it notes so rarely: the memory is shared. */
#define CARDCLOCK_NOTE_NS  1000000000ULL

struct cardclock_relation {
	uint64_t generation; /* that of the entry while this copy is current */
	uint64_t card_ns;    /* base, on the card */
	uint64_t counter_ns; /* and the counter at that moment; 0: no relation */
	int32_t rate_q32;    /* counter ns per card ns, less 1, in 2^-32 */
	uint32_t ifindex;    /* whose card it is */
};

struct cardclock {
	uint64_t generation;   /* 0: never written */
	uint64_t stamped_ns;   /* by the program: counter when a stamp was last used */
	uint64_t unstamped_ns; /* and when one was wanted and there was none to believe */
	uint64_t reserved[5];
	struct cardclock_relation copy[2];
} CORE_CACHE_ALIGNED;

struct cardclock_table {
	struct cardclock entry[CONFIG_INTERFACES];
};

_Static_assert(sizeof(struct cardclock_relation) == 32, "card clock layout 1");
_Static_assert(sizeof(struct cardclock) == 128, "card clock layout 1: two cache lines");

#endif
