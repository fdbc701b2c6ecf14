// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The XDP program: glue between the hook and the packet core. It hands the
 * core what it owns (frame, clock, random bits, shared memory), counts the
 * verdict and turns it into an XDP action.
 *
 * One instance is loaded for each interface, with its slot and its features as
 * constants, so that the verifier removes what is off. The maps are those
 * of dataplane/state, put in place of the ones declared here by control/attach.c: arrays, whose
 * memory the program addresses directly. `kept` alone is each program's own.
 */
#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "dataplane/core/counters.h"
#include "dataplane/core/frame_plain.h"
#include "dataplane/core/respond.h"

/* A test puts its own clock and dice here (tests/bpf). */
#ifndef HOOK_CLOCK_NS
#define HOOK_CLOCK_NS() bpf_ktime_get_ns()
#endif
#ifndef HOOK_RANDOM
#define HOOK_RANDOM(cpu, in) roll(cpu, in)
#endif
/* A bench looks at the reply here, as late as can be (tests/bench). */
#ifndef HOOK_REPLIED
#define HOOK_REPLIED(in)
#endif
/* A card's receive stamp in the place of the clock read (hardware.bpf.c). */
#ifndef HOOK_RECEIVED
#define HOOK_RECEIVED(ctx, in)
#endif

const volatile uint32_t interface_slot = 0;
const volatile uint32_t features = 0;
const volatile uint32_t counters_first = 0; /* the block of CPU 0 */
const uint32_t only = 0;                    /* the key of maps that have one */

struct timepage time_page SEC(".data.page");
struct settings settings SEC(".data.settings");
struct interface_table interfaces SEC(".data.interfaces");
struct localaddr_table addresses SEC(".data.addresses");
/* Sized when it is made: `clientloglimit`. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__type(value, struct client_set);
} clients SEC(".maps");
/* Too large to stand in the object file as .data. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__type(value, struct access_table);
} access SEC(".maps");
struct counters counters; /* .bss: too large to stand in the object file */

/* What each CPU keeps from one frame to the next, of no meaning to anybody else. The kernel runs
 * XDP with bottom halves off: no frame comes between in the middle of another. */
struct cpu_kept {
	struct reply_template tmpl;
	struct localaddr_recent recent[FRAME_FAMILIES];
	uint64_t die; /* what the dice have come to */
};
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__type(value, struct cpu_kept);
} kept SEC(".maps");

static __always_inline struct cpu_kept *own_kept(void)
{
	return bpf_map_lookup_elem(&kept, &only);
}

/*
 * Random bits without a call: the state takes in the clock and the transmit timestamp of each
 * request, which is 64 random bits of its client, and gives its upper half away. Who sees replies
 * of its own knows nothing of what others have put in since.
 */
static __always_inline uint32_t roll(struct cpu_kept *cpu, const struct respond_input *in)
{
	uint64_t state = cpu->die;

	if (CORE_UNLIKELY(state == 0))
		state = (uint64_t)bpf_get_prandom_u32() << 32 | bpf_get_prandom_u32();
	if (in->layers.ntp != NULL)
		state ^= in->layers.ntp->transmit_ts.raw;
	state ^= in->now_ns;
	state ^= state >> 32;
	state *= CLIENTS_MIX;
	cpu->die = state;
	return state >> 32;
}

static __always_inline struct counters_block *own_block(void)
{
	uint32_t index = counters_first + bpf_get_smp_processor_id();
	struct counters_block *block = &counters.xdp[index & (COUNTERS_BLOCKS - 1)];

	compiler_opaque(block); /* or it is computed at each use */
	return block;
}

static __always_inline void count(
	struct counters_block *block, const struct frame_layers *layers, enum verdict verdict)
{
	counters_verdict(block, verdict);
	if (verdict_is_request(verdict))
		counters_request(block, verdict_action(verdict) == VERDICT_ACTION_SERVED,
			layers->family, ntp_wire_version(layers->ntp));
}

/* The way back, where it is not the way the request came. Fills route; false: there is none. */
static __always_inline bool route_reply(
	struct xdp_md *ctx, const struct frame_layers *layers, struct bpf_fib_lookup *route)
{
	__builtin_memset(route, 0, sizeof(*route));
	route->l4_protocol = FRAME_PROTOCOL_UDP;
	route->ifindex = ctx->ingress_ifindex;
	if (layers->family == FRAME_IPV4) {
		route->family = 2; /* AF_INET */
		route->tot_len =
			sizeof(struct frame_ipv4) + sizeof(struct frame_udp) + NTP_PACKET_SIZE;
		route->ipv4_src = layers->ipv4->destination.raw;
		route->ipv4_dst = layers->ipv4->source.raw;
	} else {
		route->family = 10; /* AF_INET6 */
		route->tot_len =
			sizeof(struct frame_ipv6) + sizeof(struct frame_udp) + NTP_PACKET_SIZE;
		__builtin_memcpy(route->ipv6_src, layers->ipv6->destination, 16);
		__builtin_memcpy(route->ipv6_dst, layers->ipv6->source, 16);
	}
	return bpf_fib_lookup(ctx, route, sizeof(*route), 0) == BPF_FIB_LKUP_RET_SUCCESS;
}

static __always_inline int send_routed(
	struct xdp_md *ctx, struct frame_ethernet *ethernet, const struct bpf_fib_lookup *route)
{
	__builtin_memcpy(ethernet->destination, route->dmac, FRAME_MAC_SIZE);
	__builtin_memcpy(ethernet->source, route->smac, FRAME_MAC_SIZE);
	if (route->ifindex == ctx->ingress_ifindex)
		return XDP_TX;
	return bpf_redirect(route->ifindex, 0);
}

/* Cuts off what stood behind the IP packet. The frame must not be looked at afterwards. */
static __always_inline void trim(struct xdp_md *ctx, const struct frame *frame, uint32_t length)
{
	uint32_t arrived = frame->end - frame->data;

	if (arrived > length)
		bpf_xdp_adjust_tail(ctx, -(int)(arrived - length));
}

/*
 * The rules' searches are functions that the verifier looks at once and for themselves: it follows
 * a loop round by round, and with all that may come behind it would give up (a million
 * instructions). Where the index names a single range there is nothing to search, and no call.
 */
__attribute__((noinline)) uint32_t search_rule4(uint32_t source, uint32_t low, uint32_t high)
{
	const struct access_table *table = bpf_map_lookup_elem(&access, &only);
	struct access_span span = {low, high};

	return table == NULL ? 0 : access_search_ipv4(access_current(table), span, source);
}

__attribute__((noinline)) uint32_t search_rule6(
	uint64_t source_high, uint64_t source_low, uint32_t low, uint32_t high)
{
	const struct access_table *table = bpf_map_lookup_elem(&access, &only);
	struct access_span span = {low, high};

	return table == NULL
		       ? 0
		       : access_search_ipv6(access_current(table), span, source_high, source_low);
}

static __always_inline uint32_t find_rule4(const struct access_set *set, uint32_t source)
{
	struct access_span span = access_span_ipv4(set, source);

	if (CORE_LIKELY(span.low >= span.high))
		return access_leaf_ipv4(set, span.low);
	return search_rule4(source, span.low, span.high);
}

static __always_inline uint32_t find_rule6(
	const struct access_set *set, uint64_t source_high, uint64_t source_low)
{
	struct access_span span = access_span_ipv6(set, source_high);

	if (CORE_LIKELY(span.low >= span.high))
		return access_leaf_ipv6(set, span.low);
	return search_rule6(source_high, source_low, span.low, span.high);
}

/* The leaf of the client's rule. */
static __always_inline uint32_t find_rule(const struct frame_layers *layers)
{
	const struct access_table *table = bpf_map_lookup_elem(&access, &only);

	if (table == NULL)
		return 0;
	if (layers->family == FRAME_IPV4)
		return find_rule4(access_current(table), be32_value(be_load(layers->ipv4->source)));
	return find_rule6(access_current(table), be64_value(be_load(layers->ipv6->source[0])),
		be64_value(be_load(layers->ipv6->source[1])));
}

/*
 * Has the client's set brought before the clock is read: from memory it would take longer than all
 * that comes after, and the transmit timestamp would be early by that. NULL: the table is another
 * one by now; nobody is limited until this program is replaced, too.
 */
static __always_inline void fetch_client(struct respond_input *in)
{
	uint32_t index;

	in->client = respond_client_key(&in->layers, &settings);
	index = respond_client_set(in->client, &settings);
	in->clients = bpf_map_lookup_elem(&clients, &index);
	if (in->clients != NULL)
		(void)compiler_load(in->clients->way[0].tag);
}

/* What the keys of the parse select. */
static __always_inline void fetch(struct respond_input *in)
{
	in->settings = &settings;
	if (in->features & FEATURE_ACCESS)
		in->rule = find_rule(&in->layers);
}

/* reply_template_fill(). A function that the verifier looks at by itself, as the searches. */
__attribute__((noinline)) uint32_t refresh(uint64_t now_ns)
{
	struct cpu_kept *cpu = own_kept();

	if (cpu != NULL)
		reply_template_fill(&cpu->tmpl, &time_page, now_ns, &own_block()->page_retries);
	return 0; /* nothing: Linux 6.1 wants a number of such a function */
}

/* What the page says about now_ns. */
static __always_inline const struct reply_template *find_template(
	struct cpu_kept *cpu, uint64_t now_ns)
{
	if (CORE_UNLIKELY(!reply_template_valid(&cpu->tmpl, &time_page, now_ns)))
		refresh(now_ns);
	return &cpu->tmpl;
}

/* UDP to our port: decides, builds, counts, acts. */
static __always_inline int answer(
	struct xdp_md *ctx, const struct frame *frame, struct respond_input *in)
{
	/* Tagged frames go back as they came: a route would lead to the VLAN's own device, which
	 * takes no frame from XDP. */
	bool routed = in->features & FEATURE_FIB && !in->layers.tagged;
	struct bpf_fib_lookup route;
	struct counters_block *block = own_block();
	struct cpu_kept *cpu = own_kept();
	uint32_t allowed = 0;
	enum verdict verdict;
	int action;

	if (cpu == NULL) /* for the verifier: it is there */
		return XDP_PASS;
	in->interface = &interfaces.entry[interface_slot & (CONFIG_INTERFACES - 1)];
	in->addresses = &addresses;
	fetch(in);
	in->no_route = routed && !route_reply(ctx, &in->layers, &route);
	in->recent = &cpu->recent[in->layers.family & 1];
	verdict = respond_admit(in, &allowed);
	if (CORE_LIKELY(verdict == VERDICT_SERVED)) {
		if (in->features & FEATURE_CLIENTS)
			fetch_client(in);
		in->now_ns = HOOK_CLOCK_NS();
		in->random = HOOK_RANDOM(cpu, in);
		HOOK_RECEIVED(ctx, in);
		verdict = respond_admitted(in, find_template(cpu, in->now_ns), allowed);
	}
	/* Nearly all: all that is counted is constant. */
	if (CORE_LIKELY(verdict == VERDICT_SERVED))
		count(block, &in->layers, VERDICT_SERVED);
	else
		count(block, &in->layers, verdict);
	if (CORE_UNLIKELY(verdict_action(verdict) != VERDICT_ACTION_SERVED))
		return verdict_action(verdict) == VERDICT_ACTION_DROP ? XDP_DROP : XDP_PASS;
	action = routed ? send_routed(ctx, in->layers.ethernet, &route) : XDP_TX;
	HOOK_REPLIED(in);
	trim(ctx, frame, respond_reply_length(&in->layers));
	return action;
}

/*
 * The plain request of one family, where all is at constant offsets and a quarter of the
 * instructions falls away. True: it was one, and ret_action is what becomes of it. `wanted` is
 * constant where the compiler should fold.
 */
static __always_inline bool answer_plain(
	struct xdp_md *ctx, enum frame_family family, uint32_t wanted, int *ret_action)
{
	struct frame frame = {(void *)(long)ctx->data, (void *)(long)ctx->data_end};
	struct respond_input in = {.features = wanted};

	if (!frame_is_plain(&frame, settings.port, family, &in.layers))
		return false;
	*ret_action = answer(ctx, &frame, &in);
	return true;
}

static __always_inline bool serve_plain(struct xdp_md *ctx, uint32_t wanted, int *ret_action)
{
	return answer_plain(ctx, FRAME_IPV4, wanted, ret_action) ||
	       answer_plain(ctx, FRAME_IPV6, wanted, ret_action);
}

/* Whatever else may be a request. */
static __always_inline int serve_other(struct xdp_md *ctx)
{
	struct frame frame = {(void *)(long)ctx->data, (void *)(long)ctx->data_end};
	struct respond_input in = {.features = features};
	enum verdict verdict = respond_parse(&frame, &settings, &in.layers);

	if (verdict == VERDICT_SERVED)
		return answer(ctx, &frame, &in);
	count(own_block(), &in.layers, verdict);
	return XDP_PASS;
}

/*
 * What may be asked for costs instructions and registers around it even where it is skipped. So
 * what most servers have are ways of their own: nothing of it, a limit, a limit and rules by
 * address; the verifier removes those that are not taken.
 */
SEC("xdp")
int ntpxdp(struct xdp_md *ctx)
{
	const uint32_t asked = features & ~FEATURE_HARDWARE;
	int action;

	if (asked == 0 && serve_plain(ctx, 0, &action))
		return action;
	if (asked == FEATURE_CLIENTS && serve_plain(ctx, FEATURE_CLIENTS, &action))
		return action;
	if (asked == (FEATURE_CLIENTS | FEATURE_ACCESS) &&
		serve_plain(ctx, FEATURE_CLIENTS | FEATURE_ACCESS, &action))
		return action;
	if (asked & ~FEATURE_CLIENTS && asked != (FEATURE_CLIENTS | FEATURE_ACCESS) &&
		serve_plain(ctx, features, &action))
		return action;
	return serve_other(ctx);
}

char LICENSE[] SEC("license") = "GPL";
