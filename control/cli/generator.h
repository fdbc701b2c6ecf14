// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The load generator: sends NTP requests out of one interface from inside the
 * kernel (BPF_PROG_RUN with live frames) and counts the replies that come back to it. It
 * is run by as many threads as asked for, each on one of the CPUs that the process may use;
 * the caller is in the interface's network namespace and needs root. It logs nothing.
 */
#ifndef CONTROL_CLI_GENERATOR_H
#define CONTROL_CLI_GENERATOR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "control/cli/generator_frame.h"

struct generator;

struct generator_options {
	unsigned int ifindex;
	struct generator_link link;
	struct in_addr server4;
	struct in_addr source4; /* the first client */
	struct in6_addr server6;
	struct in6_addr source6; /* the first client; the second word is counted up */
	uint32_t clients;        /* 1 or more; shared out evenly among the cores */
	uint32_t cores;          /* 1 or more */
	uint32_t batch;          /* frames to a softirq, 1..256; 0: by the rate */
	bool verify_checksum;
	bool measure_latency; /* costs two clock reads */
};

/* How much of it. */
struct generator_load {
	int family;           /* 4 or 6 */
	uint64_t duration_ns; /* requests go out for so long; without a rate to a call's end */
	uint64_t rate_hz;     /* over all cores; 0: as fast as it goes */
	uint64_t count;       /* at most so many requests; 0: no bound but the time */
};

/* Sums over CPUs of one generator_run(), late replies among them. */
struct generator_counts {
	uint64_t sent;    /* requests made */
	uint64_t taken;   /* of these by the interface's driver */
	uint64_t refused; /* and those that it had no room for; neither is known without `told` */
	bool told;        /* the kernel has told what became of them (it has BTF) */
	uint64_t replies;
	uint64_t unsynchronised; /* replies that give no time: leap 3 or stratum 0 */
	uint64_t reflected;      /* requests that came back as they were */
	uint64_t bad_checksum;
	uint64_t other;
	uint64_t in_time; /* replies, with time or without, and reflected ones within elapsed_ns */
	uint64_t elapsed_ns; /* of sending */
	uint64_t cpu_ns;     /* what of that the CPUs spent on it */
};

/* Loads the programs and attaches the counting one. NULL with errno set: ERANGE: fewer CPUs than
 * cores, or one with a number too high; EBUSY, EEXIST: an XDP program is on the interface. */
struct generator *generator_new(const struct generator_options *options);
void generator_free(struct generator *generator);

/*
 * Sends requests, then waits until no more replies come. Counts from zero each time. 0 or a
 * negative errno.
 */
int generator_run(struct generator *generator, const struct generator_load *load);

/* Ends a run early, from a signal handler. */
void generator_stop(struct generator *generator);

void generator_read(const struct generator *generator, struct generator_counts *ret_counts);

/* Latency below which this share (0..1) of the replies lies, to some 3 %; 0 without a measurement.
 * From making the request to counting the reply. */
double generator_latency_ns(const struct generator *generator, double quantile);

#endif
