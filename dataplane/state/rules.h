// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The writer's side of the rules by address: makes the table of dataplane/core/access.h out of
 * prefixes. For the daemon, and for `ntpxdp attach` where no daemon runs. Whoever calls it has
 * checked the rules; of two for the same prefix the later one holds.
 */
#ifndef STATE_RULES_H
#define STATE_RULES_H

#include "dataplane/state/state.h"

/* One prefix. */
struct rule {
	enum frame_family family;
	uint8_t address[16]; /* network order, 4 octets for FRAME_IPV4; bits beyond are ignored */
	uint8_t bits;        /* of the prefix, up to 32 or 128 */
	uint32_t flags;      /* ACCESS_* of its clients ... */
	uint32_t ntpport_flags; /* ... and of those that ask from port 123 */
};

/* The number that a leaf carries: 1 and up in the order of the list, 0 for none. */
#define RULES_NUMBER(leaf) ((leaf) >> ACCESS_RULE_SHIFT)

/*
 * Fills in the set. Clients that no rule holds for get `otherwise`. 0; -E2BIG: more than
 * ACCESS_RULES_MAX; -ENOMEM. The set is changed only with 0.
 */
int rules_build(struct access_set *set, const struct rule *rules, size_t count, uint32_t otherwise);

/*
 * Waits until no program reads the set that was current before the last rules_publish(): some 10
 * ms, and some 100 ms on a busy machine. Before each rules_publish() of a state that may have
 * readers, and while nobody is held up.
 */
void rules_wait(void);

/*
 * Makes the rules those of the state, live: fills in the set that no program reads any more and
 * turns the number. Results as rules_build().
 */
int rules_publish(struct state *state, const struct rule *rules, size_t count, uint32_t otherwise);

#endif
