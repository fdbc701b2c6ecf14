// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Somebody who reads the page of publisher_world.h, again and again: time never goes back.
 */
#ifndef TESTS_PUBLISHER_CLIENT_H
#define TESTS_PUBLISHER_CLIENT_H

#include "tests/unit/publisher_world.h"

static inline int64_t unix_ns(struct ntp_time time)
{
	return (int64_t)(time.seconds - NTP_TIME_UNIX_EPOCH_S) * NS_PER_S +
	       (int64_t)(((uint64_t)time.fraction * NS_PER_S) >> 32);
}

/* Serves one request; time never goes back. */
static inline enum verdict serve(struct world *world, struct timepage_reading *ret_reading)
{
	enum verdict verdict = timepage_read(&world->page, world->pair.mono_ns, ret_reading);

	if (verdict != VERDICT_SERVED)
		return verdict;
	assert_true(unix_ns(ret_reading->now) >= world->last_ns);
	world->last_ns = unix_ns(ret_reading->now);
	/* Not after now; the difference survives the change of era. */
	assert_true((int64_t)(ntp_time_to_wire(ret_reading->now) - ret_reading->reference_ts) >= 0);
	return verdict;
}

/* A second in the life of the page: published four times, read a hundred times. */
static inline void run(struct world *world, int seconds)
{
	struct timepage_reading reading;
	int i;

	for (i = 0; i < seconds * 100; i++) {
		pass(world, 10 * MS);
		serve(world, &reading);
		if (i % 25 != 0)
			continue;
		publish(world);
		serve(world, &reading);
	}
}

static inline int64_t error_ns(struct world *world)
{
	struct timepage_reading reading;

	assert_int_equal(serve(world, &reading), VERDICT_SERVED);
	return unix_ns(reading.now) - world->utc_ns;
}

#endif
