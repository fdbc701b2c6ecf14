// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Counters of the engines: one block per CPU (XDP) or per worker (the other
 * engines), each written by nobody else, so that no lock and no atomic is
 * needed; whoever wants totals adds the blocks up (dataplane/state/counters.h).
 */
#ifndef CORE_COUNTERS_H
#define CORE_COUNTERS_H

#include "dataplane/core/frame.h"
#include "dataplane/core/verdict.h"

#define COUNTERS_CPUS     512 /* a power of two: the XDP program masks its CPU number */
#define COUNTERS_WORKERS  64
#define COUNTERS_VERDICTS 48 /* room for verdicts to come without another layout */
#define COUNTERS_VERSIONS 8

struct counters_block {
	uint64_t verdict[COUNTERS_VERDICTS]; /* frames, by enum verdict */
	/* Client requests to this host by IP family and NTP version, whatever became of them. */
	uint64_t request[FRAME_FAMILIES][COUNTERS_VERSIONS];
} CORE_CACHE_ALIGNED;

struct counters {
	struct counters_block xdp[COUNTERS_CPUS];
	struct counters_block socket[COUNTERS_WORKERS];
	struct counters_block dpdk[COUNTERS_WORKERS];
};

_Static_assert(VERDICT_COUNT <= COUNTERS_VERDICTS, "counters layout 1");
_Static_assert(sizeof(struct counters_block) == 512, "counters layout 1: whole cache lines");

CORE_INLINE void counters_verdict(struct counters_block *block, enum verdict verdict)
{
	uint32_t index = verdict;

	if (index < COUNTERS_VERDICTS)
		compiler_count(block->verdict[index], 1);
}

CORE_INLINE void counters_request(
	struct counters_block *block, enum frame_family family, uint8_t version)
{
	compiler_count(block->request[family & 1][version & (COUNTERS_VERSIONS - 1)], 1);
}

/* Replies with the time, of a sum of blocks. A kiss is a reply without. */
CORE_INLINE uint64_t counters_answered(const struct counters_block *sum)
{
	return sum->verdict[VERDICT_SERVED] + sum->verdict[VERDICT_SERVED_LEAKED];
}

/* Client requests to this host over one family, of a sum of blocks. */
CORE_INLINE uint64_t counters_requests(const struct counters_block *sum, enum frame_family family)
{
	uint64_t total = 0;
	uint32_t version;

	for (version = 0; version < COUNTERS_VERSIONS; version++)
		total += sum->request[family & 1][version];
	return total;
}

#endif
