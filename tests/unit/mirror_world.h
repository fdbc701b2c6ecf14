// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A host whose system clock another server steers, that server's word, a page, and somebody who
 * reads it: shared by the tests of the mirror. All clocks are the test's.
 */
#ifndef TESTS_MIRROR_WORLD_H
#define TESTS_MIRROR_WORLD_H

#include "tests/unit/publisher_client.h"

#include "control/mirror.h"

#include <string.h>

/* A machine whose system clock another server steers. */
struct host {
	struct world world; /* its utc_ns is CLOCK_REALTIME without leap seconds */
	struct mirror *mirror;
	int64_t kernel_ns; /* REALTIME - utc_ns: leap seconds and steps */
	int followed_steps;
	int64_t step_ns;
	bool hold_back; /* the mirrored server does not answer */
	int64_t server_ahead_ns;
	struct ntp_sample word; /* bounds, stratum and so on */
};

static const struct mirror_options options = {.maxdistance_s = 1.5, .holdover_s = 60};

static inline void start(struct host *host, int64_t utc_s)
{
	*host = (struct host){.mirror = mirror_new(&options),
		.word = {.delay_ns = 40000,
			.dispersion_ns = 1000,
			.root_delay_ns = 10 * MS,
			.root_dispersion_ns = 2 * MS,
			.reference_age_ns = 30 * NS_PER_S,
			.reference_id = {0xc0000201},
			.stratum = 2}};
	begin_at(&host->world, utc_s);
	assert_non_null(host->mirror);
}

static inline void stop(struct host *host)
{
	mirror_free(host->mirror);
	end(&host->world);
}

static inline void read_clocks(struct host *host)
{
	host->world.pair.real_ns = host->world.utc_ns + host->kernel_ns;
}

static inline void answer(struct host *host)
{
	struct ntp_sample sample = host->word;

	read_clocks(host);
	sample.raw_ns = host->world.pair.raw_ns;
	sample.offset_ns =
		host->world.pair.real_ns + host->server_ahead_ns - (int64_t)sample.raw_ns;
	mirror_sample(host->mirror, &sample, &host->world.pair, &host->world.leap);
}

static inline void write_page(struct host *host)
{
	struct world *world = &host->world;
	struct clocks_pair pair;
	struct publisher_input input = {&world->reading, &pair, &world->leap};
	struct timepage_sample sample;

	read_clocks(host);
	if (mirror_follow(host->mirror, &world->pair, &world->leap, &host->step_ns)) {
		host->followed_steps++;
		publisher_step(world->publisher);
	}
	pair = world->pair;
	mirror_read(host->mirror, &pair, &world->reading);
	mirror_on_monotonic(&pair, &world->reading);
	world->action = publisher_prepare(world->publisher, &input, &sample);
	if (world->action == PUBLISHER_KEEP)
		return;
	timepage_publish(&world->page, &sample);
	publisher_commit(world->publisher);
}

/* The daemon for some seconds: a word every 4 s, 8 pages a second, a read every 25 ms. */
static inline void live(struct host *host, int seconds)
{
	struct timepage_reading reading;

	for (int i = 0; i < seconds * 40; i++) {
		struct leap *leap = &host->world.leap;
		int8_t sign;

		if (i % 160 == 0 && !host->hold_back)
			answer(host);
		if (i % 5 == 0)
			write_page(host);
		if (i % 40 == 20 && leap_passed(leap, host->world.utc_ns / NS_PER_S, &sign))
			mirror_shift(host->mirror, -sign * NS_PER_S);
		/* The kernel's rate is that of MONOTONIC and REALTIME alike. */
		host->world.frequency = host->world.mono_rate;
		pass(&host->world, 25 * MS);
		serve(&host->world, &reading);
	}
}

static inline int64_t served_error_ns(struct host *host)
{
	return error_ns(&host->world) - host->kernel_ns;
}

static inline int64_t bound_ns(struct host *host)
{
	struct timepage_reading reading;

	assert_int_equal(serve(&host->world, &reading), VERDICT_SERVED);
	return (int64_t)(((uint64_t)reading.root_delay_q16 / 2 + reading.root_dispersion_q16) *
				 NS_PER_S >>
			 16);
}

#endif
