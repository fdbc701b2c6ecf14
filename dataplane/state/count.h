// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Adding up what engines have counted, and whose blocks of counters are whose. Part of state.h.
 */
#ifndef STATE_COUNT_H
#define STATE_COUNT_H

#include <stddef.h>

#include "dataplane/core/counters.h"

struct state;

/* One sum over blocks of counters, such as those of all workers of an engine. ret_sum may be one of
 * them. */
void state_count(const struct counters_block *blocks, size_t count, struct counters_block *ret_sum);

/* Each interface has 2^state_cpus_log2() blocks, one for each CPU that this host can have; so many
 * interfaces can be counted. */
unsigned int state_cpus_log2(void);
unsigned int state_slots(void);

/* What XDP counted on the interface in a slot of the table; and on all there are or were. */
void state_count_interface(
	const struct state *state, unsigned int slot, struct counters_block *ret_sum);
void state_count_xdp(const struct state *state, struct counters_block *ret_sum);

/* The slot is another interface's from now on: what was counted in it stays in the total. For a
 * slot without a program. */
void state_count_anew(struct state *state, unsigned int slot);

/* How long the counters have been counting, s: since their pin was made, by the system clock. NAN
 * where that cannot be told, and in private memory. */
double state_counted_s(const struct state *state);

#endif
