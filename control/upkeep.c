/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the clockwork does once a second or more rarely, beside the page: the local reference,
 * leap seconds, the kernel's clock, the drift file, and notice of steps that others make.
 * Declared in clockwork_private.h; called by clockwork.c alone.
 */
#include "control/clockwork_private.h"
#include "control/log.h"

#include <errno.h>
#include <event2/event.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LEAP_SETTLED_S         5 /* so long before its moment an armed leap second is settled */
#define NS_PER_S               INT64_C(1000000000)
#define DRIFT_WRITE_NS         (3600 * (uint64_t)NS_PER_S)
#define LEAP_LIST_PERIOD_S     86400
/* A frequency less well known than this is not worth keeping over a restart. */
#define DRIFT_FREQUENCY_SD_MAX 5e-6
/* Suspended for less a host cannot be, and reading two clocks differs by less. */
#define ASLEEP_NS              5000000

void upkeep_read_drift(struct clockwork *clockwork, struct drift *ret_drift)
{
	const char *path = clockwork->config->driftfile;
	struct drift drift = {0, 0};
	int err = *path && !clockwork->config->mirror ? driftfile_read(path, &drift) : -ENOENT;

	if (!err)
		log_line(LOG_INFO, "frequency %.3f ppm %s, known from %s",
			fabs(drift.frequency) * 1e6, drift.frequency < 0 ? "fast" : "slow", path);
	else if (err != -ENOENT)
		log_line(LOG_WARNING, "cannot read the drift file %s: %s; starting without", path,
			err == -EBADMSG  ? "not a drift file"
			: err == -ERANGE ? "no clock is that far off"
					 : strerror(-err));
	*ret_drift = err ? (struct drift){0, 0} : drift;
}

static void write_drift(struct clockwork *clockwork, const struct clock_reading *reading)
{
	const char *path = clockwork->config->driftfile;
	struct drift drift = {reading->frequency, reading->frequency_sd};
	int err;

	if (!*path || !clockwork->updates || clockwork->mirror || reading->state == CLOCK_LOCAL ||
		reading->frequency_sd > DRIFT_FREQUENCY_SD_MAX)
		return;
	err = driftfile_write(path, &drift);
	if (err && !clockwork->drift_failed)
		log_line(LOG_WARNING, "cannot write the drift file %s: %s; trying again every hour",
			path, strerror(-err));
	clockwork->drift_failed = err != 0;
	clockwork->drift_written_raw_ns = reading->raw_ns;
}

/*
 * While a host is suspended its counters stand still, and the page, which counts with one of them,
 * is slow by as long. How long that was the kernel knows to a second at best.
 */
bool upkeep_resumes(struct clockwork *clockwork)
{
	int64_t before_ns = clockwork->asleep_ns;
	double frequency = 0, frequency_sd = 0;

	clockwork->asleep_ns = clocks_asleep_ns(before_ns);
	if (llabs(clockwork->asleep_ns - before_ns) < ASLEEP_NS)
		return false;
	log_event(LOG_EVENT_SUSPENDED,
		LOG_WITH(LOG_NUMBER(DURATION_NS, clockwork->asleep_ns - before_ns)),
		"the host was suspended for %.3f s: the time from before is not served any more, "
		"the sources are asked anew",
		(double)(clockwork->asleep_ns - before_ns) * 1e-9);
	clock_forget(clockwork->clock, "the host was suspended, and no source was heard since");
	(void)clock_frequency(clockwork->clock, &frequency, &frequency_sd);
	sources_renew(clockwork->sources, frequency, frequency_sd);
	/* Its moment may have passed meanwhile: who is asked now tells. */
	clockwork->leap.at_utc_s = 0;
	clockwork->leap.sign = 0;
	clockwork->leap_list_read_s = 0;
	clockwork_publish_step(clockwork);
	return true;
}

/* Somebody set CLOCK_REALTIME. The served time does not depend on it; people should know. */
static void on_step(evutil_socket_t fd, short what, void *arg)
{
	struct clockwork *clockwork = arg;

	(void)what;
	if (kernel_clock_watch_read(fd) != 1 || upkeep_resumes(clockwork))
		return;
	clockwork->kernel_steps++;
	if (clockwork->mirror)
		clockwork_publish(clockwork);
	else if (!clockwork->kernel)
		log_event(LOG_EVENT_SYSTEM_CLOCK_STEPPED, LOG_WITHOUT,
			"the system clock was stepped by another program; served time goes on "
			"undisturbed");
}

static int watch_steps(struct clockwork *clockwork)
{
	int fd = kernel_clock_watch_open();

	if (fd < 0)
		return fd;
	clockwork->watch_fd = fd;
	clockwork->watch =
		event_new(clockwork->options.base, fd, EV_READ | EV_PERSIST, on_step, clockwork);
	return clockwork->watch && !event_add(clockwork->watch, NULL) ? 0 : -ENOMEM;
}

/* `clock system`: takes the kernel's clock, or says why not. */
static int start_kernel_clock(struct clockwork *clockwork)
{
	const struct config *config = clockwork->config;
	struct kernel_clock_options options = {
		.maxslewrate = fmin(config->maxslewrate_ppm * 1e-6, 500e-6),
		.makestep_s = config->makestep.threshold_s,
		.makestep_limit = config->makestep.limit,
		.panic_s = config->maxchange.offset_s,
		.panic_start = config->maxchange.start,
		.panic_ignored = config->maxchange.ignored,
	};
	int err;

	clockwork->kernel = kernel_clock_new(&options);
	if (clockwork->kernel)
		return 0;
	err = -errno;
	if (err == -EBUSY)
		log_line(LOG_ERR, "clock system: another program steers the system clock; stop it, "
				  "or use `clock page`");
	else if (err == -EPERM)
		log_line(LOG_ERR, "clock system: setting the system clock is not permitted; it "
				  "takes root or CAP_SYS_TIME, or use `clock page`");
	else
		log_line(LOG_ERR, "clock system: %s", strerror(-err));
	return err;
}

int upkeep_start(struct clockwork *clockwork)
{
	int err = 0;

	clockwork->asleep_ns = clocks_asleep_ns(0);

	if (clockwork->config->clock == CONFIG_CLOCK_SYSTEM) {
		if (clockwork->options.leave_system_clock)
			log_line(LOG_INFO, "clock system: the system clock is left alone (-x)");
		else
			err = start_kernel_clock(clockwork);
	}
	if (clockwork->mirror && clockwork->options.bare)
		log_line(LOG_INFO, "mirror: without a data plane (-n) there is nobody who answers");
	if (!err && !clockwork->options.bare && watch_steps(clockwork))
		log_line(LOG_INFO, "steps of the system clock will not be noticed");
	return err;
}

void upkeep_stop(struct clockwork *clockwork)
{
	struct clock_reading reading;
	struct clocks_pair pair;

	if (clockwork->clock && clockwork_read(clockwork, &pair, &reading))
		write_drift(clockwork, &reading);
	if (clockwork->watch)
		event_free(clockwork->watch);
	if (clockwork->watch_fd >= 0)
		close(clockwork->watch_fd);
	kernel_clock_free(clockwork->kernel);
}

static void tell_leap_list(const char *path, int err, enum leap_list_life life)
{
	const char *why = !err              ? leap_list_life_text(life)
			  : err == -EBADMSG ? "not such a list"
					    : strerror(-err);
	const struct log_value *values = LOG_WITH(LOG_TEXT(PATH, path), LOG_TEXT(REASON, why));

	if (err)
		log_event(LOG_EVENT_LEAP_LIST_STALE, values,
			"cannot use the list of leap seconds %s: %s; listening to the sources",
			path, why);
	else if (life != LEAP_LIST_GOOD)
		log_event(LOG_EVENT_LEAP_LIST_STALE, values,
			"the list of leap seconds %s %s; get a new one", path, why);
}

/* Reads the list of leap seconds once a day and says when it runs out. */
static void read_leap_list(struct clockwork *clockwork, int64_t utc_s)
{
	const char *path = clockwork->config->leapseclist;
	struct leap_list *list = &clockwork->leap_list;
	struct timespec now;
	int err;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!*path || clockwork->mirror ||
		(clockwork->leap_list_read_s &&
			now.tv_sec - clockwork->leap_list_read_s < LEAP_LIST_PERIOD_S))
		return;
	clockwork->leap_list_read_s = now.tv_sec;
	memset(list, 0, sizeof(*list));
	err = leap_list_read(path, utc_s, list);
	tell_leap_list(path, err, leap_list_life(list, utc_s));
}

static void tell_leap(const struct leap *leap)
{
	time_t day = (time_t)leap->at_utc_s - 1;
	struct tm utc;

	if (leap->sign && gmtime_r(&day, &utc))
		log_event(LOG_EVENT_LEAP_ARMED,
			LOG_WITH(
				LOG_NUMBER(LEAP, leap->sign), LOG_NUMBER(AT_UTC_S, leap->at_utc_s)),
			"a leap second will be %s at the end of %04d-%02d-%02d UTC",
			leap->sign > 0 ? "inserted" : "deleted", utc.tm_year + 1900, utc.tm_mon + 1,
			utc.tm_mday);
	else
		log_event(LOG_EVENT_LEAP_DISARMED, LOG_WITHOUT,
			"no leap second is announced any more");
}

/* The second has passed: the timescale moves with it. */
static void pass_leap(struct clockwork *clockwork, int8_t sign)
{
	sources_shift(clockwork->sources, -sign * NS_PER_S);
	clock_shift(clockwork->clock, -sign * NS_PER_S);
	if (clockwork->mirror)
		mirror_shift(clockwork->mirror, -sign * NS_PER_S);
	log_event(LOG_EVENT_LEAP_PASSED, LOG_WITH(LOG_NUMBER(LEAP, sign)),
		"the leap second has been %s", sign > 0 ? "inserted" : "deleted");
	clockwork->leap_list_read_s = 0;
}

/* Arms, disarms, and passes the leap second. */
static void mind_leap(struct clockwork *clockwork, const struct clock_reading *reading)
{
	int64_t utc_ns = (int64_t)reading->raw_ns + reading->offset_ns;
	int64_t utc_s = utc_ns / NS_PER_S;
	const struct leap_list *list = &clockwork->leap_list;
	bool by_list, changed;
	int8_t sign;

	if (leap_passed(&clockwork->leap, utc_s, &sign)) {
		pass_leap(clockwork, sign);
		return;
	}
	/* From their midnight on the servers announce nothing any more, and our clock may be a
	 * little behind theirs: what is armed stays so. */
	if (clockwork->leap.at_utc_s && utc_s >= clockwork->leap.at_utc_s - LEAP_SETTLED_S)
		return;
	read_leap_list(clockwork, utc_s);
	by_list = leap_list_rules(list, utc_s);
	if (by_list && list->at_utc_s > utc_s)
		changed = leap_set(&clockwork->leap, utc_s, list->at_utc_s, list->sign);
	else if (by_list)
		changed = leap_update(&clockwork->leap, utc_s, 0);
	else
		changed = leap_update(&clockwork->leap, utc_s,
			reading->state == CLOCK_SYNCHRONISED ? reading->leap : -1);
	if (changed)
		tell_leap(&clockwork->leap);
}

static void leave_kernel_clock(struct clockwork *clockwork, int err)
{
	const char *why = err == -EBUSY ? "another program steers it too"
			  : err == -ERANGE
				  ? "it is off by more than `maxchange` allows, set it by hand and "
				    "start again"
				  : strerror(-err);

	log_event(LOG_EVENT_SYSTEM_CLOCK_LEFT, LOG_WITH(LOG_TEXT(REASON, why)),
		"clock system: %s; the system clock is left alone from now on", why);
	kernel_clock_free(clockwork->kernel);
	clockwork->kernel = NULL;
}

static void steer(struct clockwork *clockwork, const struct clock_reading *reading,
	const struct clocks_pair *pair)
{
	static struct log_limit limit;
	enum kernel_clock_action action;
	int64_t error_ns;
	int err;

	kernel_clock_leap(clockwork->kernel, &clockwork->leap);
	err = kernel_clock_update(clockwork->kernel, reading, pair, &action);
	if (err) {
		leave_kernel_clock(clockwork, err);
		return;
	}
	error_ns = kernel_clock_error_ns(clockwork->kernel);
	if (action == KERNEL_CLOCK_STEPPED) {
		log_event(LOG_EVENT_SYSTEM_CLOCK_STEPPED, LOG_WITH(LOG_NUMBER(OFFSET_NS, error_ns)),
			"system clock stepped by %+.6f s", (double)error_ns * 1e-9);
	} else if (action == KERNEL_CLOCK_IGNORED) {
		log_limited(&limit, LOG_WARNING,
			"system clock is off by %+.3f s, more than `maxchange` allows; waiting",
			(double)error_ns * 1e-9);
	} else if (action == KERNEL_CLOCK_WAITING) {
		log_limited(&limit, LOG_WARNING,
			"system clock is off by %+.3f s and `makestep` does not allow a step; "
			"slewing",
			(double)error_ns * 1e-9);
	}
}

void upkeep_second(struct clockwork *clockwork)
{
	struct clock_reading reading;
	struct clocks_pair pair;
	bool known;

	if (!clocks_read_pair(&pair))
		clock_follow(clockwork->clock, pair.raw_ns, pair.real_ns - (int64_t)pair.raw_ns,
			pair.window_ns);
	known = clockwork_read(clockwork, &pair, &reading);
	if (known)
		mind_leap(clockwork, &reading);
	if (clockwork->kernel)
		steer(clockwork, &reading, &pair);
	if (!clockwork->drift_written_raw_ns)
		clockwork->drift_written_raw_ns = pair.raw_ns;
	if (known && pair.raw_ns - clockwork->drift_written_raw_ns > DRIFT_WRITE_NS)
		write_drift(clockwork, &reading);
}
