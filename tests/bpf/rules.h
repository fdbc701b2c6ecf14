// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a frame that came back has to be: the same to the octet where the clock
 * and the dice were the test's; otherwise the same but for what they decide,
 * and those fields by rule (protocol.md sec. 2).
 */
#ifndef TESTS_BPF_RULES_H
#define TESTS_BPF_RULES_H

#include "tests/vectors/vector.h"

/* A frame, and between which moments it was made. */
struct rules_arrival {
	const uint8_t *frame;
	size_t length;
	uint64_t earliest_ns; /* CLOCK_MONOTONIC */
	uint64_t latest_ns;
};

uint64_t rules_clock_ns(void);

/* NULL, or what is wrong. */
const char *rules_same(const struct vector *vector, const struct rules_arrival *arrival);
/* page is the one that the frame met. */
const char *rules_broken(const struct vector *vector, const struct timepage *page,
	const struct rules_arrival *arrival);

#endif
