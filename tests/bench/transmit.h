// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The histogram that transmit.bpf.c keeps and transmit.c reads: how far the transmit timestamp of
 * each reply was from the time at which the program was done with it.
 */
#ifndef BENCH_TRANSMIT_H
#define BENCH_TRANSMIT_H

#define TRANSMIT_STEP_NS 5
#define TRANSMIT_BUCKETS 1024 /* the last one: all beyond 5 us */

/* Entries of the map: first the replies that left after their timestamp, then those before. */
#define TRANSMIT_LATE  0
#define TRANSMIT_EARLY TRANSMIT_BUCKETS

#endif
