// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The load generator: sends NTP requests out of one interface from inside the
 * kernel and counts the replies that come back to it, all on the calling CPU. The
 * caller is pinned to that CPU and is in the interface's network namespace; needs root.
 * It logs nothing.
 */
#ifndef BENCH_GENERATOR_H
#define BENCH_GENERATOR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "tests/bench/template.h"

struct generator;

struct generator_options {
	unsigned int ifindex;
	struct template_link link;
	struct in_addr server4;
	struct in_addr source4; /* the first client */
	struct in6_addr server6;
	struct in6_addr source6; /* the second word is varied */
	uint32_t clients;        /* 1 or more */
	uint32_t batch;          /* frames to a softirq, 1..256 */
	bool expect_request;     /* what answers is a reflector */
	bool verify_checksum;
	bool measure_latency; /* costs two clock reads */
};

/* Sums over CPUs since the last generator_reset. */
struct generator_counts {
	uint64_t sent;
	uint64_t replies;
	uint64_t unsynchronised;
	uint64_t bad_checksum;
	uint64_t other;
	uint64_t elapsed_ns; /* of the last generator_run */
	uint64_t cpu_ns;     /* what of that the CPU spent on it */
};

/* Loads the programs and attaches the counting one. NULL with errno set. */
struct generator *generator_new(const struct generator_options *options);
void generator_free(struct generator *generator);

void generator_reset(struct generator *generator);

/*
 * Sends requests of one family (4 or 6) for duration_ns, as fast as it can or, with rate_hz not
 * 0, that many a second. 0 or a negative errno.
 */
int generator_run(struct generator *generator, int family, uint64_t duration_ns, uint64_t rate_hz);

void generator_read(const struct generator *generator, struct generator_counts *ret_counts);

/* Upper end of the bucket in which the quantile (0..1) lies; 0 without a measurement. */
uint64_t generator_latency_ns(const struct generator *generator, double quantile);

#endif
