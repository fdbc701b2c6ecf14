/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See loop_delay.h. */
#include "control/loop_delay.h"

const double loop_delay_bounds_s[LOOP_DELAY_BUCKETS] = {
	0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1};

void loop_delay_note(struct loop_delay *delay, uint64_t now_ns, uint64_t period_ns)
{
	uint64_t late_ns = 0;
	int at = 0;

	if (delay->due_ns && now_ns > delay->due_ns)
		late_ns = now_ns - delay->due_ns;
	while (at < LOOP_DELAY_BUCKETS && (double)late_ns * 1e-9 > loop_delay_bounds_s[at])
		at++;
	delay->bucket[at]++;
	delay->sum_s += (double)late_ns * 1e-9;
	delay->due_ns = now_ns + period_ns - (late_ns < period_ns ? late_ns : 0);
}
