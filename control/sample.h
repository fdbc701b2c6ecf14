// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One good exchange with a server, as the clock sees it: what came of an
 * accepted reply (control/exchange.h makes it) and all that a filter may know.
 * Time is UTC as an offset to CLOCK_MONOTONIC_RAW, which nobody slews: offset_ns
 * is (Unix UTC ns) - (raw ns), and its noise does not depend on the kernel clock.
 */
#ifndef CONTROL_SAMPLE_H
#define CONTROL_SAMPLE_H

#include <stdbool.h>

#include "dataplane/core/byteorder.h"

struct ntp_sample {
	uint64_t raw_ns;       /* CLOCK_MONOTONIC_RAW in the middle of T1 and T4 */
	int64_t offset_ns;     /* UTC - raw at raw_ns: ((T2 - T1) + (T3 - T4)) / 2 */
	int64_t delay_ns;      /* (T4 - T1) - (T3 - T2), never below the local precision */
	int64_t dispersion_ns; /* both precisions and 15 ppm of the exchange, RFC 5905 sec. 8 */
	int64_t root_delay_ns; /* the server's word, not this exchange */
	int64_t root_dispersion_ns;
	int64_t reference_age_ns; /* the server's time less its reference time; -1 unknown */
	be32 reference_id;        /* the server's own reference, not its address */
	uint8_t stratum;          /* the server's, 1..15 */
	uint8_t leap;             /* enum ntp_leap, never NTP_LEAP_UNKNOWN */
	uint8_t version;
	int8_t precision; /* log2 s, the server's */
	int8_t poll;      /* log2 s between requests when it was taken */
	bool interleaved; /* T3 is when the reply truly left, told one exchange later (RFC 9769) */
};

#endif
