// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `clock system`: the kernel's CLOCK_REALTIME is made to follow the clock. By frequency:
 * the error is slewed away through the rate that clock_adjtime() sets (clock_adjtime(2));
 * stepped only as `makestep` allows. STA_UNSYNC, maxerror and esterror say what is
 * true. A second program that steers the same clock is found out, and steering stops.
 * The served time does not come from here: it follows control/clock.h all the same.
 * Called by the daemon once a second; the caller logs. Needs CAP_SYS_TIME.
 */
#ifndef CONTROL_KERNEL_CLOCK_H
#define CONTROL_KERNEL_CLOCK_H

#include "control/clock.h"
#include "control/clocks.h"
#include "control/leap.h"

#include <sys/timex.h>
#include <time.h>

struct kernel_clock_options {
	double maxslewrate; /* s/s, at most 500e-6 of it through the frequency */
	double makestep_s;  /* errors beyond this are stepped ... */
	int makestep_limit; /* ... in the first so many updates; 0 never, < 0 always */
	double panic_s;     /* an error beyond this is not corrected; 0: no limit ... */
	int panic_start;    /* ... save by a step in the first so many updates ... */
	int panic_ignored;  /* ... and so many in a row are waited out; < 0: for ever */
	/* clock_adjtime() in service; a made-up kernel in tests. */
	int (*adjust)(clockid_t clock, struct timex *timex);
};

struct kernel_clock;

enum kernel_clock_action {
	KERNEL_CLOCK_IDLE, /* not synchronised: the kernel was told so */
	KERNEL_CLOCK_SLEWED,
	KERNEL_CLOCK_STEPPED, /* worth a line in the log */
	KERNEL_CLOCK_WAITING, /* a step is needed and not allowed: slewed at the full rate */
	KERNEL_CLOCK_IGNORED /* beyond panic_s, and waited out: the rate is kept, without slewing */
};

/*
 * NULL with errno: EBUSY, a program steers the clock already (its kernel loop is on);
 * EPERM, no CAP_SYS_TIME; ENOMEM. options->adjust NULL is clock_adjtime().
 */
struct kernel_clock *kernel_clock_new(const struct kernel_clock_options *options);

/* Leaves the frequency as it is, without the part for slewing, and STA_UNSYNC set; after -EBUSY
 * all is left to the other program. */
void kernel_clock_free(struct kernel_clock *kernel_clock);

/*
 * One turn, with a reading at pair->raw_ns. 0 and *ret_action; -EBUSY when another
 * program has set the clock's rate or mode since the last turn: nothing is changed
 * any more, from now on; -ERANGE beyond panic_s: likewise; other negative errno.
 */
int kernel_clock_update(struct kernel_clock *kernel_clock, const struct clock_reading *reading,
	const struct clocks_pair *pair, enum kernel_clock_action *ret_action);

/* Arms or disarms the kernel's own leap second: its sign, or 0. */
void kernel_clock_leap(struct kernel_clock *kernel_clock, const struct leap *leap);

/* UTC - CLOCK_REALTIME at the last turn, before it did anything (ns). */
int64_t kernel_clock_error_ns(const struct kernel_clock *kernel_clock);

/*
 * Notice of steps of CLOCK_REALTIME by anybody: a timerfd that becomes readable at each
 * (TFD_TIMER_CANCEL_ON_SET, timerfd_create(2)). The caller watches and closes it. A
 * descriptor, or a negative errno.
 */
int kernel_clock_watch_open(void);

/* To be called when it is readable; arms it again. 1 a step; 0 none; negative errno. */
int kernel_clock_watch_read(int fd);

#endif
