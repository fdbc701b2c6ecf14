// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From the clock to the time page: out of what UTC should be (control/clock.h, on
 * RAW) and what is being served (the sample in the page, on MONOTONIC) the next sample
 * is made. It begins where the old one is at that moment, so that served time is
 * continuous whatever another program does to the rate of CLOCK_MONOTONIC; errors
 * are slewed away; what is not yet slewed away is added to root dispersion. Pure: the daemon
 * reads the clocks, writes the page, logs and counts.
 *
 * Use, at least four times a second, and at once after clock_update():
 *
 *     do {
 *             clocks_read_pair(&pair);
 *             clock_read(clock, pair.raw_ns, &reading);
 *             action = publisher_prepare(publisher, &input, &sample);
 *     } while (action != PUBLISHER_KEEP &&
 *                     !publisher_in_time(publisher, clocks_mono_ns()) && --tries);
 *     if (action != PUBLISHER_KEEP) {
 *             state_publish(state, &sample);
 *             publisher_commit(publisher);
 *     }
 *
 * The check in the middle: a slower rate that comes into force late takes back what the
 * old rate has served since the clocks were read.
 */
#ifndef CONTROL_PUBLISHER_H
#define CONTROL_PUBLISHER_H

#include "control/clock.h"
#include "control/clocks.h"
#include "control/leap.h"
#include "dataplane/core/timepage.h"

#define PUBLISHER_MAXSLEWRATE     500e-6 /* default of `maxslewrate`, 500 ppm */
/* An error that takes longer to slew than this is stepped (design.md sec. 4). */
#define PUBLISHER_SLEW_LIMIT_S    1000.0
/* Small errors go with this time constant: filter updates must not shake the rate. */
#define PUBLISHER_TIME_CONSTANT_S 2.0

struct publisher_options {
	double maxslewrate;      /* s/s */
	int8_t precision;        /* clocks_precision() */
	uint32_t answer_cost_ns; /* from reading the clock to having the reply ready, measured */
};

struct publisher_input {
	const struct clock_reading *reading; /* clock_read() at pair->raw_ns */
	const struct clocks_pair *pair;
	const struct leap *leap;
};

enum publisher_action {
	PUBLISHER_KEEP,       /* leave the page as it is: adopted and still good, or nothing new */
	PUBLISHER_SERVE,      /* publish: good time */
	PUBLISHER_INVALIDATE, /* publish: unsynchronised */
	PUBLISHER_STEP /* publish: unsynchronised, since a step is coming. Log and count it */
};

struct publisher;

/* NULL with errno ENOMEM. */
struct publisher *publisher_new(const struct publisher_options *options);
void publisher_free(struct publisher *publisher);
void publisher_configure(struct publisher *publisher, const struct publisher_options *options);

/*
 * Takes over a page that an earlier daemon left, whatever state it is in: `current`
 * is timepage_current(), or NULL where it was never written. Served time goes on
 * from it without a jump, and it is left alone until the clock is synchronised or it
 * has expired. Once, before the first publisher_prepare().
 */
void publisher_adopt(
	struct publisher *publisher, const struct timepage_sample *current, uint64_t mono_ns);

/*
 * The next sample, see above. Nothing follows from it until publisher_commit(). ret_sample
 * is not set with KEEP.
 */
enum publisher_action publisher_prepare(struct publisher *publisher,
	const struct publisher_input *input, struct timepage_sample *ret_sample);

/*
 * The clock that is followed was stepped by its owner (control/mirror.h): whatever was served
 * before, the next sample is a PUBLISHER_STEP, until one is committed.
 */
void publisher_step(struct publisher *publisher);

/* Can it still be published at mono_ns without served time going back? */
bool publisher_in_time(const struct publisher *publisher, uint64_t mono_ns);

/* The sample of the last publisher_prepare() is in the page now. */
void publisher_commit(struct publisher *publisher);

/*
 * Served minus true time, as the clock sees it (ns), at the last publisher_commit():
 * what is still being slewed away, or the size of the step with PUBLISHER_STEP.
 */
int64_t publisher_error_ns(const struct publisher *publisher);

/* The rate of the served time against RAW that is only there for slewing, s/s. */
double publisher_slew(const struct publisher *publisher);

/* Steps since the start. */
unsigned publisher_steps(const struct publisher *publisher);

#endif
