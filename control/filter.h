// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The clock filter of one source: out of its samples, what UTC is against
 * CLOCK_MONOTONIC_RAW, how fast the two drift apart, and how well both are known.
 * Which sources to believe is control/select.h; what follows for the served time
 * is control/clock.h. Called by the source that owns it, for each good sample.
 * Pure: no clock, no log, no random numbers; the caller owns the object.
 *
 * The model. State: x, UTC - RAW (ns); y, its rate (ppb); a, the asymmetry of the
 * queues, without unit. y walks at random with the intensity q (ppb^2/s), x
 * follows y and has white noise of its own. A sample is z = x + a * e + v, where e
 * is its delay above the least delay seen: with queues in one direction only, the
 * offset is wrong by +e/2 or -e/2 (RFC 5905 fig. 25: the samples lie in a wedge),
 * so a is within +-0.5, and what a does not explain is v, of the variance
 * r^2 + (0.3 e)^2: e/sqrt(12) = 0.29 e is what is left when the two queues are alike.
 * r comes from the precision, the lower quartile of e and, while samples are few, their spread.
 * Whatever the others are like, a sample is wrong by half its own delay at most, so r never
 * is more than 0.3 delay: among samples that all wait the first that does not is known to be good.
 *
 * q is not known and changes: a fan starts, a virtual machine moves. Nor is the scale of r,
 * nor how well a explains the waits. A bank of Kalman filters with different q and scales runs on
 * the same samples; each is weighted with how well it foretold them, by Student's t since the
 * tails of real networks are heavy, may turn into another with a small probability, and the
 * estimate is the weighted mean (the "interacting multiple model" filter: Blom and Bar-Shalom
 * 1988; Bar-Shalom, Li, Kirubarajan, "Estimation with Applications to Tracking and
 * Navigation", 2001, sec. 11.6). That is how the frequency's noise adapts.
 *
 * The first samples are gone through again with each new one, since what they are worth shows only
 * in all of them.
 *
 * When the route becomes longer, half of the difference at most is in the offsets, and nobody can
 * measure how much. What is known of x is kept, as far as it is known better than that, and what
 * the samples differ from it is taken for the route's until the delay is the old one again.
 *
 * One sample that none of the bank would have allowed, even if all of e was in one direction, is
 * put aside; when the next confirms it the source, or our counter, has stepped: the filter goes on
 * from there and keeps its frequency as far as the two samples agree with it.
 *
 * Honesty: the bound of the error does not come from all this, but from each
 * sample's own limit, half of its delay (RFC 5905 sec. 8), carried from one to the next.
 */
#ifndef CONTROL_FILTER_H
#define CONTROL_FILTER_H

#include "control/sample.h"

/* Frequency is unknown at the start: a crystal may be this far off (sd), as a rate. */
#define FILTER_FREQUENCY_SD 100e-6
/* RFC 5905 sec. 7.1, PHI: what a clock that nobody looks at may drift. */
#define FILTER_PHI          15e-6

struct filter;

struct filter_estimate {
	int64_t offset_ns;          /* UTC - RAW at the moment asked for */
	double frequency;           /* d(UTC)/d(RAW) - 1 */
	double offset_sd_ns;        /* standard deviation of offset_ns, noise alone */
	double frequency_sd;        /* and of frequency */
	double jitter_ns;           /* RMS of the samples' own noise, as it turned out */
	double detour_ns;           /* what the samples are off by since the route is longer */
	int64_t delay_ns;           /* round trip, of the samples in use */
	int64_t server_distance_ns; /* root distance of the server itself, by its own word */
	int64_t root_delay_ns;      /* delay_ns and the server's own root delay */
	int64_t root_dispersion_ns; /* what root distance is beyond half the root delay */
	int64_t root_distance_ns;   /* |error| is below this, at the moment asked for */
	uint64_t sample_raw_ns;     /* moment of the newest sample */
	be32 reference_id;          /* as in the newest sample: the server's own reference */
	uint8_t stratum;
	uint8_t leap;
	bool doubtful;    /* the newest sample contradicts all that, and is not believed yet */
	unsigned samples; /* used since the start or the last reset */
};

/* NULL with errno ENOMEM. */
struct filter *filter_new(void);
void filter_free(struct filter *filter);

/* Forgets all samples, and the frequency too. */
void filter_reset(struct filter *filter);

/*
 * What is known of the frequency before the first sample, from a drift file or from
 * the other sources (a rate, and its standard deviation, both without unit). No
 * effect after the first sample; forgotten by filter_reset().
 */
void filter_set_frequency(struct filter *filter, double frequency, double frequency_sd);

/*
 * Takes a sample. 0; 1 when it was put aside as one that cannot be believed yet;
 * -ESTALE when it is not newer than the last one (nothing changed); -EINVAL when
 * its delay or dispersion is negative.
 */
int filter_add(struct filter *filter, const struct ntp_sample *sample);

/* The estimate at raw_ns, usually now. False before the first sample. */
bool filter_estimate(
	const struct filter *filter, uint64_t raw_ns, struct filter_estimate *ret_estimate);

/*
 * The source's UTC has been moved by delta_ns against RAW by agreement: -10^9 at an
 * inserted leap second, +10^9 at a deleted one. History moves along.
 */
void filter_shift(struct filter *filter, int64_t delta_ns);

#endif
