// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the load generator's BPF programs and the program that loads them
 * (control/cli/generator.c) share: the request's template, the numbers kept for each
 * CPU, the buckets of the latency histogram. Compiled for BPF and for the host. It
 * knows nothing of the server under test.
 */
#ifndef BPF_GENERATOR_H
#define BPF_GENERATOR_H

#include <stdint.h>

#define GENERATOR_CPUS 256

#define GENERATOR_ETH_BYTES 14
#define GENERATOR_IP4_BYTES 20
#define GENERATOR_IP6_BYTES 40
#define GENERATOR_UDP_BYTES 8
#define GENERATOR_NTP_BYTES 48
#define GENERATOR_FRAME4_BYTES                                                                     \
	(GENERATOR_ETH_BYTES + GENERATOR_IP4_BYTES + GENERATOR_UDP_BYTES + GENERATOR_NTP_BYTES)
#define GENERATOR_FRAME6_BYTES                                                                     \
	(GENERATOR_ETH_BYTES + GENERATOR_IP6_BYTES + GENERATOR_UDP_BYTES + GENERATOR_NTP_BYTES)

/* Whole words only: what is left of the last word is not written to the frame. */
#define GENERATOR_TEMPLATE_WORDS 14

/*
 * A request with a client address, a source port, a transmit timestamp and checksums of zero.
 * The sums are ones' complement sums over everything else, as 16-bit words in memory order, not
 * folded: a program adds what it writes and folds once.
 */
struct generator_template {
	uint64_t words[GENERATOR_TEMPLATE_WORDS];
	uint64_t udp_sum; /* pseudo header, UDP header and payload */
	uint64_t ip_sum;  /* IPv4 header; 0 for IPv6 */
};

/*
 * The transmit timestamp is opaque to a server, so it carries what the receiver needs to check
 * the reply without a table: a stamp of 40 bits (a sequence number, or CLOCK_MONOTONIC in ns when
 * latency is measured) above 24 check bits over stamp, client and port.
 */
#define GENERATOR_STAMP_BITS 40
#define GENERATOR_CHECK_BITS 24

/* Sixteen buckets to a power of two up to 2^32 ns; below 16 ns the value is the index. */
#define GENERATOR_BUCKET_STEPS_LOG2 4
#define GENERATOR_BUCKETS           (32 << GENERATOR_BUCKET_STEPS_LOG2)

/* Written by one CPU each but for the plan of the run, read by the host at rest or roughly. */
struct generator_cpu {
	uint64_t random;         /* state of the generator's dice */
	uint64_t sequence;       /* frames made; the stamp when latency is not measured */
	uint64_t quota;          /* no more frames than that; set by the host */
	uint64_t first_client;   /* of those whom this CPU asks for; set by the host */
	uint64_t due_q8;         /* when the next frame is due, CLOCK_MONOTONIC in ns * 256 */
	uint64_t taken;          /* frames that the interface's driver took */
	uint64_t refused;        /* frames that it did not take: its ring was full */
	uint64_t replies;        /* mode 4, 48 octets, our stamp in origin, synchronised */
	uint64_t unsynchronised; /* the same with leap 3 or stratum 0; kisses, too */
	uint64_t reflected;      /* our own requests, sent back as they were */
	uint64_t bad_checksum;   /* counted only when checksums are verified */
	uint64_t other;          /* from the server's port, none of the above */
	uint64_t passed;         /* not from the server's port: handed to the kernel */
} __attribute__((aligned(128))); /* two cache lines: processors fetch them in pairs */

struct generator_latency {
	uint64_t buckets[GENERATOR_BUCKETS];
};

#endif
