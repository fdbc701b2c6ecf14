// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What parts_rerun.bpf.c and the program that loads it share: the request, and who asks.
 */
#ifndef BENCH_PARTS_RERUN_H
#define BENCH_PARTS_RERUN_H

#include <linux/types.h>

#define PARTS_WORDS 15 /* room for the longest frame, IPv6 with a tag */

struct parts_frame {
	__u64 words[PARTS_WORDS];
	__u64 last;        /* the last eight octets, which overlap the words before */
	__u32 length;      /* in octets */
	__u32 source_at;   /* where the 32 bits of the address stand that differ between clients */
	__u32 transmit_at; /* and the transmit timestamp */
	__u32 clients;     /* how many ask, at random */
};

/* The client of that number: scattered over 128.0.0.0/2, which is all unicast. Host order. */
static inline __u32 parts_client(__u32 number)
{
	/* 2^32 / golden ratio: neighbours come to stand far apart, and none meets another. */
	return (number * 0x9e3779b1U & 0x3fffffff) | 0x80000000U;
}

#endif
