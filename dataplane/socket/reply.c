// SPDX-License-Identifier: GPL-2.0-or-later
/* The order of the checks is that of respond() in dataplane/core/respond.h. */
#include "dataplane/socket/reply.h"
#include "dataplane/core/access_find.h"

#include <string.h>

#include "dataplane/core/reply.h"
#include "dataplane/core/request.h"
#include "dataplane/core/visit.h"

/* RFC 7822 sec. 7.5: a field has at least 16 octets, the last one before no MAC 28, so that a MAC
 * (of 4 octets, the crypto-NAK, to 24) cannot be taken for one. */
#define EXTENSION_MIN      16
#define EXTENSION_LAST_MIN 28

#define REFERENCE_ID_INIT           0x494e4954U /* "INIT", RFC 5905 figure 12 */
#define UNKNOWN_PRECISION           (-20)
#define UNKNOWN_ROOT_DISPERSION_Q16 0x100000U /* 16 s: MAXDISP, RFC 5905 sec. 7.2 */

/* A stamp older than this is not believed to be one of this datagram. */
#define RECEIVE_AGE_MAX_NS NTP_TIME_NS_PER_S

bool socket_reply_extensions_valid(const uint8_t *tail, size_t length)
{
	while (length) {
		size_t field;

		if (length < EXTENSION_LAST_MIN)
			return false;
		field = (size_t)tail[2] << 8 | tail[3];
		if (field < EXTENSION_MIN || field % 4 || field > length)
			return false;
		tail += field;
		length -= field;
	}
	return true;
}

/* The host's own programs may ask over any of its addresses; nobody else may claim to be it. */
static enum verdict judge_source(
	const struct localaddr_table *addresses, const struct socket_request *request)
{
	struct localaddr source;
	bool impossible;

	if (request->from_inside)
		return VERDICT_SERVED;
	if (request->family == FRAME_IPV4) {
		impossible = request_source_ipv4_impossible(request->source_ipv4);
		source = localaddr_ipv4(request->source_ipv4);
	} else {
		impossible = request_source_ipv6_impossible(
			request->source_ipv6[0], request->source_ipv6[1]);
		source = localaddr_ipv6(request->source_ipv6[0], request->source_ipv6[1]);
	}
	if (impossible || localaddr_find(addresses, source) != LOCALADDR_NONE)
		return VERDICT_DROP_SOURCE_ADDRESS;
	return VERDICT_SERVED;
}

static enum verdict judge_request(
	const struct socket_request *request, const struct ntp_packet *packet)
{
	enum verdict verdict = request_judge(request->length < sizeof(*packet) ? NULL : packet,
		(uint32_t)request->length, request->source_port);

	if (verdict != VERDICT_PASS_LONG)
		return verdict;
	if (request->cut || ntp_wire_version(packet) != NTP_VERSION_MAX ||
		!socket_reply_extensions_valid(
			request->payload + sizeof(*packet), request->length - sizeof(*packet)))
		return VERDICT_DROP_EXTENSION;
	return VERDICT_SERVED;
}

uint32_t socket_reply_access(
	const struct socket_shared *shared, const struct socket_request *request)
{
	const struct access_set *rules;
	uint32_t leaf;

	if (!(shared->settings->features & FEATURE_ACCESS))
		return shared->settings->access_default;
	rules = access_current(shared->access);
	if (request->family == FRAME_IPV4)
		leaf = access_find_ipv4(rules, be32_value(request->source_ipv4));
	else
		leaf = access_find_ipv6(rules, be64_value(request->source_ipv6[0]),
			be64_value(request->source_ipv6[1]));
	return access_flags(leaf, request->source_port.raw == be16_of(NTP_PORT).raw);
}

/* Enters the request in the client table, if there is one. */
static enum verdict judge_rate(
	const struct socket_shared *shared, const struct socket_request *request, uint32_t access)
{
	const struct limit *limit = &shared->settings->limit;
	struct visit visit = {
		.now_ns = request->now_ns,
		.flags = access,
		.random = request->random,
		.version = request->payload[0] >> 3 & 7,
	};
	uint64_t key;

	if (!(shared->settings->features & FEATURE_CLIENTS) || request->from_inside)
		return VERDICT_SERVED;
	key = request->family == FRAME_IPV4
		      ? clients_key_ipv4(be32_value(request->source_ipv4))
		      : be64_value(request->source_ipv6[0]) & limit->prefix6_mask;
	visit.mixed = clients_mix(key, limit->seed);
	return visit_verdict(visit_enter(
		&(*shared->clients)[clients_set_of(visit.mixed, limit->sets_log2)], limit, &visit));
}

/* For want of a sample: the kernel's time, called by no better name than it deserves. */
static void reading_unknown(const struct socket_request *request, struct timepage_reading *reading)
{
	*reading = (struct timepage_reading){
		.now = request->kernel_now,
		.root_dispersion_q16 = UNKNOWN_ROOT_DISPERSION_Q16,
		.precision = UNKNOWN_PRECISION,
	};
}

/*
 * Time at the receive stamp. The verdict is that of this very moment: a sample
 * that expired while the datagram waited is not served.
 */
static enum verdict read_page(const struct timepage *page, const struct socket_request *request,
	struct timepage_reading *reading)
{
	struct timepage_reading at_receive;
	enum verdict verdict = timepage_read(page, request->now_ns, reading);
	enum verdict earlier;

	if (verdict == VERDICT_SERVED) {
		earlier = timepage_read(page, request->receive_ns, &at_receive);
		if (earlier != VERDICT_SERVED)
			return earlier;
		*reading = at_receive;
		return VERDICT_SERVED;
	}
	if (verdict != VERDICT_PASS_UNSYNCHRONISED && verdict != VERDICT_PASS_PAGE_EXPIRED)
		reading_unknown(request, reading);
	return verdict;
}

static void fill(const struct socket_request *request, const struct timepage_reading *reading,
	bool synchronised, struct ntp_packet *packet)
{
	uint64_t elapsed_ns = request->now_ns - request->receive_ns + reading->answer_cost_ns;
	struct reply_stamps stamps = reply_stamps(reading,
		ntp_time_scale(elapsed_ns, NTP_TIME_NOMINAL_MULTIPLIER, NTP_TIME_NOMINAL_SHIFT),
		be64_value(packet->transmit_ts), request->random);

	reply_fill(packet, reading, stamps);
	if (!synchronised)
		packet->reference_ts = (be64){0};
}

/* The answer while there is no time. */
static void reading_unsynchronised(struct timepage_reading *reading, struct socket_request *asked)
{
	reading->leap = NTP_LEAP_UNKNOWN;
	reading->stratum = NTP_STRATUM_UNSYNCHRONISED;
	reading->reference_id = be32_of(REFERENCE_ID_INIT);
	/* One moment for both: elapsed time is added to the time of receipt. */
	asked->receive_ns = asked->now_ns;
}

/* All that can be said without the time: SERVED, or why it is not answered. */
static enum verdict judge(const struct socket_shared *shared, const struct socket_request *asked,
	const struct ntp_packet *packet, uint32_t *ret_access)
{
	enum verdict verdict = VERDICT_PASS_GROUP;

	if (!asked->to_group)
		verdict = judge_request(asked, packet);
	if (localaddr_find(shared->addresses, asked->destination) == LOCALADDR_IGNORED)
		verdict = VERDICT_PASS_FOREIGN_ADDRESS;
	if (verdict == VERDICT_SERVED)
		verdict = judge_source(shared->addresses, asked);
	if (verdict != VERDICT_SERVED)
		return verdict;
	/* The host's own programs are free. */
	*ret_access = asked->from_inside ? 0 : socket_reply_access(shared, asked);
	return access_refuses(*ret_access, ntp_wire_version(packet)) ? VERDICT_DROP_DENIED
								     : VERDICT_SERVED;
}

bool socket_reply_make(const struct socket_shared *shared, const struct socket_request *request,
	enum verdict *ret_verdict, struct ntp_packet *ret_reply)
{
	struct socket_request asked = *request;
	struct timepage_reading reading = {0};
	struct ntp_packet packet = {0};
	enum verdict verdict, rate;
	uint32_t access = 0;

	if (asked.length >= sizeof(packet))
		memcpy(&packet, asked.payload, sizeof(packet));
	if (asked.receive_ns > asked.now_ns || asked.now_ns - asked.receive_ns > RECEIVE_AGE_MAX_NS)
		asked.receive_ns = asked.now_ns;
	verdict = judge(shared, &asked, &packet, &access);
	*ret_verdict = verdict;
	if (verdict != VERDICT_SERVED)
		return false;
	verdict = read_page(shared->page, &asked, &reading);
	if (verdict != VERDICT_SERVED && shared->settings->unsynchronised_drop) {
		*ret_verdict = VERDICT_DROP_UNSYNCHRONISED;
		return false;
	}
	rate = judge_rate(shared, &asked, access);
	if (verdict != VERDICT_SERVED)
		reading_unsynchronised(&reading, &asked);
	*ret_verdict = rate == VERDICT_SERVED ? verdict : rate;
	if (verdict_action(rate) != VERDICT_ACTION_SERVED)
		return false;
	if (rate == VERDICT_SERVED_KISS)
		reply_make_kiss(&reading);
	fill(&asked, &reading, verdict == VERDICT_SERVED, &packet);
	*ret_reply = packet;
	return true;
}
