// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The load generator of `ntpxdp bench`, which owns the interface. `generate4` and
 * `generate6` are run by BPF_PROG_RUN with live frames and send one request each, or
 * none while none is due; `count`, attached to the same interface, checks each reply
 * and drops it; `transmitted` counts what the driver took. Loaded by
 * control/cli/generator.c, which sets the constants and reads the numbers.
 */
#include "bpf/generator_request.bpf.h"

const volatile uint16_t server_port;                      /* network byte order */
const volatile uint32_t interface_index, namespace_inode; /* a number is a namespace's own */
const volatile bool verify_checksum;

uint64_t interval_q8; /* ns * 256 between frames of one CPU; 0: no limit */
struct generator_cpu cpus[GENERATOR_CPUS];
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

static __always_inline struct generator_cpu *this_cpu(void)
{
	uint32_t index = bpf_get_smp_processor_id();

	return index < GENERATOR_CPUS ? &cpus[index] : NULL;
}

/* Behind by more than this, the schedule starts anew instead of catching up in a burst. */
#define PACE_BACKLOG_Q8 (1000000ULL << 8)

/*
 * Paces inside the kernel: a frame that is not due is dropped where it was made, for some 30 ns,
 * while a system call for each burst would cost a thousand times that. Times between requests are
 * random, half the interval to one and a half: even ones would fall in or out of step with the
 * kernel's timer tick, and latency would be that of the phase.
 */
static __always_inline bool is_due(struct generator_cpu *cpu)
{
	uint64_t now_q8;

	if (cpu->sequence >= cpu->quota)
		return false;
	if (!interval_q8)
		return true;
	now_q8 = bpf_ktime_get_ns() << 8;
	if (now_q8 < cpu->due_q8)
		return false;
	if (now_q8 - cpu->due_q8 > PACE_BACKLOG_Q8)
		cpu->due_q8 = now_q8;
	cpu->due_q8 += interval_q8 / 2 + (interval_q8 * (request_dice(cpu) >> 16) >> 16);
	return true;
}

SEC("xdp")
int generate4(struct xdp_md *ctx)
{
	struct generator_cpu *cpu = this_cpu();

	if (!cpu)
		return XDP_ABORTED;
	if (!is_due(cpu))
		return XDP_DROP;
	return request_build4(ctx, cpu) ? XDP_TX : XDP_ABORTED;
}

SEC("xdp")
int generate6(struct xdp_md *ctx)
{
	struct generator_cpu *cpu = this_cpu();

	if (!cpu)
		return XDP_ABORTED;
	if (!is_due(cpu))
		return XDP_DROP;
	return request_build6(ctx, cpu) ? XDP_TX : XDP_ABORTED;
}

static __always_inline void latency_record(uint64_t stamp)
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
static __always_inline bool checksum_right(const void *addresses, uint32_t address_bytes)
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
static __always_inline uint64_t *judge_reply(struct generator_cpu *cpu, const uint8_t *ntp,
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
static __always_inline int count_reply(struct generator_cpu *cpu, const void *addresses,
	uint32_t address_bytes, struct request_client client)
{
	uint64_t stamp;
	uint64_t *counter =
		judge_reply(cpu, addresses + address_bytes + GENERATOR_UDP_BYTES, client, &stamp);

	if (verify_checksum && counter != &cpu->other && !checksum_right(addresses, address_bytes))
		counter = &cpu->bad_checksum;
	++*counter;
	if (measure_latency && (counter == &cpu->replies || counter == &cpu->reflected))
		latency_record(stamp);
	return XDP_DROP;
}

/* Ours is what comes from the server's port; a wrong length there counts as other. */
SEC("xdp")
int count(struct xdp_md *ctx)
{
	const void *data = (const void *)(long)ctx->data;
	const void *data_end = (const void *)(long)ctx->data_end;
	const uint8_t *ip = data + GENERATOR_ETH_BYTES;
	struct generator_cpu *cpu = this_cpu();
	struct request_client client;

	if (!cpu || data + GENERATOR_FRAME4_BYTES > data_end)
		return XDP_PASS;
	if (*(const uint16_t *)(data + 12) == ETHERTYPE_IP4 && ip[0] == IP_VERSION_IHL &&
		ip[9] == IP_PROTOCOL_UDP && *(const uint16_t *)(ip + 20) == server_port) {
		if (data + GENERATOR_FRAME4_BYTES + 1 > data_end) {
			client.address = *(const uint32_t *)(ip + 16);
			client.port = *(const uint16_t *)(ip + 22);
			return count_reply(cpu, ip + 12, 8, client);
		}
	} else if (*(const uint16_t *)(data + 12) == ETHERTYPE_IP6 && ip[6] == IP_PROTOCOL_UDP &&
		   *(const uint16_t *)(ip + 40) == server_port) {
		if (data + GENERATOR_FRAME6_BYTES <= data_end &&
			data + GENERATOR_FRAME6_BYTES + 1 > data_end) {
			client.address = *(const uint32_t *)(ip + 28);
			client.port = *(const uint16_t *)(ip + 42);
			return count_reply(cpu, ip + 8, 32, client);
		}
	} else {
		cpu->passed++;
		return XDP_PASS;
	}
	cpu->other++;
	return XDP_DROP;
}

/* What of the kernel's structs is looked at; the places are the running kernel's. */
struct ns_common {
	unsigned int inum;
} __attribute__((preserve_access_index));

struct net {
	struct ns_common ns;
} __attribute__((preserve_access_index));

typedef struct {
	struct net *net;
} __attribute__((preserve_access_index)) possible_net_t;

struct net_device {
	int ifindex;
	possible_net_t nd_net;
} __attribute__((preserve_access_index));

/*
 * After each burst that the kernel handed to a driver's ndo_xdp_xmit, on the CPU that handed it.
 * ctx: from, to, how many it took, how many not, error.
 */
SEC("tp_btf/xdp_devmap_xmit")
int transmitted(uint64_t *ctx)
{
	const struct net_device *to = (const void *)ctx[1];
	struct generator_cpu *cpu = this_cpu();

	if (cpu && (uint32_t)to->ifindex == interface_index &&
		to->nd_net.net->ns.inum == namespace_inode) {
		cpu->taken += (uint32_t)ctx[2];
		cpu->refused += (uint32_t)ctx[3];
	}
	return 0;
}

char _license[] SEC("license") = "GPL";
