/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `mirror ADDR`: what another NTP server on this host says, with the time of the system clock
 * that it disciplines. Stratum, reference, leap indicator and bounds are that server's word
 * (a sample every few seconds, from control/source.h); the time is CLOCK_REALTIME, followed
 * through readings of the clocks several times a second. Makes the same struct clock_reading
 * as control/clock.h does, in the place of it. Pure: no clock is read here, nothing is sent.
 * Owned and called by the clockwork, which logs.
 *
 * Time: the kernel lets REALTIME and MONOTONIC run at one rate, whoever slews them, so
 * that their difference is a constant which changes with steps and leap seconds alone. That
 * difference is what is followed: a slew needs no notice, and a step cannot hide in one.
 * Bounds: the root distance that the server claims; how far its time was from the system
 * clock's when it was asked, and half the round trip, within which that is known; and growth
 * since then: FILTER_PHI, or more where the server's own dispersion grows faster between two
 * of its updates, and by how much the system clock runs faster or slower than it usually does
 * (a server that dies while it slews leaves it so).
 * Leap seconds: the kernel steps REALTIME at its own moment, the page at its own. Here
 * time runs straight on until mirror_shift(), and the kernel's step within
 * MIRROR_LEAP_AROUND_S of the armed moment is known for what it is: applied once.
 */
#ifndef CONTROL_MIRROR_H
#define CONTROL_MIRROR_H

#include "control/clock.h"
#include "control/clocks.h"
#include "control/leap.h"
#include "control/sample.h"

/* Not answered for so long, a server is silent: three requests and the time to answer. */
#define MIRROR_SILENT_S      14
/* A step of less is slewed away in a second, and not worth an interruption. */
#define MIRROR_STEP_NS       100000
/* The kernel applies a leap second that much before or after the page does, at most. */
#define MIRROR_LEAP_AROUND_S 3

struct mirror_options {
	double maxdistance_s; /* root distance beyond which time is not good */
	double holdover_s;    /* how long the server's last word is good for */
};

struct mirror;

/* NULL with errno ENOMEM. The options are copied. */
struct mirror *mirror_new(const struct mirror_options *options);
void mirror_free(struct mirror *mirror);
void mirror_configure(struct mirror *mirror, const struct mirror_options *options);

/*
 * One turn, several times a second: where the system clock is. True when it was stepped, by
 * *ret_step_ns: what the server has said of it before does not count any more.
 */
bool mirror_follow(struct mirror *mirror, const struct clocks_pair *pair, const struct leap *leap,
	int64_t *ret_step_ns);

/*
 * The server's word; pair is of the same moment or a little later, `leap` as in
 * mirror_follow(). False: it is none that counts (known already, or asked for before a step).
 */
bool mirror_sample(struct mirror *mirror, const struct ntp_sample *sample,
	const struct clocks_pair *pair, const struct leap *leap);

/* The server itself says that its time is not good; `why` in words, a constant. */
void mirror_refuse(struct mirror *mirror, const char *why);

/* The armed leap second has passed: -sign * 10^9 ns, as clock_shift(). */
void mirror_shift(struct mirror *mirror, int64_t delta_ns);

/*
 * The time at the moment of pair. States: WAITING, SYNCHRONISED while the server answers,
 * HOLDOVER while it does not. False where nothing is known: then only state is set.
 */
bool mirror_read(const struct mirror *mirror, const struct clocks_pair *pair,
	struct clock_reading *ret_reading);

/* A sentence about a reading's state. */
const char *mirror_text(const struct mirror *mirror, const struct clock_reading *reading);

/* The server's time less the system clock's, at the last sample (ns). */
int64_t mirror_difference_ns(const struct mirror *mirror);

/*
 * Puts a reading and its pair on CLOCK_MONOTONIC in the place of RAW, for the publisher: the
 * rate to serve is then 1 exactly, and not a product of two measured ones.
 */
void mirror_on_monotonic(struct clocks_pair *pair, struct clock_reading *reading);

#endif
