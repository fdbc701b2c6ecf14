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
#ifndef CORE_TIMEPAGE_LAYOUT_H
#define CORE_TIMEPAGE_LAYOUT_H

#include "dataplane/core/byteorder.h"
#include "dataplane/core/ntp_wire.h"

#define TIMEPAGE_MAGIC          0x4e545058U /* "NTPX" */
#define TIMEPAGE_LAYOUT         1
/* A second attempt meets a writer's turn (4 to 1000 a second); four in a row mean a broken page. */
#define TIMEPAGE_TRIES          4
/* A reader may have read the counter just before the writer chose the base. */
#define TIMEPAGE_BEFORE_BASE_NS 1000000000ULL
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
	uint32_t answer_cost_ns; /* from reading the clock to the reply on its way */
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

#endif
