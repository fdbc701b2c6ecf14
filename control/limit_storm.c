/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Storms of requests over the rate limit; see limit_storm.h. */
#include "control/limit_storm.h"

#define SLOTS (LIMIT_STORM_WINDOW_S + 1)
#define NS    1e9

static struct limit_storm_figures figures(
	const struct limit_storm_count *count, uint64_t duration_ns)
{
	double seconds = (double)duration_ns / NS;

	return (struct limit_storm_figures){
		.requests_per_s = (double)count->requests / seconds,
		.limited_per_s = (double)count->limited / seconds,
		.duration_ns = duration_ns,
	};
}

static struct limit_storm_count since(
	const struct limit_storm_count *count, const struct limit_storm_count *before)
{
	return (struct limit_storm_count){
		count->requests - before->requests, count->limited - before->limited};
}

static bool beyond(const struct limit_storm_figures *now, double share, double per_s)
{
	return now->limited_per_s >= per_s && now->limited_per_s >= share * now->requests_per_s;
}

/* Remembers this look; the counts of the last second are returned. */
static struct limit_storm_count remember(
	struct limit_storm *storm, uint64_t now_ns, const struct limit_storm_count *count)
{
	const struct limit_storm_count *before = &storm->at[(storm->next + SLOTS - 1) % SLOTS];
	struct limit_storm_count second = {0, 0};

	if (storm->known &&
		(count->requests < before->requests || count->limited < before->limited))
		storm->known = 0;
	else if (storm->known)
		second = since(count, before);
	storm->at[storm->next] = *count;
	storm->at_ns[storm->next] = now_ns;
	storm->next = (storm->next + 1) % SLOTS;
	if (storm->known < SLOTS)
		storm->known++;
	return second;
}

/* The window that ends with the last look; false while it is not a whole one. */
static bool look_back(const struct limit_storm *storm, uint64_t now_ns,
	struct limit_storm_count *ret_count, struct limit_storm_figures *ret_figures)
{
	unsigned int last = (storm->next + SLOTS - 1) % SLOTS, oldest = storm->next;

	if (storm->known < SLOTS || now_ns <= storm->at_ns[oldest])
		return false;
	*ret_count = since(&storm->at[last], &storm->at[oldest]);
	*ret_figures = figures(ret_count, now_ns - storm->at_ns[oldest]);
	return true;
}

enum limit_storm_change limit_storm_look(struct limit_storm *storm, uint64_t now_ns,
	const struct limit_storm_count *count, struct limit_storm_figures *ret_figures)
{
	struct limit_storm_count second = remember(storm, now_ns, count), in_window;
	struct limit_storm_figures window;

	storm->sum.requests += second.requests;
	storm->sum.limited += second.limited;
	if (!look_back(storm, now_ns, &in_window, &window))
		return LIMIT_STORM_NONE;
	if (!storm->raging) {
		if (!beyond(&window, LIMIT_STORM_BEGIN_SHARE, LIMIT_STORM_BEGIN_PER_S))
			return LIMIT_STORM_NONE;
		storm->raging = true;
		storm->began_ns = storm->at_ns[storm->next];
		storm->rough_ns = now_ns;
		storm->sum = storm->at_rough = in_window;
		*ret_figures = window;
		return LIMIT_STORM_BEGINS;
	}
	if (beyond(&window, LIMIT_STORM_CALM_SHARE, LIMIT_STORM_CALM_PER_S)) {
		storm->rough_ns = now_ns;
		storm->at_rough = storm->sum;
	}
	if (now_ns - storm->rough_ns < LIMIT_STORM_CALM_S * UINT64_C(1000000000))
		return LIMIT_STORM_NONE;
	storm->raging = false;
	*ret_figures = figures(&storm->at_rough, storm->rough_ns - storm->began_ns);
	return LIMIT_STORM_ENDS;
}
