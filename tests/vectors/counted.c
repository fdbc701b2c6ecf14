// SPDX-License-Identifier: GPL-2.0-or-later
/* Which counters one frame has to move; declared in vector.h. */
#include <string.h>

#include "tests/vectors/vector.h"

#define CELLS (COUNTERS_OUTCOMES * FRAME_FAMILIES * COUNTERS_VERSIONS)

/* Which verdicts end a client's request to this host, stated anew. */
static bool counts_as_request(const struct vector *vector)
{
	switch (vector->verdict) {
	case VERDICT_SERVED:
	case VERDICT_SERVED_LEAKED:
	case VERDICT_SERVED_KISS:
	case VERDICT_DROP_DENIED:
	case VERDICT_DROP_LIMITED:
	case VERDICT_PASS_LONG:
	case VERDICT_PASS_INTERLEAVED:
	case VERDICT_PASS_NO_ROUTE:
		return true;
	default:
		return strncmp(vector_verdict_name(vector->verdict), "pass_page", 9) == 0 ||
		       vector->verdict == VERDICT_PASS_UNSYNCHRONISED;
	}
}

const char *vector_counted(const struct counters_block *before, const struct counters_block *after,
	const struct vector *vector)
{
	bool request = counts_as_request(vector);
	bool replied = strncmp(vector_verdict_name(vector->verdict), "served", 6) == 0;
	int version = request ? vector->in[vector->ntp_offset] >> 3 & 7 : -1;

	for (int i = 0; i < COUNTERS_VERDICTS; i++)
		if (after->verdict[i] - before->verdict[i] != (i == (int)vector->verdict))
			return i == (int)vector->verdict ? "its verdict was not counted"
							 : vector_verdict_name((enum verdict)i);
	for (int i = 0; i < CELLS; i++) {
		int expected = replied << 3 | (vector->ipv6 ? 1 : 0) << 2 | (version - 1);

		if ((&after->request[0][0][0])[i] - (&before->request[0][0][0])[i] !=
			(request && i == expected))
			return request ? "the request was counted wrongly" : "counted as a request";
	}
	return NULL;
}
