// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The local reference, chrony's `local`: when this host's own clock is served because no source
 * is, as what, and with `orphan` which one of several such servers is the reference of the
 * others. Part of control/clock.h, which owns the state and calls it. Pure, no state.
 *
 * Orphans: servers of one site have one another as sources and the same local stratum. A source
 * at that stratum or above is an orphan and does not vote. While there is no other source, the
 * one orphan at that very stratum with the smallest reference id is followed, if that is smaller
 * than the id by which it sees this server; else this server is the reference. All come to the
 * same result as long as they hear one another. (chrony.conf(5), `local`; RFC 5905 has none.)
 */
#ifndef CONTROL_LOCAL_REFERENCE_H
#define CONTROL_LOCAL_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct clock_reading;
struct clock_input;

struct local_options {
	int stratum; /* 1..15; 0: no local reference */
	bool orphan;
	double distance_s;     /* takes over from sources beyond this root distance ... */
	double waitsynced_s;   /* ... once the last update is older than this */
	double waitunsynced_s; /* takes over where there is no time once so long without */
	double activate_s;     /* not before root distance was once below this; 0: at once */
};

/* Makes a reading the reference: stratum, reference id, no delay. Bounds are the caller's. */
void local_declare(const struct local_options *options, struct clock_reading *reading);

/* Is it an orphan? Then it has no vote. */
bool local_is_orphan(const struct local_options *options, const struct clock_input *input);

/* Which of the inputs marked in `usable` is to be followed alone; -1: none of them. */
int local_elect(const struct local_options *options, const struct clock_input *inputs, size_t count,
	const bool *usable);

#endif
