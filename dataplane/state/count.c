// SPDX-License-Identifier: GPL-2.0-or-later
/* Adding the blocks of counters up, and whose they are. Declared in state.h. */
#include "dataplane/state/state.h"

#include <bpf/libbpf.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

void state_count(const struct counters_block *blocks, size_t count, struct counters_block *ret_sum)
{
	uint64_t sum[sizeof(*ret_sum) / sizeof(uint64_t)] = {0};
	const size_t words = sizeof(sum) / sizeof(sum[0]);
	size_t block, word;

	for (block = 0; block < count; block++)
		for (word = 0; word < words; word++)
			sum[word] += compiler_load(((const uint64_t *)&blocks[block])[word]);
	memcpy(ret_sum, sum, sizeof(*ret_sum));
}

double state_counted_s(const struct state *state)
{
	/* A file's modification is its last writing; its birth some file systems do not keep. */
	unsigned int wanted = state->in_files ? STATX_BTIME : STATX_MTIME;
	char path[STATE_PATH_MAX + 64];
	struct statx_timestamp made;
	struct timespec now;
	struct statx pin;
	double age_s;

	snprintf(path, sizeof(path), "%s/%s", state->directory, "counters");
	if (!state->directory[0] || statx(AT_FDCWD, path, 0, wanted, &pin) < 0 ||
		!(pin.stx_mask & wanted) || clock_gettime(CLOCK_REALTIME, &now) < 0)
		return NAN;
	made = state->in_files ? pin.stx_btime : pin.stx_mtime;
	age_s = (double)(now.tv_sec - made.tv_sec) + ((double)now.tv_nsec - made.tv_nsec) / 1e9;
	return age_s > 0 ? age_s : NAN;
}

unsigned int state_cpus_log2(void)
{
	int cpus = libbpf_num_possible_cpus();
	unsigned int log2 = 0;

	while (cpus > 1 << log2 && 1U << log2 < COUNTERS_BLOCKS)
		log2++;
	return log2;
}

unsigned int state_slots(void)
{
	unsigned int slots = COUNTERS_BLOCKS >> state_cpus_log2();

	return slots < CONFIG_INTERFACES ? slots : CONFIG_INTERFACES;
}

void state_count_interface(
	const struct state *state, unsigned int slot, struct counters_block *ret_sum)
{
	unsigned int log2 = state_cpus_log2();

	state_count(&state->counters->xdp[slot << log2], (size_t)1 << log2, ret_sum);
}

void state_count_xdp(const struct state *state, struct counters_block *ret_sum)
{
	struct counters_block sums[2] = {state->counters->detached};

	state_count(state->counters->xdp, (size_t)state_slots() << state_cpus_log2(), &sums[1]);
	state_count(sums, 2, ret_sum);
}

void state_count_anew(struct state *state, unsigned int slot)
{
	struct counters_block sums[2] = {state->counters->detached};
	unsigned int log2 = state_cpus_log2();

	state_count_interface(state, slot, &sums[1]);
	state_count(sums, 2, &state->counters->detached);
	memset(&state->counters->xdp[slot << log2], 0, sizeof(sums[0]) << log2);
}
