/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A daemon's snapshot for tests of ntpq's questions: synchronised to the second of some sources,
 * and a sender that keeps what is sent. For one test program at a time.
 */
#ifndef UNIT_QUERY_WORLD_H
#define UNIT_QUERY_WORLD_H

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/query.h"

#define WORLD_SOURCES   200
#define WORLD_DATAGRAMS 200
#define WORLD_NOW_S     INT64_C(1767225600) /* 2026-01-01 */
#define WORLD_NS        INT64_C(1000000000)

struct query_world {
	struct config config;
	struct source_report sources[WORLD_SOURCES];
	struct snapshot snapshot;
	struct query_environment environment;
	uint8_t sent[WORLD_DATAGRAMS][QUERY_DATAGRAM_MAX];
	size_t length[WORLD_DATAGRAMS];
	size_t count; /* of datagrams */
};

static struct query_world world;

static void world_keep(void *to, const void *datagram, size_t length)
{
	struct query_world *into = to;

	if (into->count == WORLD_DATAGRAMS || length > QUERY_DATAGRAM_MAX)
		abort();
	memcpy(into->sent[into->count], datagram, length);
	into->length[into->count++] = length;
}

static void world_add_source(size_t index)
{
	struct source_report *source = &world.sources[index];
	struct sockaddr_in *ipv4 = (struct sockaddr_in *)&source->endpoint;

	*source = (struct source_report){
		.association = (uint16_t)(1 + 16 * index),
		.refid = ".GPS.",
		.state = "combined",
		.sample = {.raw_ns = 1000 * WORLD_NS,
			.offset_ns = (WORLD_NOW_S - 1010) * WORLD_NS,
			.root_delay_ns = 1500000,
			.root_dispersion_ns = 250000,
			.reference_age_ns = 3 * WORLD_NS,
			.stratum = 1,
			.version = 4,
			.precision = -24},
		.stratum = 1,
		.type = 'u',
		.tally = TALLY_CANDIDATE,
		.reach = 0377,
		.answered = true,
		.measured = true,
		.usable = true,
		.when_s = 10,
		.poll = 6,
		.poll_s = 64,
		.delay_s = 0.0123456,
		.offset_s = -0.0001,
		.jitter_s = 0.00005,
		.last_result = EXCHANGE_ACCEPTED,
	};
	snprintf(source->name, sizeof(source->name), "ntp%zu.example", index);
	snprintf(source->address, sizeof(source->address), "192.0.2.%zu", index % 250 + 1);
	ipv4->sin_family = AF_INET;
	ipv4->sin_port = htons(123);
	inet_pton(AF_INET, source->address, &ipv4->sin_addr);
}

/* So many sources, the second of them selected. */
static void world_begin(size_t count)
{
	memset(&world, 0, sizeof(world));
	for (size_t i = 0; i < count; i++)
		world_add_source(i);
	world.snapshot = (struct snapshot){
		.parts = {.config = &world.config},
		.page = {.verdict = VERDICT_SERVED,
			.written = true,
			.error_bound_s = 0.002,
			.reading = {.now = {(uint64_t)WORLD_NOW_S + NTP_TIME_UNIX_EPOCH_S,
					    1U << 31},
				.reference_ts = 0xe8a4f00040000000ULL,
				.root_delay_q16 = 0x100,
				.root_dispersion_q16 = 0x80,
				.reference_id = be32_of(0xc0000202),
				.stratum = 2,
				.precision = -25}},
		.sources = world.sources,
		.source_count = count,
	};
	world.snapshot.clock.pair.real_ns = WORLD_NOW_S * WORLD_NS;
	world.snapshot.clock.reading.state = CLOCK_SYNCHRONISED;
	world.snapshot.clock.reading.frequency = 12.5e-6;
	world.snapshot.clock.updates = 7;
	if (count > 1) {
		world.sources[1].tally = TALLY_SELECTED;
		world.snapshot.selected = &world.sources[1];
	}
	world.environment.snapshot = &world.snapshot;
}

static void world_ask(const uint8_t *datagram, size_t length)
{
	const struct socket_query query = {datagram, length, world_keep, &world};

	world.count = 0;
	query_answer(&world.environment, &query);
}

static unsigned world_word(size_t datagram, size_t at)
{
	return (unsigned)world.sent[datagram][at] << 8 | world.sent[datagram][at + 1];
}

#endif
