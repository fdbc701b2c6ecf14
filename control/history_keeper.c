// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From the counters to the history; history_keeper.h is the manual.
 */
#include "control/history_keeper.h"

#include "control/clocks.h"
#include "control/counts.h"

#include <errno.h>
#include <string.h>

int history_keeper_start(struct history_keeper *keeper)
{
	keeper->history = history_new();
	return keeper->history ? 0 : -ENOMEM;
}

void history_keeper_stop(struct history_keeper *keeper)
{
	history_free(keeper->history);
	keeper->history = NULL;
}

uint64_t history_keeper_now_ns(const struct history_keeper *keeper)
{
	return clocks_mono_ns() + (uint64_t)clocks_asleep_ns(keeper->asleep_ns);
}

static uint64_t requests_of(const struct counters_block *block)
{
	return counters_requests(block, FRAME_IPV4) + counters_requests(block, FRAME_IPV6);
}

/* Where the socket has the port it has counted all that was handed up; where it does not, none. */
static uint64_t requests_once(const struct counters_block *sum, const struct counters_block *xdp)
{
	uint64_t by_xdp = requests_of(xdp), by_others = requests_of(sum) - by_xdp, handed_up = 0;

	for (int i = VERDICT_FIRST_PASS; i < VERDICT_FIRST_DROP; i++)
		if (verdict_is_request((enum verdict)i))
			handed_up += xdp->verdict[i];
	return by_others > handed_up ? by_xdp - handed_up + by_others : by_xdp;
}

void history_keeper_count(const struct counters_block *sum, const struct counters_block *xdp,
	struct history_reading *ret_reading)
{
	uint64_t *count = ret_reading->count;

	memset(ret_reading, 0, sizeof(*ret_reading));
	count[HISTORY_requests] = requests_once(sum, xdp);
	count[HISTORY_answered] = counters_answered(sum);
	count[HISTORY_limited] =
		sum->verdict[VERDICT_DROP_LIMITED] + sum->verdict[VERDICT_SERVED_KISS];
	for (int i = VERDICT_FIRST_PASS; i < VERDICT_FIRST_DROP; i++)
		count[HISTORY_passed] += sum->verdict[i];
	for (int i = VERDICT_FIRST_DROP; i < VERDICT_COUNT; i++)
		if (i != VERDICT_DROP_LIMITED)
			count[HISTORY_dropped] += sum->verdict[i];
}

void history_keeper_turn(struct history_keeper *keeper, const struct state *state)
{
	struct timepage_reading served;
	struct history_reading reading;
	struct counters_block sum, xdp;
	uint64_t now_ns;

	keeper->asleep_ns = clocks_asleep_ns(keeper->asleep_ns);
	now_ns = history_keeper_now_ns(keeper);
	if (!history_due(keeper->history, now_ns))
		return;
	state_count_xdp(state, &xdp);
	counts_sum(state, &sum);
	history_keeper_count(&sum, &xdp, &reading);
	reading.good = timepage_read(state->page, clocks_mono_ns(), &served) == VERDICT_SERVED;
	history_add(keeper->history, now_ns, &reading);
}
