// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Counters of the engines: one block for each CPU of an interface (XDP) or for each worker (the
 * other engines), written by nobody else, so that no lock and no atomic is needed; whoever wants
 * totals adds the blocks up (state_count() and its like in dataplane/state/state.h).
 */
#ifndef CORE_COUNTERS_H
#define CORE_COUNTERS_H

#include "dataplane/core/frame.h"
#include "dataplane/core/ntp_wire.h"
#include "dataplane/core/verdict.h"

#define COUNTERS_BLOCKS   2048 /* a power of two: the XDP program masks its block's number */
#define COUNTERS_WORKERS  64
#define COUNTERS_VERDICTS 46 /* room for verdicts to come without another layout */
#define COUNTERS_OUTCOMES 2  /* 0: no reply left; 1: one did */
#define COUNTERS_VERSIONS 4  /* NTP_VERSION_MIN stands first */

struct counters_block {
	uint64_t verdict[COUNTERS_VERDICTS]; /* frames, by enum verdict */
	uint64_t page_retries; /* readings of the time page begun anew: the writer came between */
	uint64_t reserved;
	/* Client requests to this host by what became of them, IP family and NTP version. */
	uint64_t request[COUNTERS_OUTCOMES][FRAME_FAMILIES][COUNTERS_VERSIONS];
} CORE_CACHE_ALIGNED;

struct counters {
	/* CPU c of the interface in slot s counts in s << state_cpus_log2() | c. */
	struct counters_block xdp[COUNTERS_BLOCKS];
	struct counters_block detached; /* of interfaces whose slot another one has by now */
	struct counters_block socket[COUNTERS_WORKERS];
	struct counters_block dpdk[COUNTERS_WORKERS];
};

_Static_assert(VERDICT_COUNT <= COUNTERS_VERDICTS, "counters layout 2");
_Static_assert(sizeof(struct counters_block) == 512, "counters layout 2: whole cache lines");

CORE_INLINE void counters_verdict(struct counters_block *block, enum verdict verdict)
{
	uint32_t index = verdict;

	/* Linux 6.1's verifier forgets the bounds of 32 bits that go by the stack. */
	if (!__builtin_constant_p(verdict))
		compiler_opaque(index);
	if (index < COUNTERS_VERDICTS)
		compiler_count(block->verdict[index], 1);
}

/* A client's request, of a version that there is; replied: a datagram goes back. */
CORE_INLINE void counters_request(
	struct counters_block *block, bool replied, enum frame_family family, uint8_t version)
{
	uint32_t index = (uint32_t)(version - NTP_VERSION_MIN) & (COUNTERS_VERSIONS - 1);

	compiler_count(block->request[replied][family & 1][index], 1);
}

/* So many SERVED requests alike: for who answers many at once. */
CORE_INLINE void counters_served(
	struct counters_block *block, uint64_t count, enum frame_family family, uint8_t version)
{
	uint32_t index = (uint32_t)(version - NTP_VERSION_MIN) & (COUNTERS_VERSIONS - 1);

	compiler_count(block->verdict[VERDICT_SERVED], count);
	compiler_count(block->request[true][family & 1][index], count);
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
		total +=
			sum->request[0][family & 1][version] + sum->request[1][family & 1][version];
	return total;
}

#endif
