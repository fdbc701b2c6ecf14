// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the generator's BPF programs and the program that loads them share: the
 * request's template, the numbers kept for each CPU, the buckets of the latency
 * histogram. Compiled for BPF and for the host. It knows nothing of the server under test.
 */
#ifndef BENCH_H
#define BENCH_H

#include <linux/types.h>

#define BENCH_CPUS 64

#define BENCH_ETH_BYTES    14
#define BENCH_IP4_BYTES    20
#define BENCH_IP6_BYTES    40
#define BENCH_UDP_BYTES    8
#define BENCH_NTP_BYTES    48
#define BENCH_FRAME4_BYTES (BENCH_ETH_BYTES + BENCH_IP4_BYTES + BENCH_UDP_BYTES + BENCH_NTP_BYTES)
#define BENCH_FRAME6_BYTES (BENCH_ETH_BYTES + BENCH_IP6_BYTES + BENCH_UDP_BYTES + BENCH_NTP_BYTES)

/* Whole words only: what is left of the last word is not written to the frame. */
#define BENCH_TEMPLATE_WORDS 14

/*
 * A request with a client address, a source port, a transmit timestamp and checksums of zero.
 * The sums are ones' complement sums over everything else, as 16-bit words in memory order, not
 * folded: a program adds what it writes and folds once.
 */
struct bench_template {
	__u64 words[BENCH_TEMPLATE_WORDS];
	__u64 udp_sum; /* pseudo header, UDP header and payload */
	__u64 ip_sum;  /* IPv4 header; 0 for IPv6 */
};

/*
 * The transmit timestamp is opaque to a server, so it carries what the receiver needs to check
 * the reply without a table: a stamp of 40 bits (a sequence number, or CLOCK_MONOTONIC in ns when
 * latency is measured) above 24 check bits over stamp, client and port.
 */
#define BENCH_STAMP_BITS 40
#define BENCH_CHECK_BITS 24

/* Four buckets to a power of two up to 2^32 ns; below 4 ns the value is the index. */
#define BENCH_BUCKET_STEPS_LOG2 2
#define BENCH_BUCKETS           (32 << BENCH_BUCKET_STEPS_LOG2)

/* Written by one CPU each, read by the host at rest or roughly. */
struct bench_cpu {
	__u64 random;         /* state of the generator's dice */
	__u64 sequence;       /* frames made; the stamp when latency is not measured */
	__u64 replies;        /* mode 4, 48 bytes, our stamp in origin, synchronised */
	__u64 unsynchronised; /* the same with leap 3 or stratum 0 */
	__u64 bad_checksum;   /* counted only when checksums are verified */
	__u64 other;          /* from the server's port, none of the above */
	__u64 passed;         /* not from the server's port: handed to the kernel */
	__u64 due_q8;         /* when the next frame is due, CLOCK_MONOTONIC in ns * 256 */
};

struct bench_latency {
	__u64 buckets[BENCH_BUCKETS];
};

#endif
