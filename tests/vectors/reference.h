// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The second opinion: which reply protocol.md sec. 2 asks for, worked out without
 * the packet core. Time is one 128-bit number, checksums run over everything.
 * Called by the table's builder for each vector that is served.
 */
#ifndef TESTS_VECTORS_REFERENCE_H
#define TESTS_VECTORS_REFERENCE_H

#include "dataplane/core/timepage.h"
#include "tests/vectors/build.h"

/* What a reply says of time. */
struct reference_time {
	uint8_t leap;
	uint8_t stratum;
	uint8_t precision;
	uint32_t root_delay;
	uint32_t root_dispersion;
	uint32_t reference_id;
	uint64_t reference_ts;
	uint64_t receive_ts;
	uint64_t transmit_ts;
	uint8_t traffic_class; /* of the packet around it */
};

struct reference_moment {
	uint64_t now_ns;
	uint32_t random;
	uint64_t origin_ts;
};

struct reference_time reference_time(
	const struct timepage_sample *sample, const struct reference_moment *moment);

/* The same as a RATE kiss. */
void reference_kiss(struct reference_time *time);

/* The page's time at a moment, in 2^-32 s since 1900, era kept; the leap second applied. */
unsigned __int128 reference_now(const struct timepage_sample *sample, uint64_t now_ns);

/* Writes the reply to the frame; returns its length. */
uint16_t reference_reply(const struct built *built, const uint8_t *request,
	const struct reference_time *time, uint8_t *ret_reply);

#endif
