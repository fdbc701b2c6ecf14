// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The command line of the bench programs: one table for parser and --help. Writes
 * complaints to standard error; looks at no interface.
 */
#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "tests/bench/peer.h"

struct options {
	const char *interface;
	const char *peer; /* the other end; NULL when only server_mac is known */
	const char *peer_netns;
	const char *label; /* what the output calls the measurement; default: the program's name */
	enum peer_program program;
	uint8_t server_mac[6];
	bool server_mac_given;
	uint16_t port;
	struct in_addr server4, source4;
	struct in6_addr server6, source6;
	uint32_t clients;
	uint32_t batch;
	uint32_t repeat;
	uint32_t cores;
	uint32_t server_pid; /* 0: no process to look at */
	double seconds;
	uint64_t rate_hz; /* 0: as fast as it goes */
	uint64_t count;   /* requests at most; 0: as many as the time allows */
	bool family4, family6;
	bool verify_checksum;
	bool measure_latency;
	bool any_verdict; /* program-run: what is not answered counts, too */
	bool verbose;     /* libbpf's messages too */
};

/* 0, 1 when help was asked for and printed, or -EINVAL after one line on standard error. */
int options_parse(struct options *ret, int argc, char **argv);

#endif
