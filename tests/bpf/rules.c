// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Judges frames that came back from the kernel: see rules.h. What the page's
 * time was comes from the vectors' own reference.
 */
#include "tests/bpf/rules.h"

#include <string.h>
#include <time.h>

#include "tests/vectors/build.h"
#include "tests/vectors/reference.h"

uint64_t rules_clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

const char *rules_same(const struct vector *vector, const struct rules_arrival *arrival)
{
	if (arrival->length != vector->out_length)
		return "another length";
	if (memcmp(arrival->frame, vector->out, arrival->length) != 0)
		return "other octets";
	return NULL;
}

/* The octets of the reply that neither clock nor dice decide. */
static bool same_elsewhere(const struct vector *vector, const uint8_t *frame)
{
	size_t ntp = vector->ntp_offset, checksum = ntp - 2;

	return memcmp(frame, vector->out, checksum) == 0 &&
	       memcmp(frame + ntp, vector->out + ntp, 8) == 0 &&          /* to the root delay */
	       memcmp(frame + ntp + 12, vector->out + ntp + 12, 20) == 0; /* id to origin */
}

/* The error that the UDP checksum carries: 0 where it is right. */
static uint64_t checksum_error(const struct vector *vector, const uint8_t *frame)
{
	const uint8_t *udp = frame + vector->ntp_offset - 8;

	return build_udp_sum(udp - (vector->ipv6 ? 40 : 20), udp, vector->ipv6, 56) % 0xffff;
}

static const char *wrong_time(const struct vector *vector, const struct timepage_sample *sample,
	const struct rules_arrival *arrival)
{
	const uint8_t *ntp = arrival->frame + vector->ntp_offset;
	uint64_t receive = build_get(ntp + 32, 8), transmit = build_get(ntp + 40, 8);
	uint64_t earliest = (uint64_t)reference_now(sample, arrival->earliest_ns);
	uint64_t latest = (uint64_t)reference_now(sample, arrival->latest_ns);
	int precision = sample->precision > -1 ? -1 : sample->precision;
	uint64_t step = (uint64_t)1 << (32 + precision);
	uint64_t cost = (uint64_t)sample->answer_cost_ns * 43 / 10;

	if ((int64_t)(receive - earliest) < -(int64_t)step ||
		(int64_t)(latest - receive) < -(int64_t)step)
		return "receive is not the time at which it came";
	if ((int64_t)(transmit - receive) <= 0)
		return "transmit is not after receive";
	if (transmit - receive > cost + 2 * step)
		return "transmit is too late";
	if (receive % 2 != 1 || transmit % 2 != 0)
		return "the lowest bits do not tell receive and transmit apart";
	if (transmit == 0)
		return "transmit is 0";
	return NULL;
}

const char *rules_broken(const struct vector *vector, const struct timepage *page,
	const struct rules_arrival *arrival)
{
	const struct timepage_sample *sample = &page->sample[page->generation & 1];
	struct reference_moment first = {arrival->earliest_ns, 0, 0};
	struct reference_moment last = {arrival->latest_ns, 0, 0};
	const uint8_t *frame = arrival->frame, *ntp = frame + vector->ntp_offset;
	uint32_t dispersion;

	if (!vector_answered(vector))
		return rules_same(vector, arrival);
	if (arrival->length != vector->out_length)
		return "another length";
	if (!same_elsewhere(vector, frame))
		return "other octets where neither clock nor dice decide";
	dispersion = (uint32_t)build_get(ntp + 8, 4);
	if (dispersion < reference_time(sample, &first).root_dispersion ||
		dispersion > reference_time(sample, &last).root_dispersion)
		return "root dispersion did not grow with time";
	if ((build_get(ntp - 2, 2) == 0) !=
		(build_get(vector->out + vector->ntp_offset - 2, 2) == 0))
		return "a UDP checksum where there was none, or none where there was one";
	if (build_get(ntp - 2, 2) != 0 &&
		checksum_error(vector, frame) != checksum_error(vector, vector->out))
		return "UDP checksum";
	return wrong_time(vector, sample, arrival);
}
