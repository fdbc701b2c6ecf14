// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Filling a template of replies (reply_template.h) when it is not valid any more: some thousand
 * times a second on a busy core. The template is the caller's, and only one may use it at a time.
 * Reads the page as timepage_read() does, in place, and knows nothing of frames.
 */
#ifndef CORE_REPLY_TEMPLATE_FILL_H
#define CORE_REPLY_TEMPLATE_FILL_H

#include "dataplane/core/reply_template.h"
#include "dataplane/core/timepage.h"

/* Does nothing but the time change from one moment to the other? ret_reading: the first one, where
 * it is so. */
CORE_INLINE bool reply_template_spans(const struct timepage_sample *sample, uint64_t from_ns,
	uint64_t until_ns, struct timepage_reading *ret_reading)
{
	struct timepage_reading first, last;

	if (from_ns < sample->base_ns || timepage_judge(sample, from_ns) != VERDICT_SERVED ||
		timepage_judge(sample, until_ns) != VERDICT_SERVED)
		return false;
	if (sample->leap_at_ns != 0 && until_ns + TIMEPAGE_LEAP_BEFORE_NS >= sample->leap_at_ns)
		return false;
	timepage_evaluate(sample, from_ns, &first);
	timepage_evaluate(sample, until_ns, &last);
	if (first.root_dispersion_q16 != last.root_dispersion_q16)
		return false;
	/* A reference ahead of the time is moved, in each reply to another place. */
	if ((int64_t)(ntp_time_to_wire(first.now) - first.reference_ts) < 0)
		return false;
	*ret_reading = first;
	return true;
}

/* What replies of the reading's moment say alike. Turns the reading into a kiss's. */
CORE_INLINE void reply_template_prepare(
	struct reply_template *tmpl, struct timepage_reading *reading)
{
	tmpl->noise_mask = reply_noise_mask(reading->precision);
	tmpl->answer_cost_ns = reading->answer_cost_ns;
	tmpl->answer_cost_q32 =
		reply_cost_seen(reply_cost_q32(reading->answer_cost_ns, 0), tmpl->noise_mask);
	tmpl->head = reply_head(reading);
	reply_make_kiss(reading);
	tmpl->kiss = reply_head(reading);
}

/* For as long as it lasts. False: not beyond this moment, and nothing is filled. */
CORE_INLINE bool reply_template_fill_lasting(
	struct reply_template *tmpl, const struct timepage_sample *sample, uint64_t now_ns)
{
	uint64_t from_ns = now_ns - REPLY_TEMPLATE_BEFORE_NS;
	uint64_t until_ns = now_ns + REPLY_TEMPLATE_AFTER_NS;
	struct timepage_reading reading;

	if (now_ns < sample->base_ns + REPLY_TEMPLATE_BEFORE_NS)
		from_ns = now_ns;
	if (!reply_template_spans(sample, from_ns, until_ns, &reading))
		return false;
	reply_template_prepare(tmpl, &reading);
	tmpl->head.gain = reply_head_sum(&tmpl->head);
	tmpl->kiss.gain = reply_head_sum(&tmpl->kiss);
	tmpl->from_ns = from_ns;
	tmpl->lasts_ns = until_ns - from_ns;
	tmpl->base_ts = ntp_time_to_wire(reading.now);
	tmpl->base_rest =
		ntp_time_scale_rest(from_ns - sample->base_ns, sample->multiplier, sample->shift);
	tmpl->multiplier = sample->multiplier;
	tmpl->shift = sample->shift;
	tmpl->verdict = VERDICT_SERVED;
	return true;
}

/* For one moment alone: no more than the verdict where it is not SERVED. */
CORE_INLINE void reply_template_fill_moment(struct reply_template *tmpl, enum verdict verdict,
	const struct timepage_sample *sample, uint64_t now_ns)
{
	struct timepage_reading reading;

	tmpl->lasts_ns = 0;
	tmpl->verdict = verdict;
	if (verdict != VERDICT_SERVED)
		return;
	timepage_evaluate(sample, now_ns, &reading);
	tmpl->from_ns = now_ns;
	tmpl->base_ts = ntp_time_to_wire(reading.now);
	tmpl->base_rest = 0;
	tmpl->multiplier = 0; /* time stands still */
	tmpl->shift = 0;
	reply_template_prepare(tmpl, &reading);
}

/* Fills it with what the page says about now_ns. page_retries: counts how often it began anew;
 * NULL: nowhere. */
CORE_INLINE void reply_template_fill(struct reply_template *tmpl, const struct timepage *page,
	uint64_t now_ns, uint64_t *page_retries)
{
	enum verdict verdict = VERDICT_PASS_PAGE_TORN;
	int attempt;

	if (CORE_UNLIKELY(!timepage_known(page)))
		verdict = VERDICT_PASS_PAGE_FOREIGN;
	CORE_NO_UNROLL
	for (attempt = 0; attempt < TIMEPAGE_TRIES && verdict == VERDICT_PASS_PAGE_TORN;
		attempt++) {
		/* Pairs as in timepage_read(). */
		uint64_t generation = compiler_load_acquire(page->generation);
		const struct timepage_sample *sample = &page->sample[generation & 1];

		if (CORE_UNLIKELY(generation == 0)) {
			verdict = VERDICT_PASS_PAGE_UNWRITTEN;
			break;
		}
		compiler_opaque(sample);
		if (!reply_template_fill_lasting(tmpl, sample, now_ns))
			reply_template_fill_moment(
				tmpl, timepage_judge(sample, now_ns), sample, now_ns);
		if (CORE_LIKELY(timepage_whole(page, generation, sample->generation))) {
			tmpl->generation = generation;
			return;
		}
		if (page_retries != NULL)
			compiler_count(*page_retries, 1);
	}
	tmpl->lasts_ns = 0;
	tmpl->verdict = verdict;
}

#endif
