// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The time page: what time it is, how good that time is, and until when it may
 * be served. One writer (ntpxdpd), any number of readers on any core: the XDP
 * program, the engines, local programs that map it read-only. docs/time-page.md
 * is the protocol in prose; this header is the only definition of its layout.
 *
 * All integers are in host byte order (the page never leaves the host) but for
 * reference_id, which is opaque wire bytes. Counter moments ("_ns") are
 * CLOCK_MONOTONIC, which bpf_ktime_get_ns() reads.
 *
 * The latch: two copies of the sample and a generation. Readers use copy
 * generation & 1; the writer fills the other one, then turns the generation. A
 * reader that was so slow that the writer came round to its copy sees another
 * generation than at its start and begins again, a bounded number of times.
 */
#ifndef CORE_TIMEPAGE_H
#define CORE_TIMEPAGE_H

#include "dataplane/core/byteorder.h"
#include "dataplane/core/ntp_time.h"
#include "dataplane/core/ntp_wire.h"
#include "dataplane/core/verdict.h"

#define TIMEPAGE_MAGIC          0x4e545058U /* "NTPX" */
#define TIMEPAGE_LAYOUT         1
/* A second attempt meets a writer's turn (4 to 1000 a second); four in a row mean a broken page. */
#define TIMEPAGE_TRIES          4
/* A reader may have read the counter just before the writer chose the base. */
#define TIMEPAGE_BEFORE_BASE_NS NTP_TIME_NS_PER_S
/* protocol.md sec. 2: leap indicator 3 around a leap second. */
#define TIMEPAGE_LEAP_BEFORE_NS 500000000ULL
#define TIMEPAGE_LEAP_AFTER_NS  1500000000ULL

#define TIMEPAGE_SYNCHRONISED 1U /* in flags: the sample may be served as good time */

struct timepage_sample {
	uint64_t generation;          /* that of the page when this copy is the current one */
	uint64_t base_ns;             /* counter moment of all that follows */
	uint64_t base_seconds;        /* NTP time at base_ns, era kept */
	uint32_t base_fraction;       /* 2^-32 s */
	uint32_t multiplier;          /* 2^-32 s per ns = multiplier / 2^shift */
	uint32_t shift;               /* 1..31 */
	uint32_t flags;               /* TIMEPAGE_SYNCHRONISED */
	uint64_t expires_ns;          /* never served from this moment on */
	uint64_t root_dispersion_q32; /* at base_ns */
	uint32_t dispersion_rate_q32; /* its growth, s per s in 2^-32; 15 ppm = 64425 */
	uint32_t root_delay_q16;      /* 16.16 s */
	uint64_t reference_ts;        /* last update of the clock, 32.32 wire format */
	uint64_t leap_at_ns;          /* moment of the coming leap second; 0: none is armed */
	be32 reference_id;
	uint8_t stratum;         /* of this server: the source's + 1; 16 unsynchronised */
	uint8_t leap;            /* enum ntp_leap, announced until leap_at_ns */
	int8_t precision;        /* log2 s of a clock read, rounded up */
	int8_t leap_sign;        /* +1: a second is inserted; -1: one is deleted */
	uint32_t answer_cost_ns; /* from reading the clock to having the reply ready */
	uint32_t reserved[9];
};

struct timepage {
	uint32_t magic;      /* constant from creation on: TIMEPAGE_MAGIC */
	uint16_t layout;     /* TIMEPAGE_LAYOUT */
	uint16_t size;       /* sizeof(struct timepage) */
	uint64_t generation; /* 0: never written */
	uint64_t reserved[6];
	struct timepage_sample sample[2] CORE_CACHE_ALIGNED;
};

_Static_assert(sizeof(struct timepage_sample) == 128, "time page layout 1: two cache lines");
_Static_assert(sizeof(struct timepage) == 320, "time page layout 1");
_Static_assert(offsetof(struct timepage, generation) == 8, "time page layout 1");
_Static_assert(offsetof(struct timepage, sample) == 64, "time page layout 1");
_Static_assert(offsetof(struct timepage_sample, expires_ns) == 40, "time page layout 1");
_Static_assert(offsetof(struct timepage_sample, reference_ts) == 64, "time page layout 1");
_Static_assert(offsetof(struct timepage_sample, leap_at_ns) == 72, "time page layout 1");
_Static_assert(offsetof(struct timepage_sample, answer_cost_ns) == 88, "time page layout 1");

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
	return page->magic == TIMEPAGE_MAGIC && page->layout == TIMEPAGE_LAYOUT &&
	       page->size == sizeof(*page);
}

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
	uint64_t age_q16 = ((age_ns >> 8) * 281475 >> 24) + 1;

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
	reading->reference_id = sample->reference_id;
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
	for (attempt = 0; attempt < TIMEPAGE_TRIES; attempt++) {
		/* Pairs with the store-release at the end of timepage_publish(). */
		uint64_t generation = compiler_load_acquire(page->generation);
		const struct timepage_sample *sample = &page->sample[generation & 1];
		enum verdict judged;
		bool whole;

		if (generation == 0)
			return VERDICT_PASS_PAGE_UNWRITTEN;
		judged = timepage_judge(sample, now_ns);
		timepage_evaluate(sample, now_ns, ret_reading);
		whole = sample->generation == generation;
		/* Pairs with the barrier at the head of timepage_publish(). */
		compiler_barrier();
		if (CORE_LIKELY(whole && compiler_load(page->generation) == generation)) {
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
	 * Pairs with the barrier at the end of timepage_read(). */
	compiler_barrier();
	*copy = *sample;
	copy->generation = next;
	/* Pairs with the load-acquire at the start of timepage_read(). */
	compiler_store_release(page->generation, next);
}

/* The sample that readers use now, for the writer alone: nobody else turns the generation. */
CORE_INLINE const struct timepage_sample *timepage_current(const struct timepage *page)
{
	return page->generation ? &page->sample[page->generation & 1] : NULL;
}

#endif
