// SPDX-License-Identifier: GPL-2.0-or-later
#include "dataplane/socket/stamp.h"

#include <time.h>

#define NS_PER_S    1000000000LL
#define PAIR_TRIES  3
/* A smaller step makes no error larger than itself. The clocks are read tens of ns apart. */
#define STEP_MIN_NS 20000

static int64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

uint64_t stamp_monotonic_ns(void)
{
	return (uint64_t)clock_ns(CLOCK_MONOTONIC);
}

struct stamp_pair stamp_now(void)
{
	struct stamp_pair best = {0};
	int i;

	for (i = 0; i < PAIR_TRIES; i++) {
		uint64_t early = (uint64_t)clock_ns(CLOCK_MONOTONIC);
		int64_t real = clock_ns(CLOCK_REALTIME);
		uint64_t late = (uint64_t)clock_ns(CLOCK_MONOTONIC);

		if (i && late - early >= best.width_ns)
			continue;
		best = (struct stamp_pair){early + (late - early) / 2, real, late - early};
	}
	return best;
}

static void remember(struct stamp_clock *clock, const struct stamp_pair *now)
{
	clock->difference_ns = now->real_ns - (int64_t)now->mono_ns;
	clock->width_ns = now->width_ns;
}

void stamp_begin(struct stamp_clock *clock, const struct stamp_pair *now)
{
	remember(clock, now);
	clock->believed = true;
}

bool stamp_convert(struct stamp_clock *clock, const struct stamp_pair *now, int64_t stamp_real_ns,
	uint64_t *ret_mono_ns)
{
	int64_t tolerated_ns = STEP_MIN_NS + (int64_t)(clock->width_ns + now->width_ns);
	int64_t moved_ns = now->real_ns - (int64_t)now->mono_ns - clock->difference_ns;
	int64_t age_ns;

	if (moved_ns > tolerated_ns || moved_ns < -tolerated_ns)
		clock->believed = false;
	remember(clock, now);
	/* Bounded before the subtraction: a stamp may be any number. */
	if (!clock->believed || stamp_real_ns <= 0 ||
		stamp_real_ns > now->real_ns + (int64_t)now->width_ns)
		return false;
	age_ns = now->real_ns - stamp_real_ns;
	if (age_ns < 0)
		age_ns = 0;
	if ((uint64_t)age_ns > now->mono_ns)
		return false;
	*ret_mono_ns = now->mono_ns - (uint64_t)age_ns;
	return true;
}
