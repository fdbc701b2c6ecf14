/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * own_time: the best time that this host has, to judge others by: the daemon's page while that is
 * good, else CLOCK_REALTIME with what the kernel thinks of it. Asks nobody but the daemon; sets no
 * clock and prints nothing. For `ntpxdp poolcheck`.
 */
#ifndef CONTROL_CLI_OWN_TIME_H
#define CONTROL_CLI_OWN_TIME_H

#include "control/clocks.h"

#include <stdbool.h>

struct ntpxdp_reader;

struct own_time {
	struct ntpxdp_reader *reader; /* NULL: no daemon, or one without a page */
	bool page;                    /* the time is the page's; else CLOCK_REALTIME */
	bool synchronised;
	double error_s; /* bound of the error; NAN: none is known */
};

/* socket_path NULL: ask no daemon. Never fails: CLOCK_REALTIME is always there. */
void own_time_open(struct own_time *own, const char *socket_path);
void own_time_close(struct own_time *own);

/*
 * Unix ns minus CLOCK_MONOTONIC_RAW ns at the moment of the pair. A page that is not good at that
 * moment is left for CLOCK_REALTIME; what was used then stands in *own.
 */
int64_t own_time_minus_raw_ns(struct own_time *own, const struct clocks_pair *pair);

#endif
