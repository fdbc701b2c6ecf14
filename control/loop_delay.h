/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How late the daemon's loop is: the difference between when a turn of the clockwork was due and
 * when it began. Late turns are what long work in the loop, or a busy machine, costs the clock.
 * Pure; the daemon notes each turn.
 */
#ifndef CONTROL_LOOP_DELAY_H
#define CONTROL_LOOP_DELAY_H

#include <stdint.h>

#define LOOP_DELAY_BUCKETS 8
extern const double loop_delay_bounds_s[LOOP_DELAY_BUCKETS];

/* Zeros at first. */
struct loop_delay {
	uint64_t due_ns; /* of the next turn; 0: none yet */
	uint64_t
		bucket[LOOP_DELAY_BUCKETS + 1]; /* turns, each in one; the last: above all bounds */
	double sum_s;
};

/* A turn begins; the loop makes one every period_ns, and after a late one as if that had been in
 * time, unless the next is due by then. */
void loop_delay_note(struct loop_delay *delay, uint64_t now_ns, uint64_t period_ns);

#endif
