// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The client side of a measurement. `generate4` and `generate6` are run by
 * BPF_PROG_RUN with live frames and send one request each, or none while none is
 * due; `count`, attached to
 * the same interface, checks each reply and drops it. Who loads them (generator.c)
 * owns the interface, sets the constants and reads the numbers.
 */
#include "tests/bench/request.bpf.h"

const volatile __u16 server_port;   /* network byte order */
const volatile bool expect_request; /* a reflector sends the request back as it was */
const volatile bool verify_checksum;

__u64 interval_q8; /* ns * 256 between frames of one CPU; 0: no limit */
struct bench_cpu cpus[BENCH_CPUS];
struct bench_latency latency[BENCH_CPUS];

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

static __always_inline struct bench_cpu *this_cpu(void)
{
	__u32 index = bpf_get_smp_processor_id();

	return index < BENCH_CPUS ? &cpus[index] : NULL;
}

/* Behind by more than this, the schedule starts anew instead of catching up in a burst. */
#define PACE_BACKLOG_Q8 (1000000ULL << 8)

/*
 * Paces inside the kernel: a frame that is not due is dropped where it was made, for some 30 ns,
 * while a system call for each burst would cost a thousand times that.
 */
static __always_inline bool is_due(struct bench_cpu *cpu)
{
	__u64 now_q8;

	if (!interval_q8)
		return true;
	now_q8 = bpf_ktime_get_ns() << 8;
	if (now_q8 < cpu->due_q8)
		return false;
	if (now_q8 - cpu->due_q8 > PACE_BACKLOG_Q8)
		cpu->due_q8 = now_q8;
	cpu->due_q8 += interval_q8;
	return true;
}

SEC("xdp")
int generate4(struct xdp_md *ctx)
{
	struct bench_cpu *cpu = this_cpu();

	if (!cpu)
		return XDP_ABORTED;
	if (!is_due(cpu))
		return XDP_DROP;
	return request_build4(ctx, cpu) ? XDP_TX : XDP_ABORTED;
}

SEC("xdp")
int generate6(struct xdp_md *ctx)
{
	struct bench_cpu *cpu = this_cpu();

	if (!cpu)
		return XDP_ABORTED;
	if (!is_due(cpu))
		return XDP_DROP;
	return request_build6(ctx, cpu) ? XDP_TX : XDP_ABORTED;
}

static __always_inline void latency_record(__u64 stamp)
{
	__u64 taken = (bpf_ktime_get_ns() - stamp) & ((1ULL << BENCH_STAMP_BITS) - 1);
	__u32 value = taken > 0xffffffff ? 0xffffffff : taken;
	__u32 index = bpf_get_smp_processor_id();
	__u32 exponent = 0;

	for (__u32 step = 16; step; step /= 2) {
		if (value >> (exponent + step))
			exponent += step;
	}
	if (exponent >= BENCH_BUCKET_STEPS_LOG2)
		value = (exponent << BENCH_BUCKET_STEPS_LOG2) +
			((value >> (exponent - BENCH_BUCKET_STEPS_LOG2)) &
				((1 << BENCH_BUCKET_STEPS_LOG2) - 1));
	if (index < BENCH_CPUS && value < BENCH_BUCKETS)
		latency[index].buckets[value]++;
}

/* Sum over UDP header, payload and the addresses before it; a right datagram folds to 0. */
static __always_inline bool checksum_right(const void *addresses, __u32 address_bytes)
{
	__u64 sum = bpf_htons(IP_PROTOCOL_UDP) + bpf_htons(BENCH_UDP_BYTES + BENCH_NTP_BYTES);
	const __u16 *words = addresses;

	for (__u32 i = 0; i < (address_bytes + BENCH_UDP_BYTES + BENCH_NTP_BYTES) / 2; i++)
		sum += words[i];
	return request_fold(sum) == 0;
}

/*
 * One reply of the right length, from the addresses on. `client` is whom it is addressed to.
 * `addresses` and 56 octets after the addresses are readable.
 */
static __always_inline int count_reply(struct bench_cpu *cpu, const void *addresses,
	__u32 address_bytes, struct request_client client)
{
	const __u8 *ntp = addresses + address_bytes + BENCH_UDP_BYTES;
	__u64 echoed =
		*(const __u64 *)(ntp + (expect_request ? NTP_TRANSMIT_OFFSET : NTP_ORIGIN_OFFSET));
	__u64 stamp = echoed >> BENCH_CHECK_BITS;

	if ((ntp[0] & NTP_MODE_MASK) != (expect_request ? NTP_MODE_CLIENT : NTP_MODE_SERVER) ||
		(echoed & ((1 << BENCH_CHECK_BITS) - 1)) != request_check(stamp, client)) {
		cpu->other++;
		return XDP_DROP;
	}
	if (verify_checksum && !checksum_right(addresses, address_bytes)) {
		cpu->bad_checksum++;
		return XDP_DROP;
	}
	if (!expect_request && (ntp[0] >> 6 == NTP_LEAP_UNKNOWN || ntp[1] == 0)) {
		cpu->unsynchronised++;
		return XDP_DROP;
	}
	cpu->replies++;
	if (measure_latency)
		latency_record(stamp);
	return XDP_DROP;
}

/* Ours is what comes from the server's port; a wrong length there counts as other. */
SEC("xdp")
int count(struct xdp_md *ctx)
{
	const void *data = (const void *)(long)ctx->data;
	const void *data_end = (const void *)(long)ctx->data_end;
	const __u8 *ip = data + BENCH_ETH_BYTES;
	struct bench_cpu *cpu = this_cpu();
	struct request_client client;

	if (!cpu || data + BENCH_FRAME4_BYTES > data_end)
		return XDP_PASS;
	if (*(const __u16 *)(data + 12) == ETHERTYPE_IP4 && ip[0] == IP_VERSION_IHL &&
		ip[9] == IP_PROTOCOL_UDP && *(const __u16 *)(ip + 20) == server_port) {
		if (data + BENCH_FRAME4_BYTES + 1 > data_end) {
			client.address = *(const __u32 *)(ip + 16);
			client.port = *(const __u16 *)(ip + 22);
			return count_reply(cpu, ip + 12, 8, client);
		}
	} else if (*(const __u16 *)(data + 12) == ETHERTYPE_IP6 && ip[6] == IP_PROTOCOL_UDP &&
		   *(const __u16 *)(ip + 40) == server_port) {
		if (data + BENCH_FRAME6_BYTES <= data_end &&
			data + BENCH_FRAME6_BYTES + 1 > data_end) {
			client.address = *(const __u32 *)(ip + 28);
			client.port = *(const __u16 *)(ip + 42);
			return count_reply(cpu, ip + 8, 32, client);
		}
	} else {
		cpu->passed++;
		return XDP_PASS;
	}
	cpu->other++;
	return XDP_DROP;
}

char _license[] SEC("license") = "GPL";
