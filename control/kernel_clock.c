// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Steering CLOCK_REALTIME: see kernel_clock.h. With its frequency and tick at their
 * nominal values the kernel lets REALTIME run at the rate of MONOTONIC_RAW, so the
 * clock's frequency is what ADJ_FREQUENCY wants, and slewing is added to it. The kernel's
 * own phase-locked loop is not used: it would filter what is filtered already.
 */
#include "control/kernel_clock.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S           1000000000LL
#define FREQUENCY_UNIT     (65536.0 * 1e6) /* ppm with 16 bits of fraction, clock_adjtime(2) */
#define FREQUENCY_LIMIT    500e-6
#define TIME_CONSTANT_S    4.0
#define TICK_US            10000 /* at USER_HZ 100 */
#define LOOP_MODES         (STA_PLL | STA_FLL | STA_PPSFREQ | STA_PPSTIME)
/* The kernel lets maxerror grow by 500 ppm; who runs its loop sets it back each time. Beyond
 * this nobody has for over an hour. */
#define LOOP_ALIVE_US      2000000
/* A frequency that was written comes back from the kernel within this. */
#define FREQUENCY_ROUNDING 2
#define LEAP_AROUND_S      3
#define FAR_AWAY_S         (100LL * 365 * 86400)

struct kernel_clock {
	struct kernel_clock_options options;
	long frequency; /* last known to be set, in the kernel's unit */
	long tick;
	double base_frequency; /* without the part for slewing */
	int64_t error_ns;
	unsigned updates;
	unsigned ignored; /* updates in a row beyond panic_s */
	int refused;      /* negative errno from now on */
	struct leap leap;
};

static int adjust(struct kernel_clock *kernel_clock, struct timex *timex)
{
	return kernel_clock->options.adjust(CLOCK_REALTIME, timex) < 0 ? -errno : 0;
}

struct kernel_clock *kernel_clock_new(const struct kernel_clock_options *options)
{
	struct kernel_clock *kernel_clock = calloc(1, sizeof(*kernel_clock));
	struct timex timex = {.modes = 0};
	int error;

	if (!kernel_clock)
		return NULL;
	kernel_clock->options = *options;
	if (!options->adjust)
		kernel_clock->options.adjust = clock_adjtime;
	error = adjust(kernel_clock, &timex);
	if (!error && (timex.status & LOOP_MODES) && !(timex.status & STA_UNSYNC) &&
		timex.maxerror < LOOP_ALIVE_US)
		error = -EBUSY;
	kernel_clock->frequency = timex.freq;
	kernel_clock->tick = timex.tick;
	kernel_clock->base_frequency = (double)timex.freq / FREQUENCY_UNIT;
	/* Changes nothing, but only who may set the clock may do it. */
	if (!error) {
		timex.modes = ADJ_FREQUENCY;
		error = adjust(kernel_clock, &timex);
	}
	if (error) {
		free(kernel_clock);
		errno = -error;
		return NULL;
	}
	return kernel_clock;
}

static int set_rate(struct kernel_clock *kernel_clock, struct timex *timex, double frequency)
{
	int error;

	frequency = fmin(fmax(frequency, -FREQUENCY_LIMIT), FREQUENCY_LIMIT);
	timex->modes |= ADJ_FREQUENCY | ADJ_TICK;
	timex->freq = lround(frequency * FREQUENCY_UNIT);
	timex->tick = TICK_US;
	error = adjust(kernel_clock, timex);
	if (error)
		return error;
	kernel_clock->frequency = timex->freq;
	kernel_clock->tick = timex->tick;
	return 0;
}

void kernel_clock_free(struct kernel_clock *kernel_clock)
{
	struct timex timex = {.modes = ADJ_STATUS, .status = STA_UNSYNC};

	if (!kernel_clock)
		return;
	/* With another program's settings it is that program's. */
	if (kernel_clock->refused != -EBUSY && kernel_clock->updates)
		set_rate(kernel_clock, &timex, kernel_clock->base_frequency);
	free(kernel_clock);
}

/* Does the kernel still have what was set here last? */
static int check_foreign(struct kernel_clock *kernel_clock)
{
	struct timex timex = {.modes = 0};
	int error = adjust(kernel_clock, &timex);

	if (error)
		return error;
	if (labs(timex.freq - kernel_clock->frequency) > FREQUENCY_ROUNDING ||
		timex.tick != kernel_clock->tick ||
		(kernel_clock->updates && (timex.status & LOOP_MODES)))
		return -EBUSY;
	return 0;
}

static int step(struct kernel_clock *kernel_clock)
{
	int64_t seconds = kernel_clock->error_ns / NS_PER_S;
	int64_t rest = kernel_clock->error_ns % NS_PER_S;
	struct timex timex = {.modes = ADJ_SETOFFSET | ADJ_NANO};

	/* The fraction must not be negative (clock_adjtime(2)). */
	if (rest < 0) {
		seconds--;
		rest += NS_PER_S;
	}
	timex.time.tv_sec = seconds;
	timex.time.tv_usec = rest; /* ns, with ADJ_NANO */
	return adjust(kernel_clock, &timex);
}

/* The kernel and the clock apply a leap second each at its own moment: do not slew between. */
static bool amid_leap(const struct kernel_clock *kernel_clock, int64_t utc_ns)
{
	const struct leap *leap = &kernel_clock->leap;
	int64_t utc_s = utc_ns / NS_PER_S;

	return (leap->at_utc_s && llabs(leap->at_utc_s - utc_s) <= LEAP_AROUND_S) ||
	       (leap->done_utc_s && llabs(leap->done_utc_s - utc_s) <= LEAP_AROUND_S);
}

static bool may_step(const struct kernel_clock *kernel_clock)
{
	const struct kernel_clock_options *options = &kernel_clock->options;

	return options->makestep_s > 0.0 &&
	       fabs((double)kernel_clock->error_ns) > options->makestep_s * 1e9 &&
	       (options->makestep_limit < 0 ||
		       kernel_clock->updates < (unsigned)options->makestep_limit);
}

static long microseconds(double ns)
{
	return (long)fmin(ceil(ns / 1e3), 16e6); /* NTP_PHASE_LIMIT: the kernel's own bound */
}

/* What the kernel tells others of its clock, and the rate for the coming second, with left_ns of
 * the error to go. */
static int steer(struct kernel_clock *kernel_clock, const struct clock_reading *reading,
	bool synchronised, int64_t left_ns)
{
	double left = (double)left_ns, limit = kernel_clock->options.maxslewrate, slew = 0.0;
	struct timex timex = {.modes = ADJ_STATUS | ADJ_MAXERROR | ADJ_ESTERROR};

	timex.status = synchronised ? 0 : STA_UNSYNC;
	timex.maxerror = microseconds((double)reading->root_distance_ns + fabs(left));
	timex.esterror = microseconds(reading->offset_sd_ns + fabs(left));
	if (!synchronised)
		timex.maxerror = timex.esterror = microseconds(INFINITY);
	if (kernel_clock->leap.at_utc_s)
		timex.status |= kernel_clock->leap.sign > 0 ? STA_INS : STA_DEL;
	if (synchronised) {
		kernel_clock->base_frequency = reading->frequency;
		slew = fmin(fmax(left * 1e-9 / TIME_CONSTANT_S, -limit), limit);
	}
	if (amid_leap(kernel_clock, (int64_t)reading->raw_ns + reading->offset_ns))
		slew = 0.0;
	return set_rate(kernel_clock, &timex, kernel_clock->base_frequency + slew);
}

/* Corrects the error: by a step where that is allowed, and by the rate. */
static int correct(struct kernel_clock *kernel_clock, const struct clock_reading *reading,
	enum kernel_clock_action *ret_action)
{
	bool far = kernel_clock->options.makestep_s > 0.0 &&
		   fabs((double)kernel_clock->error_ns) > kernel_clock->options.makestep_s * 1e9;
	bool leaping = amid_leap(kernel_clock, (int64_t)reading->raw_ns + reading->offset_ns);
	int64_t left_ns = kernel_clock->error_ns;
	int error;

	*ret_action = far ? KERNEL_CLOCK_WAITING : KERNEL_CLOCK_SLEWED;
	if (may_step(kernel_clock) && !leaping) {
		error = step(kernel_clock);
		if (error)
			return error;
		*ret_action = KERNEL_CLOCK_STEPPED;
		left_ns = 0;
	}
	kernel_clock->updates++;
	return steer(kernel_clock, reading, true, left_ns);
}

/*
 * Is the error more than a daemon may correct? Somebody must look then (ntpd's panic). The first
 * step may be of any size: a machine without a battery starts in 1970.
 */
static bool panics(const struct kernel_clock *kernel_clock)
{
	const struct kernel_clock_options *options = &kernel_clock->options;
	bool first = kernel_clock->updates < (unsigned)options->panic_start;

	return options->panic_s > 0.0 &&
	       fabs((double)kernel_clock->error_ns) > options->panic_s * 1e9 &&
	       !(first && may_step(kernel_clock));
}

/* Waits such an error out: the kernel is told what is true, and its clock not corrected. */
static int ignore(struct kernel_clock *kernel_clock, const struct clock_reading *reading,
	enum kernel_clock_action *ret_action)
{
	int allowed = kernel_clock->options.panic_ignored;

	if (allowed >= 0 && kernel_clock->ignored >= (unsigned)allowed) {
		kernel_clock->refused = -ERANGE;
		return -ERANGE;
	}
	kernel_clock->ignored++;
	*ret_action = KERNEL_CLOCK_IGNORED;
	return steer(kernel_clock, reading, false, 0);
}

int kernel_clock_update(struct kernel_clock *kernel_clock, const struct clock_reading *reading,
	const struct clocks_pair *pair, enum kernel_clock_action *ret_action)
{
	/* A local reference is this very clock: nothing to correct it by. */
	bool synchronised = reading->synchronised && reading->state != CLOCK_LOCAL;
	int error = kernel_clock->refused;

	if (!error)
		error = check_foreign(kernel_clock);
	if (error == -EBUSY)
		kernel_clock->refused = error;
	if (error)
		return error;
	if (!synchronised) {
		*ret_action = KERNEL_CLOCK_IDLE;
		kernel_clock->error_ns = 0;
		return steer(kernel_clock, reading, false, 0);
	}
	kernel_clock->error_ns = (int64_t)pair->raw_ns + reading->offset_ns - pair->real_ns;
	if (panics(kernel_clock))
		return ignore(kernel_clock, reading, ret_action);
	kernel_clock->ignored = 0;
	return correct(kernel_clock, reading, ret_action);
}

void kernel_clock_leap(struct kernel_clock *kernel_clock, const struct leap *leap)
{
	kernel_clock->leap = *leap;
}

int64_t kernel_clock_error_ns(const struct kernel_clock *kernel_clock)
{
	return kernel_clock->error_ns;
}

static int arm_watch(int fd)
{
	/* Far away: it is never reached, only cancelled. */
	struct itimerspec far = {.it_value.tv_sec = time(NULL) + FAR_AWAY_S};

	return timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &far, NULL) < 0
		       ? -errno
		       : 0;
}

int kernel_clock_watch_open(void)
{
	int fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC), error;

	if (fd < 0)
		return -errno;
	error = arm_watch(fd);
	if (error) {
		close(fd);
		return error;
	}
	return fd;
}

int kernel_clock_watch_read(int fd)
{
	uint64_t expirations;
	int error, stepped = 0;

	if (read(fd, &expirations, sizeof(expirations)) < 0) {
		if (errno != ECANCELED)
			return errno == EAGAIN ? 0 : -errno;
		stepped = 1;
	}
	error = arm_watch(fd);
	return error ? error : stepped;
}
