// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Turns a frame of the right size, whatever it holds, into a valid NTP request of
 * one of the simulated clients. Frames are used again and come back holding the
 * last reply, so everything is written, from a template that the host has made.
 * Included by the programs that make requests; they own the counters passed in.
 */
#ifndef BENCH_REQUEST_BPF_H
#define BENCH_REQUEST_BPF_H

#include <linux/bpf.h>
#include <stdbool.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "tests/bench/bench.h"

/* Settings, constant from load on. */
const volatile struct bench_template template4;
const volatile struct bench_template template6;
const volatile __u32 clients = 1;    /* how many addresses ask */
const volatile __u32 source4;        /* the first of them, host byte order */
const volatile bool measure_latency; /* the stamp is a clock reading */
const volatile __u64 secret;         /* so that a foreign reply does not fit */

/* Knuth's MMIX constants: a full period, and the upper bits are good enough for dice. */
#define REQUEST_LCG_FACTOR   6364136223846793005ULL
#define REQUEST_LCG_STEP     1442695040888963407ULL
#define REQUEST_CHECK_FACTOR 0x9e3779b97f4a7c15ULL

/* Ports 16384 and up, never 0 and never 123. */
#define REQUEST_PORT_FLOOR 0x4000
#define REQUEST_PORT_MASK  0x3fff

struct request_client {
	__u32 address; /* memory order: the octets of the address that differ between clients */
	__u16 port;    /* memory order */
};

/* 24 bits that only the maker of the stamp and this client give. */
static __always_inline __u64 request_check(__u64 stamp, struct request_client client)
{
	__u64 mixed = stamp ^ secret ^ ((__u64)client.address << 16) ^ client.port;

	return (mixed * REQUEST_CHECK_FACTOR) >> (64 - BENCH_CHECK_BITS);
}

static __always_inline __u64 request_stamp(struct bench_cpu *cpu)
{
	__u64 stamp = measure_latency ? bpf_ktime_get_ns() : cpu->sequence;

	cpu->sequence++;
	return stamp & ((1ULL << BENCH_STAMP_BITS) - 1);
}

static __always_inline __u16 request_fold(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + ((sum >> 16) & 0xffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static __always_inline __u32 request_dice(struct bench_cpu *cpu)
{
	cpu->random = cpu->random * REQUEST_LCG_FACTOR + REQUEST_LCG_STEP;
	return cpu->random >> 32;
}

/* Writes transmit timestamp and UDP checksum; the address counts in sum already. */
static __always_inline void request_finish(
	void *udp, struct request_client client, struct bench_cpu *cpu, __u64 sum)
{
	__u64 stamp = request_stamp(cpu);
	__u64 transmit = stamp << BENCH_CHECK_BITS | request_check(stamp, client);
	__u16 checksum;

	sum += client.port;
	sum += transmit & 0xffffffff;
	sum += transmit >> 32;
	checksum = request_fold(sum);
	*(__u16 *)udp = client.port;
	*(__u16 *)(udp + 6) = checksum ? checksum : 0xffff; /* RFC 768: 0 means none */
	*(__u64 *)(udp + BENCH_UDP_BYTES + 40) = transmit;
}

static __always_inline bool request_build4(struct xdp_md *ctx, struct bench_cpu *cpu)
{
	void *data = (void *)(long)ctx->data;
	struct request_client client;
	__u32 dice = request_dice(cpu);

	if (data + BENCH_FRAME4_BYTES > (void *)(long)ctx->data_end)
		return false;
	for (int i = 0; i < BENCH_FRAME4_BYTES / 8; i++)
		((__u64 *)data)[i] = template4.words[i];
	*(__u16 *)(data + 88) = template4.words[11];

	client.address = bpf_htonl(source4 + (((__u64)dice * clients) >> 32));
	client.port = bpf_htons(REQUEST_PORT_FLOOR + (dice & REQUEST_PORT_MASK));
	*(__u32 *)(data + BENCH_ETH_BYTES + 12) = client.address;
	*(__u16 *)(data + BENCH_ETH_BYTES + 10) = request_fold(template4.ip_sum + client.address);
	request_finish(data + BENCH_ETH_BYTES + BENCH_IP4_BYTES, client, cpu,
		template4.udp_sum + client.address);
	return true;
}

/* Clients differ in the second word of the address, so that each has a /64 of its own. */
static __always_inline bool request_build6(struct xdp_md *ctx, struct bench_cpu *cpu)
{
	void *data = (void *)(long)ctx->data;
	struct request_client client;
	__u32 dice = request_dice(cpu);

	if (data + BENCH_FRAME6_BYTES > (void *)(long)ctx->data_end)
		return false;
	for (int i = 0; i < BENCH_FRAME6_BYTES / 8; i++)
		((__u64 *)data)[i] = template6.words[i];
	*(__u32 *)(data + 104) = template6.words[13];
	*(__u16 *)(data + 108) = template6.words[13] >> 32;

	client.address = bpf_htonl(((__u64)dice * clients) >> 32);
	client.port = bpf_htons(REQUEST_PORT_FLOOR + (dice & REQUEST_PORT_MASK));
	*(__u32 *)(data + BENCH_ETH_BYTES + 12) = client.address;
	request_finish(data + BENCH_ETH_BYTES + BENCH_IP6_BYTES, client, cpu,
		template6.udp_sum + client.address);
	return true;
}

#endif
