// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Turns a frame of the right size, whatever it holds, into a valid NTP request of
 * one of the simulated clients. Frames are used again and come back holding the
 * last reply, so everything is written, from a template that the host has made.
 * Included by the programs that make requests; they own the counters passed in.
 */
#ifndef BPF_GENERATOR_REQUEST_BPF_H
#define BPF_GENERATOR_REQUEST_BPF_H

#include <linux/bpf.h>
#include <stdbool.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "bpf/generator.h"

/* Settings, constant from load on. */
const volatile struct generator_template template4;
const volatile struct generator_template template6;
const volatile uint32_t clients = 1; /* how many addresses ask, for each CPU */
const volatile uint32_t source4;     /* the first of them, host byte order */
const volatile uint32_t source6;     /* the second word of the first, host byte order */
const volatile bool measure_latency; /* the stamp is a clock reading */
const volatile uint64_t secret;      /* so that a foreign reply does not fit */

/* Knuth's MMIX constants: a full period, and the upper bits are good enough for dice. */
#define REQUEST_LCG_FACTOR   6364136223846793005ULL
#define REQUEST_LCG_STEP     1442695040888963407ULL
#define REQUEST_CHECK_FACTOR 0x9e3779b97f4a7c15ULL

/* Ports 16384 and up, never 0 and never 123. */
#define REQUEST_PORT_FLOOR 0x4000
#define REQUEST_PORT_MASK  0x3fff

struct request_client {
	uint32_t address; /* memory order: the octets of the address that differ between clients */
	uint16_t port;    /* memory order */
};

/* 24 bits that only the maker of the stamp and this client give. */
static __always_inline uint64_t request_check(uint64_t stamp, struct request_client client)
{
	uint64_t mixed = stamp ^ secret ^ ((uint64_t)client.address << 16) ^ client.port;

	return (mixed * REQUEST_CHECK_FACTOR) >> (64 - GENERATOR_CHECK_BITS);
}

static __always_inline uint64_t request_stamp(struct generator_cpu *cpu)
{
	uint64_t stamp = measure_latency ? bpf_ktime_get_ns() : cpu->sequence;

	cpu->sequence++;
	return stamp & ((1ULL << GENERATOR_STAMP_BITS) - 1);
}

static __always_inline uint16_t request_fold(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + ((sum >> 16) & 0xffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/* One of this CPU's clients, whom no other CPU asks for: so receive-side scaling would do it. */
static __always_inline uint32_t request_client_index(const struct generator_cpu *cpu, uint32_t dice)
{
	return cpu->first_client + (((uint64_t)dice * clients) >> 32);
}

static __always_inline uint32_t request_dice(struct generator_cpu *cpu)
{
	cpu->random = cpu->random * REQUEST_LCG_FACTOR + REQUEST_LCG_STEP;
	return cpu->random >> 32;
}

/* Writes transmit timestamp and UDP checksum; the address counts in sum already. */
static __always_inline void request_finish(
	void *udp, struct request_client client, struct generator_cpu *cpu, uint64_t sum)
{
	uint64_t stamp = request_stamp(cpu);
	uint64_t transmit = stamp << GENERATOR_CHECK_BITS | request_check(stamp, client);
	uint16_t checksum;

	sum += client.port;
	sum += transmit & 0xffffffff;
	sum += transmit >> 32;
	checksum = request_fold(sum);
	*(uint16_t *)udp = client.port;
	*(uint16_t *)(udp + 6) = checksum ? checksum : 0xffff; /* RFC 768: 0 means none */
	*(uint64_t *)(udp + GENERATOR_UDP_BYTES + 40) = transmit;
}

static __always_inline bool request_build4(struct xdp_md *ctx, struct generator_cpu *cpu)
{
	void *data = (void *)(long)ctx->data;
	struct request_client client;
	uint32_t dice = request_dice(cpu);

	if (data + GENERATOR_FRAME4_BYTES > (void *)(long)ctx->data_end)
		return false;
	for (int i = 0; i < GENERATOR_FRAME4_BYTES / 8; i++)
		((uint64_t *)data)[i] = template4.words[i];
	*(uint16_t *)(data + 88) = template4.words[11];

	client.address = bpf_htonl(source4 + request_client_index(cpu, dice));
	client.port = bpf_htons(REQUEST_PORT_FLOOR + (dice & REQUEST_PORT_MASK));
	*(uint32_t *)(data + GENERATOR_ETH_BYTES + 12) = client.address;
	*(uint16_t *)(data + GENERATOR_ETH_BYTES + 10) =
		request_fold(template4.ip_sum + client.address);
	request_finish(data + GENERATOR_ETH_BYTES + GENERATOR_IP4_BYTES, client, cpu,
		template4.udp_sum + client.address);
	return true;
}

/* Clients differ in the second word of the address, so that each has a /64 of its own. */
static __always_inline bool request_build6(struct xdp_md *ctx, struct generator_cpu *cpu)
{
	void *data = (void *)(long)ctx->data;
	struct request_client client;
	uint32_t dice = request_dice(cpu);

	if (data + GENERATOR_FRAME6_BYTES > (void *)(long)ctx->data_end)
		return false;
	for (int i = 0; i < GENERATOR_FRAME6_BYTES / 8; i++)
		((uint64_t *)data)[i] = template6.words[i];
	*(uint32_t *)(data + 104) = template6.words[13];
	*(uint16_t *)(data + 108) = template6.words[13] >> 32;

	client.address = bpf_htonl(source6 + request_client_index(cpu, dice));
	client.port = bpf_htons(REQUEST_PORT_FLOOR + (dice & REQUEST_PORT_MASK));
	*(uint32_t *)(data + GENERATOR_ETH_BYTES + 12) = client.address;
	request_finish(data + GENERATOR_ETH_BYTES + GENERATOR_IP6_BYTES, client, cpu,
		template6.udp_sum + client.address);
	return true;
}

#endif
