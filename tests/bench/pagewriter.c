// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `pagewriter PINDIR HZ SECONDS`: publishes the sample that stands in the time page again and
 * again, in the daemon's place, who is stopped meanwhile: what do the readers pay for it? Needs
 * root. Called by scripts/bench.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dataplane/core/timepage.h"
#include "dataplane/state/state.h"

#define NS_PER_S 1000000000L

static void wait_for(struct timespec *due, long interval_ns)
{
	due->tv_nsec += interval_ns;
	due->tv_sec += due->tv_nsec / NS_PER_S;
	due->tv_nsec %= NS_PER_S;
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, due, NULL);
}

int main(int argc, char **argv)
{
	struct state_failure failure;
	struct state *state;
	struct timespec due;
	long hz = argc == 4 ? atol(argv[2]) : 0;
	double seconds = argc == 4 ? atof(argv[3]) : 0;
	int error;

	if (hz < 1 || hz > 1000000 || !(seconds > 0)) {
		fprintf(stderr, "usage: pagewriter PINDIR HZ SECONDS\n");
		return 2;
	}
	error = state_create(argv[1], &state, &failure);
	if (error) {
		fprintf(stderr, "pagewriter: %s: %s %s\n", argv[1], failure.doing,
			strerror(-error));
		return 1;
	}
	if (!timepage_current(state->page)) {
		fprintf(stderr, "pagewriter: %s: the page was never written\n", argv[1]);
		return 1;
	}
	clock_gettime(CLOCK_MONOTONIC, &due);
	for (double left = seconds * (double)hz; left >= 1; left--) {
		struct timepage_sample sample = *timepage_current(state->page);

		state_publish(state, &sample);
		wait_for(&due, NS_PER_S / hz);
	}
	state_close(state);
	return 0;
}
