// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: dataplane/socket/reply.c
/*
 * Datagrams out of any bytes to the socket engine. The first octet of the input chooses the page
 * and the family, the next four are the randomness; the rest is the payload. Whatever it is: no
 * reply to what is no client's request, none longer than the request, nothing of the request in it
 * but version, poll and transmit timestamp, and stamps in order.
 */
#include <stdlib.h>
#include <string.h>

#include "dataplane/core/ntp_wire.h"
#include "dataplane/socket/reply.h"

#define BASE_NS 1000000000000ULL
#define BASE_S  3976214400ULL

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct timepage page;
static struct settings settings;
static struct localaddr_table addresses;
static struct client_set table[1 << CLIENTS_SETS_LOG2_MIN], *clients = table;

static void make_page(uint8_t kind)
{
	const struct timepage_sample sample = {
		.base_ns = BASE_NS,
		.base_seconds = kind & 8 ? 0x100000000ULL : BASE_S, /* era 1 */
		.multiplier = NTP_TIME_NOMINAL_MULTIPLIER,
		.shift = NTP_TIME_NOMINAL_SHIFT,
		.flags = kind & 1,
		.expires_ns = kind & 2 ? BASE_NS : UINT64_MAX,
		.reference_ts = BASE_S << 32,
		.stratum = 2,
		.precision = -24,
	};

	timepage_init(&page);
	config_settings_init(&settings);
	/* Without rules; limited, and told so, in every other input. */
	settings.features = kind & 32 ? FEATURE_CLIENTS : 0;
	settings.access_default = ACCESS_LIMITED | ACCESS_KOD;
	limit_set(&settings.limit, 12, LIMIT_BURST_MIN, 1);
	settings.limit.kod_log2 = 1;
	settings.limit.sets_log2 = CLIENTS_SETS_LOG2_MIN;
	settings.limit.prefix6_mask = UINT64_MAX;
	if (kind & 4)
		timepage_publish(&page, &sample);
}

static void check(
	const struct socket_request *request, const struct ntp_packet *reply, enum verdict verdict)
{
	struct ntp_packet asked;
	uint8_t mode, version;

	if (request->length < sizeof(asked))
		abort();
	memcpy(&asked, request->payload, sizeof(asked));
	mode = ntp_wire_mode(&asked);
	version = ntp_wire_version(&asked);
	if (version < 1 || version > 4 || (mode != NTP_MODE_CLIENT && (mode || version != 1)))
		abort();
	if (ntp_wire_mode(reply) != NTP_MODE_SERVER || ntp_wire_version(reply) != version ||
		reply->poll != asked.poll || reply->origin_ts.raw != asked.transmit_ts.raw)
		abort();
	if (verdict == VERDICT_SERVED_KISS && reply->stratum)
		abort();
	if (verdict != VERDICT_SERVED_LEAKED &&
		(verdict == VERDICT_SERVED) == (ntp_wire_leap(reply) == NTP_LEAP_UNKNOWN))
		abort();
	if (!reply->transmit_ts.raw ||
		be64_value(reply->transmit_ts) - be64_value(reply->receive_ts) - 1 >= 1ULL << 32)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct socket_shared shared = {
		.page = &page, .settings = &settings, .addresses = &addresses, .clients = &clients};
	struct socket_request request = {
		.source_port = be16_of(40000),
		.source_ipv4 = be32_of(0xc0000201),
		.source_ipv6 = {be64_of(0x20010db800000000ULL), be64_of(1)},
		.receive_ns = BASE_NS + 1000000,
		.now_ns = BASE_NS + 1010000,
		.kernel_now = {BASE_S, 0},
	};
	struct ntp_packet reply;
	enum verdict verdict;

	if (size < 5)
		return 0;
	make_page(data[0]);
	request.family = data[0] & 16 ? FRAME_IPV6 : FRAME_IPV4;
	memcpy(&request.random, data + 1, sizeof(request.random));
	request.length = size - 5;
	/* Memory of exactly this size: a read behind its end is seen. */
	uint8_t *payload = malloc(request.length ? request.length : 1);
	if (!payload)
		return 0;
	memcpy(payload, data + 5, request.length);
	request.payload = payload;
	if (socket_reply_make(&shared, &request, &verdict, &reply))
		check(&request, &reply, verdict);
	free(payload);
	return 0;
}
