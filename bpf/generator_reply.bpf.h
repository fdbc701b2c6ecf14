// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the load generator does with a frame that comes to it: is it a reply, to a request of its
 * own and to the right client? Counts it, enters its latency in the histogram, and drops it.
 * Included by the programs that take frames; they own the counters passed in.
 */
#ifndef BPF_GENERATOR_REPLY_BPF_H
#define BPF_GENERATOR_REPLY_BPF_H

#include "bpf/generator_request.bpf.h"

/* Settings, constant from load on. */
const volatile uint16_t server_port = bpf_htons(123); /* network byte order */
const volatile bool verify_checksum;

struct generator_latency latency[GENERATOR_CPUS];

#define ETHERTYPE_IP4       bpf_htons(0x0800)
#define ETHERTYPE_IP6       bpf_htons(0x86dd)
#define IP_VERSION_IHL      0x45
#define IP_PROTOCOL_UDP     17
#define NTP_MODE_MASK       7
#define NTP_MODE_SERVER     4
#define NTP_MODE_CLIENT     3
#define NTP_LEAP_UNKNOWN    3
#define NTP_ORIGIN_OFFSET   24
#define NTP_TRANSMIT_OFFSET 40

static __always_inline void reply_latency(uint64_t stamp)
{
	uint64_t taken = (bpf_ktime_get_ns() - stamp) & ((1ULL << GENERATOR_STAMP_BITS) - 1);
	uint32_t value = taken > 0xffffffff ? 0xffffffff : taken;
	uint32_t index = bpf_get_smp_processor_id();
	uint32_t exponent = 0;

	for (uint32_t step = 16; step; step /= 2) {
		if (value >> (exponent + step))
			exponent += step;
	}
	if (exponent >= GENERATOR_BUCKET_STEPS_LOG2)
		value = (exponent << GENERATOR_BUCKET_STEPS_LOG2) +
			((value >> (exponent - GENERATOR_BUCKET_STEPS_LOG2)) &
				((1 << GENERATOR_BUCKET_STEPS_LOG2) - 1));
	if (index < GENERATOR_CPUS && value < GENERATOR_BUCKETS)
		latency[index].buckets[value]++;
}

/* Sum over UDP header, payload and the addresses before it; a right datagram folds to 0. */
static __always_inline bool reply_checksum_right(const void *addresses, uint32_t address_bytes)
{
	uint64_t sum =
		bpf_htons(IP_PROTOCOL_UDP) + bpf_htons(GENERATOR_UDP_BYTES + GENERATOR_NTP_BYTES);
	const uint16_t *words = addresses;

	for (uint32_t i = 0; i < (address_bytes + GENERATOR_UDP_BYTES + GENERATOR_NTP_BYTES) / 2;
		i++)
		sum += words[i];
	return request_fold(sum) == 0;
}

/* What the reply in `ntp` is, by everything but its checksum: the counter that it belongs to. */
static __always_inline uint64_t *reply_judge(struct generator_cpu *cpu, const uint8_t *ntp,
	struct request_client client, uint64_t *ret_stamp)
{
	bool reflected = (ntp[0] & NTP_MODE_MASK) == NTP_MODE_CLIENT;
	uint64_t echoed =
		*(const uint64_t *)(ntp + (reflected ? NTP_TRANSMIT_OFFSET : NTP_ORIGIN_OFFSET));

	*ret_stamp = echoed >> GENERATOR_CHECK_BITS;
	if ((echoed & ((1 << GENERATOR_CHECK_BITS) - 1)) != request_check(*ret_stamp, client))
		return &cpu->other;
	if (reflected)
		return &cpu->reflected;
	if ((ntp[0] & NTP_MODE_MASK) != NTP_MODE_SERVER)
		return &cpu->other;
	if (ntp[0] >> 6 == NTP_LEAP_UNKNOWN || ntp[1] == 0)
		return &cpu->unsynchronised;
	return &cpu->replies;
}

/*
 * One reply of the right length, from the addresses on. `client` is whom it is addressed to.
 * `addresses` and 56 octets after the addresses are readable.
 */
static __always_inline int reply_count(struct generator_cpu *cpu, const void *addresses,
	uint32_t address_bytes, struct request_client client)
{
	uint64_t stamp;
	uint64_t *counter =
		reply_judge(cpu, addresses + address_bytes + GENERATOR_UDP_BYTES, client, &stamp);

	if (verify_checksum && counter != &cpu->other &&
		!reply_checksum_right(addresses, address_bytes))
		counter = &cpu->bad_checksum;
	++*counter;
	if (measure_latency && (counter == &cpu->replies || counter == &cpu->reflected))
		reply_latency(stamp);
	return XDP_DROP;
}

/*
 * A frame that came, into this CPU's counters. Ours is what comes from the server's port; a wrong
 * length there counts as other. request: constant; the frame is a request, on its way to the
 * server, to be looked at as if it were the reply.
 */
static __always_inline int reply_look(struct xdp_md *ctx, struct generator_cpu *cpu, bool request)
{
	const uint32_t server_port_at = request ? 2 : 0, client_port_at = 2 - server_port_at;
	const void *data = (const void *)(long)ctx->data;
	const void *data_end = (const void *)(long)ctx->data_end;
	const uint8_t *ip = data + GENERATOR_ETH_BYTES;
	const uint8_t *udp4 = ip + GENERATOR_IP4_BYTES, *udp6 = ip + GENERATOR_IP6_BYTES;
	struct request_client client;

	if (!cpu || data + GENERATOR_FRAME4_BYTES > data_end)
		return XDP_PASS;
	if (*(const uint16_t *)(data + 12) == ETHERTYPE_IP4 && ip[0] == IP_VERSION_IHL &&
		ip[9] == IP_PROTOCOL_UDP &&
		*(const uint16_t *)(udp4 + server_port_at) == server_port) {
		if (data + GENERATOR_FRAME4_BYTES + 1 > data_end) {
			client.address = *(const uint32_t *)(ip + (request ? 12 : 16));
			client.port = *(const uint16_t *)(udp4 + client_port_at);
			return reply_count(cpu, ip + 12, 8, client);
		}
	} else if (*(const uint16_t *)(data + 12) == ETHERTYPE_IP6 && ip[6] == IP_PROTOCOL_UDP &&
		   *(const uint16_t *)(udp6 + server_port_at) == server_port) {
		if (data + GENERATOR_FRAME6_BYTES <= data_end &&
			data + GENERATOR_FRAME6_BYTES + 1 > data_end) {
			client.address = *(const uint32_t *)(ip + (request ? 12 : 28));
			client.port = *(const uint16_t *)(udp6 + client_port_at);
			return reply_count(cpu, ip + 8, 32, client);
		}
	} else {
		cpu->passed++;
		return XDP_PASS;
	}
	cpu->other++;
	return XDP_DROP;
}

#endif
