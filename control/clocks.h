// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading the local clocks at one moment. The filter lives on CLOCK_MONOTONIC_RAW,
 * the page on CLOCK_MONOTONIC, people on CLOCK_REALTIME; this is where the three
 * are related, and the only module of the clock that reads them. No state, no log.
 */
#ifndef CONTROL_CLOCKS_H
#define CONTROL_CLOCKS_H

#include <stdint.h>

struct clocks_pair {
	uint64_t raw_ns;
	uint64_t mono_ns;
	int64_t real_ns;    /* Unix time, with whatever error the kernel's clock has */
	uint32_t window_ns; /* the three were read within this time */
};

/* The best (closest together) of several readings. 0 or a negative errno. */
int clocks_read_pair(struct clocks_pair *ret_pair);

/* CLOCK_MONOTONIC_RAW and CLOCK_MONOTONIC, now. These cannot fail on Linux. */
uint64_t clocks_raw_ns(void);
uint64_t clocks_mono_ns(void);

/*
 * How long this host has been suspended since it was started, when CLOCK_MONOTONIC and RAW stood
 * still and UTC went on: CLOCK_BOOTTIME less CLOCK_MONOTONIC. 0 where there is no such clock (a
 * simulator's). Right to a millisecond, or as it was read last.
 */
int64_t clocks_asleep_ns(int64_t last_ns);

/*
 * The cost of a reading of CLOCK_MONOTONIC as log2 s, rounded up: the precision of
 * the served time (RFC 5905 sec. 7.3; protocol.md sec. 2: not below -30). Measures for about
 * 0.1 ms.
 */
int8_t clocks_precision(void);

#endif
