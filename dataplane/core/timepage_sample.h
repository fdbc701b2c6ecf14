// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What one sample of the time page says at one moment: the time, its error, the
 * leap second, and whether it may be served. How a sample is got whole out of
 * the page is timepage.h's matter.
 */
#ifndef CORE_TIMEPAGE_SAMPLE_H
#define CORE_TIMEPAGE_SAMPLE_H

#include "dataplane/core/ntp_time.h"
#include "dataplane/core/timepage_layout.h"
#include "dataplane/core/verdict.h"

/* The page at one moment: all that a reply or a local program needs. */
struct timepage_reading {
	struct ntp_time now;
	uint64_t reference_ts; /* wire format, never after now */
	uint32_t root_delay_q16;
	uint32_t root_dispersion_q16; /* grown to this moment, rounded up */
	uint32_t answer_cost_ns;
	be32 reference_id;
	uint8_t stratum;
	uint8_t leap;
	int8_t precision;
};

/* NTP time of the sample at a counter moment; the armed leap second is not applied. */
CORE_INLINE struct ntp_time timepage_sample_time(
	const struct timepage_sample *sample, uint64_t now_ns)
{
	struct ntp_time base = {sample->base_seconds, sample->base_fraction};

	if (CORE_LIKELY(now_ns >= sample->base_ns))
		return ntp_time_add_q32(base, ntp_time_scale(now_ns - sample->base_ns,
						      sample->multiplier, sample->shift));
	return ntp_time_sub_q32(
		base, ntp_time_scale(sample->base_ns - now_ns, sample->multiplier, sample->shift));
}

/* Root dispersion (q32) at a counter moment. */
CORE_INLINE uint64_t timepage_sample_dispersion(
	const struct timepage_sample *sample, uint64_t now_ns)
{
	uint64_t age_ns = now_ns > sample->base_ns ? now_ns - sample->base_ns : 0;
	/* 2^16 / 10^9 = 281474.98 / 2^32, rounded up; good for 2^52 ns, or 52 days. */
	uint64_t age_q16 = ((age_ns >> 8) * 281475 >> 24) + 2;

	return sample->root_dispersion_q32 + (age_q16 * sample->dispersion_rate_q32 >> 16);
}

/*
 * The leap second on the spot (protocol.md sec. 4). Inserted: the counter moment
 * is the first 00:00:00, from where time reads 23:59:59 once more. Deleted: it
 * is 23:59:59, which is never read. The reference timestamp moves along, so
 * that it is not after the time that is served.
 */
CORE_INLINE void timepage_apply_leap(
	const struct timepage_sample *sample, uint64_t now_ns, struct timepage_reading *reading)
{
	uint64_t at_ns = sample->leap_at_ns;

	if (now_ns + TIMEPAGE_LEAP_BEFORE_NS >= at_ns && now_ns < at_ns + TIMEPAGE_LEAP_AFTER_NS)
		reading->leap = NTP_LEAP_UNKNOWN;
	else if (now_ns >= at_ns)
		reading->leap = NTP_LEAP_NONE;
	if (now_ns < at_ns)
		return;
	reading->now.seconds -= (uint64_t)(int64_t)sample->leap_sign;
	reading->reference_ts -= (uint64_t)(int64_t)sample->leap_sign << 32;
}

CORE_INLINE void timepage_evaluate(
	const struct timepage_sample *sample, uint64_t now_ns, struct timepage_reading *reading)
{
	reading->now = timepage_sample_time(sample, now_ns);
	reading->root_dispersion_q16 =
		ntp_time_short_round_up(timepage_sample_dispersion(sample, now_ns));
	reading->root_delay_q16 = sample->root_delay_q16;
	reading->reference_ts = sample->reference_ts;
	reading->answer_cost_ns = sample->answer_cost_ns;
	reading->reference_id = be_load(sample->reference_id);
	reading->stratum = sample->stratum;
	reading->leap = sample->leap;
	reading->precision = sample->precision;
	if (CORE_UNLIKELY(sample->leap_at_ns != 0))
		timepage_apply_leap(sample, now_ns, reading);
}

/* May this sample be served at this moment? */
CORE_INLINE enum verdict timepage_judge(const struct timepage_sample *sample, uint64_t now_ns)
{
	if (!(sample->flags & TIMEPAGE_SYNCHRONISED))
		return VERDICT_PASS_UNSYNCHRONISED;
	if (now_ns >= sample->expires_ns)
		return VERDICT_PASS_PAGE_EXPIRED;
	/* A base in the future is of another boot: this counter does not reach that sample. */
	if (now_ns + TIMEPAGE_BEFORE_BASE_NS < sample->base_ns)
		return VERDICT_PASS_PAGE_EXPIRED;
	return VERDICT_SERVED;
}

#endif
