/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Slices of the walk; see census_taker.h. */
#include "control/census_taker.h"

#include "control/clocks.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>

#define SLICE_NS 500000 /* a million clients take some 20 ms in all */
#define PAUSE_US 10000
#define STEP     256 /* sets: some 20 us */
#define FRESH_NS UINT64_C(10000000000)

struct census_taker {
	const struct state *state;
	struct event *due;
	struct census census;
	uint64_t longest_ns;
};

static void on_due(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval pause = {0, PAUSE_US};
	struct census_taker *taker = arg;
	uint64_t begun_ns = clocks_mono_ns(), now_ns = begun_ns;
	bool more = true;

	(void)fd;
	(void)what;
	while (more && now_ns - begun_ns < SLICE_NS) {
		more = census_walk(&taker->census, taker->state, now_ns, STEP);
		now_ns = clocks_mono_ns();
	}
	if (now_ns - begun_ns > taker->longest_ns)
		taker->longest_ns = now_ns - begun_ns;
	if (more)
		event_add(taker->due, &pause);
}

int census_taker_new(
	struct event_base *base, const struct state *state, struct census_taker **ret_taker)
{
	struct census_taker *taker = calloc(1, sizeof(*taker));

	if (!taker)
		return -ENOMEM;
	taker->state = state;
	taker->due = event_new(base, -1, 0, on_due, taker);
	if (!taker->due) {
		free(taker);
		return -ENOMEM;
	}
	*ret_taker = taker;
	return 0;
}

void census_taker_free(struct census_taker *taker)
{
	if (!taker)
		return;
	event_free(taker->due);
	free(taker);
}

const struct census_result *census_taker_ask(struct census_taker *taker)
{
	const struct timeval at_once = {0, 0};
	const struct census_result *last = census_last(&taker->census, taker->state);
	uint64_t now_ns = clocks_mono_ns();

	if (!last || now_ns - last->begun_ns > FRESH_NS)
		census_begin(&taker->census, taker->state, now_ns);
	if (taker->census.walking && !event_pending(taker->due, EV_TIMEOUT, NULL))
		event_add(taker->due, &at_once);
	return last;
}

double census_taker_longest_s(const struct census_taker *taker)
{
	return (double)taker->longest_ns * 1e-9;
}
