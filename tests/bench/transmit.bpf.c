// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The XDP program, which reads the clock again when the reply is ready and compares what time it is
 * then with the transmit timestamp that it served. For transmit.c; never in a server.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "dataplane/core/respond.h"
#include "tests/bench/transmit.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2 * TRANSMIT_BUCKETS);
	__type(key, uint32_t);
	__type(value, uint64_t);
} errors SEC(".maps");

static __always_inline void transmit_note(
	const struct timepage *page, const struct respond_input *in)
{
	struct timepage_reading reading;
	uint64_t *bucket, ahead_q32, error_ns;
	uint32_t index;

	if (timepage_read(page, bpf_ktime_get_ns(), &reading) != VERDICT_SERVED)
		return;
	ahead_q32 = ntp_time_to_wire(reading.now) - be64_value(in->layers.ntp->transmit_ts);
	index = ahead_q32 >> 63 ? TRANSMIT_EARLY : TRANSMIT_LATE;
	if (ahead_q32 >> 63)
		ahead_q32 = -ahead_q32;
	/* Below 2^32 the product fits: a second. */
	error_ns = ahead_q32 >> 32 ? NTP_TIME_NS_PER_S : ahead_q32 * NTP_TIME_NS_PER_S >> 32;
	error_ns /= TRANSMIT_STEP_NS;
	index += error_ns < TRANSMIT_BUCKETS ? error_ns : TRANSMIT_BUCKETS - 1;
	bucket = bpf_map_lookup_elem(&errors, &index);
	if (bucket != NULL)
		*bucket += 1;
}

#define HOOK_REPLIED(in) transmit_note(&time_page, in)

#include "bpf/ntpxdp.bpf.c"
