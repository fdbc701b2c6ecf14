// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * When to ask a server next: bursts at the start and four requests at growing intervals after
 * the first one that is answered, then an interval that grows while its
 * time is foretold well and shrinks when it is not (RFC 5905 sec. 13), the reach
 * register, and what silence and kisses do to it. Pure; each source owns one, sends
 * the requests and rolls the dice.
 */
#ifndef CONTROL_POLL_H
#define CONTROL_POLL_H

#include <stdbool.h>
#include <stdint.h>

#define POLL_BURST       4             /* requests in a burst */
#define POLL_BURST_NS    2000000000ULL /* between them; no limit of the pool objects */
#define POLL_UNREACHABLE 8             /* unanswered requests in a row: the reach register's size */

struct poll_options {
	int minpoll, maxpoll; /* log2 s, minpoll <= maxpoll */
	bool iburst;          /* a burst when the server is not reachable yet */
	bool burst;           /* a burst each time */
};

struct poll {
	struct poll_options options;
	int poll;            /* log2 s */
	int floor;           /* raised above minpoll by RATE kisses */
	int jiggle;          /* RFC 5905 sec. 13.1: counts towards a longer or shorter interval */
	unsigned burst_left; /* requests still to be sent at the short interval */
	unsigned ramp; /* log2 s after the first `iburst`, until the usual interval; 0: over */
	bool doubtful; /* the last sample is not believed yet */
	unsigned unanswered; /* in a row */
	unsigned unsent;     /* that this host could not send, in a row */
	uint8_t reach;       /* one bit a request, the newest lowest; 0: unreachable */
	uint64_t asked_ns;   /* when the last request went out, by the caller's clock ... */
	uint64_t next_ns;    /* ... and when the next is due */
};

/* From the first request on. */
void poll_start(struct poll *poll, const struct poll_options *options);

/* Other options for a running source: what was learned stays, within the new bounds. */
void poll_configure(struct poll *poll, const struct poll_options *options);

/* A request goes out. */
void poll_sent(struct poll *poll);

/* This host could not send one (no route yet): it does not count for the server. */
void poll_unsent(struct poll *poll);

/*
 * A good sample came. residual_ns: how far from what was foretold; jitter_ns: the noise of the
 * source's samples, 0 while unknown.
 */
void poll_answered(struct poll *poll, double residual_ns, double jitter_ns);

/*
 * After poll_answered(): the sample needs another to be believed, see filter_add(). It is asked for
 * soon, and where that one agrees, with `iburst` the interval grows anew as after a start. Not
 * from a server that has asked for fewer requests.
 */
void poll_doubt(struct poll *poll);

/* RATE: ask less often, for good. DENY, RSTR: try again after the longest interval. */
void poll_kiss_rate(struct poll *poll);
void poll_kiss_deny(struct poll *poll);

/* Time from one request to the next; `random` spreads it by a sixteenth to either side. */
uint64_t poll_interval_ns(const struct poll *poll, uint32_t random);

/* After poll_sent() or poll_unsent(): next_ns for a request that goes out now. */
void poll_schedule(struct poll *poll, uint64_t now_ns, uint32_t random);

/*
 * After poll_answered() or a kiss: next_ns by what the answer has taught, counted from the
 * request, so that an interval which it made shorter is kept at once. May be in the past.
 */
void poll_reschedule(struct poll *poll, uint32_t random);

#endif
