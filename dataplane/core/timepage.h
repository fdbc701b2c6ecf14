// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading and writing the time page. Its layout and the idea of the latch are
 * in timepage_layout.h; here stand both halves of the lock, side by side.
 * timepage_read() is for everybody, timepage_publish() for the one writer.
 */
#ifndef CORE_TIMEPAGE_H
#define CORE_TIMEPAGE_H

#include "dataplane/core/timepage_sample.h"

/* Makes the memory a page that was never written. For its creator alone, before anyone maps it. */
CORE_INLINE void timepage_init(struct timepage *page)
{
	page->layout = TIMEPAGE_LAYOUT;
	page->size = sizeof(*page);
	page->generation = 0;
	compiler_store_release(page->magic, TIMEPAGE_MAGIC);
}

CORE_INLINE bool timepage_known(const struct timepage *page)
{
	uint64_t head; /* magic, layout and size in one load */

	__builtin_memcpy(&head, page, sizeof(head));
	return head ==
	       (TIMEPAGE_MAGIC | (uint64_t)TIMEPAGE_LAYOUT << 32 | (uint64_t)sizeof(*page) << 48);
}

/* Was what was read of the sample whole? Both generations as they were read before it. */
CORE_INLINE bool timepage_whole(
	const struct timepage *page, uint64_t generation, uint64_t sample_generation)
{
	/* Pairs with the barrier at the head of timepage_publish(). */
	compiler_barrier();
	return sample_generation == generation && compiler_load(page->generation) == generation;
}

/*
 * Reads the page at the counter moment now_ns. VERDICT_SERVED: ret_reading is
 * good time. PASS_UNSYNCHRONISED and PASS_PAGE_EXPIRED: ret_reading holds what the page
 * says, which must not be called good. Any other verdict: nothing was read.
 */
CORE_INLINE enum verdict timepage_read(
	const struct timepage *page, uint64_t now_ns, struct timepage_reading *ret_reading)
{
	enum verdict verdict = VERDICT_PASS_PAGE_TORN;
	int attempt;

	if (CORE_UNLIKELY(!timepage_known(page)))
		return VERDICT_PASS_PAGE_FOREIGN;
	CORE_NO_UNROLL
	for (attempt = 0; attempt < TIMEPAGE_TRIES; attempt++) {
		/* Pairs with the store-release at the end of timepage_publish(). */
		uint64_t generation = compiler_load_acquire(page->generation);
		const struct timepage_sample *sample = &page->sample[generation & 1];
		enum verdict judged;

		if (CORE_UNLIKELY(generation == 0))
			return VERDICT_PASS_PAGE_UNWRITTEN;
		compiler_opaque(sample);
		judged = timepage_judge(sample, now_ns);
		timepage_evaluate(sample, now_ns, ret_reading);
		if (CORE_LIKELY(timepage_whole(page, generation, sample->generation))) {
			verdict = judged;
			break;
		}
	}
	return verdict;
}

/* The writer: makes the sample current. There is one writer at a time. */
CORE_INLINE void timepage_publish(struct timepage *page, const struct timepage_sample *sample)
{
	uint64_t next = page->generation + 1;
	struct timepage_sample *copy;

	if (next == 0) /* 0 means never written */
		next = 2;
	copy = &page->sample[next & 1];
	/* Store before store: who still reads this copy must find the generation turned before.
	 * Pairs with the barrier in timepage_whole(). */
	compiler_barrier();
	*copy = *sample;
	copy->generation = next;
	/* Pairs with the load-acquire of the readers. */
	compiler_store_release(page->generation, next);
}

/* The sample that readers use now, for the writer alone: nobody else turns the generation. */
CORE_INLINE const struct timepage_sample *timepage_current(const struct timepage *page)
{
	return page->generation ? &page->sample[page->generation & 1] : NULL;
}

#endif
