// SPDX-License-Identifier: GPL-2.0-or-later
#include "control/poll.h"

#include <math.h>

/* RFC 5905 sec. 13.1 and appendix A.5.5.4, with LIMIT. PGATE is 4 there, and a bad sample counts
 * twice; here jitter is the noise of the samples alone, so that a residual well above it is the
 * clock's doing: these two hold the error of the forecast about as large as the noise. */
#define JITTER_GATE  2
#define BAD_COUNTS   4
/* A residual so far above the noise is a step: as fast as allowed, at once. */
#define SHOCK_GATE   10
#define JIGGLE_LIMIT 30

#define NS_PER_S       1000000000ULL
/* A longer one would not be a burst's any more than the interval itself. */
#define BURST_MIN_POLL 3
/* On the way from a burst to the usual interval: 4, 8, 16 and 32 s. A burst of 6 s knows the
 * frequency to some 0.3 ppm, which makes 20 us in the 64 s that follow. */
#define RAMP_FIRST     2
#define RAMP_LAST      5
/* What could not be sent is tried again after 1, 2, 4 and 8 s. */
#define UNSENT_LAST    3

static int bounded(const struct poll *poll, int value)
{
	if (value > poll->options.maxpoll)
		value = poll->options.maxpoll;
	if (value < poll->floor)
		value = poll->floor;
	return value;
}

void poll_start(struct poll *poll, const struct poll_options *options)
{
	*poll = (struct poll){
		.options = *options, .poll = options->minpoll, .floor = options->minpoll};
	if (options->iburst || options->burst)
		poll->burst_left = POLL_BURST;
	if (options->iburst)
		poll->ramp = RAMP_FIRST;
}

void poll_configure(struct poll *poll, const struct poll_options *options)
{
	bool kissed = poll->floor > poll->options.minpoll;

	poll->options = *options;
	if (!kissed || poll->floor < options->minpoll)
		poll->floor = options->minpoll;
	if (poll->floor > options->maxpoll)
		poll->floor = options->maxpoll;
	poll->poll = bounded(poll, poll->poll);
}

/* Four requests at most: it ends where the usual interval is no longer. */
static void climb(struct poll *poll)
{
	poll->ramp++;
	if (poll->ramp > RAMP_LAST || (int)poll->ramp >= poll->poll)
		poll->ramp = 0;
}

void poll_sent(struct poll *poll)
{
	poll->unsent = 0;
	poll->unanswered++;
	poll->reach = (uint8_t)(poll->reach << 1);
	if (poll->burst_left)
		poll->burst_left--;
	else if (poll->ramp && poll->reach)
		climb(poll);
	else if (poll->options.burst && poll->reach && poll->poll > BURST_MIN_POLL)
		poll->burst_left = POLL_BURST - 1;
	/* Silent for long: ask less and less often. */
	if (poll->unanswered > POLL_UNREACHABLE)
		poll->poll = bounded(poll, poll->poll + 1);
}

void poll_unsent(struct poll *poll)
{
	poll->unsent++;
}

static bool is_shock(double residual_ns, double jitter_ns)
{
	return jitter_ns > 0 && fabs(residual_ns) > SHOCK_GATE * jitter_ns;
}

static void adapt(struct poll *poll, double residual_ns, double jitter_ns)
{
	if (jitter_ns <= 0)
		return;
	if (is_shock(residual_ns, jitter_ns)) {
		poll->jiggle = 0;
		poll->poll = bounded(poll, poll->options.minpoll);
	} else if (fabs(residual_ns) < JITTER_GATE * jitter_ns)
		poll->jiggle += poll->poll > 0 ? poll->poll : 1;
	else
		poll->jiggle -= BAD_COUNTS * (poll->poll > 0 ? poll->poll : 1);
	if (poll->jiggle > JIGGLE_LIMIT) {
		poll->jiggle = 0;
		poll->poll = bounded(poll, poll->poll + 1);
	} else if (poll->jiggle < -JIGGLE_LIMIT) {
		poll->jiggle = 0;
		poll->poll = bounded(poll, poll->poll - 1);
	}
}

void poll_answered(struct poll *poll, double residual_ns, double jitter_ns)
{
	bool back = !poll->reach && poll->unanswered > POLL_BURST;
	bool stepped = poll->doubtful && is_shock(residual_ns, jitter_ns);

	poll->reach |= 1;
	poll->unanswered = 0;
	poll->doubtful = false;
	if (stepped && poll->options.iburst)
		poll->ramp = RAMP_FIRST;
	if (back || stepped) {
		poll->poll = bounded(poll, poll->options.minpoll);
		poll->jiggle = 0;
		poll->burst_left = poll->options.iburst ? POLL_BURST - 1 : 0;
	}
	/* The samples of a burst, or after one, say nothing about the interval. */
	if (!poll->burst_left && !poll->ramp)
		adapt(poll, residual_ns, jitter_ns);
}

void poll_doubt(struct poll *poll)
{
	if (poll->floor > poll->options.minpoll)
		return;
	poll->doubtful = true;
	if (!poll->burst_left)
		poll->burst_left = 1;
}

void poll_kiss_rate(struct poll *poll)
{
	poll->floor =
		poll->poll + 1 > poll->options.maxpoll ? poll->options.maxpoll : poll->poll + 1;
	poll->poll = poll->floor;
	poll->burst_left = 0;
	poll->ramp = 0;
	poll->jiggle = 0;
}

void poll_kiss_deny(struct poll *poll)
{
	poll->poll = poll->options.maxpoll;
	poll->burst_left = 0;
	poll->ramp = 0;
	poll->jiggle = 0;
}

/* Doubles from a second up to 8: nothing leaves this host, and its network may come up. */
static int unsent_poll(const struct poll *poll)
{
	int limit = poll->poll < UNSENT_LAST ? poll->poll : UNSENT_LAST;

	return (int)poll->unsent - 1 < limit ? (int)poll->unsent - 1 : limit;
}

uint64_t poll_interval_ns(const struct poll *poll, uint32_t random)
{
	uint64_t interval = NS_PER_S << poll->poll;

	if (poll->unsent)
		interval = NS_PER_S << unsent_poll(poll);
	else if (poll->burst_left && interval > POLL_BURST_NS)
		interval = POLL_BURST_NS;
	else if (!poll->burst_left && poll->ramp && poll->reach && (int)poll->ramp < poll->poll)
		interval = NS_PER_S << poll->ramp;
	/* 15/16 to 17/16. */
	return interval - interval / 16 + (uint64_t)((double)interval / 8 * random / 0x1p32);
}

void poll_schedule(struct poll *poll, uint64_t now_ns, uint32_t random)
{
	poll->asked_ns = now_ns;
	poll_reschedule(poll, random);
}

void poll_reschedule(struct poll *poll, uint32_t random)
{
	poll->next_ns = poll->asked_ns + poll_interval_ns(poll, random);
}
