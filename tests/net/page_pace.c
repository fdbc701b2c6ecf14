// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * page_pace PINDIR SECONDS PERIOD_MS: how evenly the daemon writes the time page, as a reader sees
 * it. Looks at the page every few ms; each sample says by itself when its clocks were read, so that
 * looking late costs no precision. Prints a JSON object: samples seen, those missed between two
 * looks, and the time between two that follow one another, at most and in the median, less the
 * period in which the daemon's loop has a turn: by how much the loop was late.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dataplane/state/state.h"

#define LOOK_NS   5000000L
#define PACES_MAX 100000

static int64_t paces[PACES_MAX];

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int compare(const void *left, const void *right)
{
	int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

	return (a > b) - (a < b);
}

/* The moment of the current sample with its generation; false: it was just being turned. */
static bool look(const struct timepage *page, uint64_t *ret_generation, int64_t *ret_base_ns)
{
	uint64_t generation = compiler_load(page->generation);
	const struct timepage_sample *sample = timepage_current(page);

	if (!sample)
		return false;
	*ret_base_ns = (int64_t)compiler_load(sample->base_ns);
	*ret_generation = generation;
	return compiler_load(page->generation) == generation;
}

static void watch(const struct timepage *page, int64_t end_ns, int64_t period_ns)
{
	const struct timespec pause = {0, LOOK_NS};
	uint64_t before = 0, generation;
	size_t count = 0, missed = 0;
	int64_t base_ns, last_ns = 0;

	for (; now_ns() < end_ns && count < PACES_MAX; nanosleep(&pause, NULL)) {
		if (!look(page, &generation, &base_ns) || generation == before)
			continue;
		if (before && generation == before + 1)
			paces[count++] = base_ns - last_ns - period_ns;
		else if (before)
			missed += generation - before;
		before = generation;
		last_ns = base_ns;
	}
	qsort(paces, count, sizeof(paces[0]), compare);
	printf("{\"samples\": %zu, \"missed\": %zu, \"worst_ms\": %.3f, \"median_ms\": %.3f}\n",
		count, missed, count ? (double)paces[count - 1] / 1e6 : 0.0,
		count ? (double)paces[count / 2] / 1e6 : 0.0);
}

int main(int argc, char **argv)
{
	struct state_failure failure;
	struct state *state;
	int error;

	if (argc != 4) {
		fprintf(stderr, "usage: page_pace PINDIR SECONDS PERIOD_MS\n");
		return 2;
	}
	error = state_open(argv[1], &state, &failure);
	if (error) {
		fprintf(stderr, "%s %s: %s\n", failure.doing, failure.object, strerror(-error));
		return 1;
	}
	watch(state->page, now_ns() + (int64_t)(strtod(argv[2], NULL) * 1e9),
		strtol(argv[3], NULL, 10) * 1000000);
	state_close(state);
	return 0;
}
