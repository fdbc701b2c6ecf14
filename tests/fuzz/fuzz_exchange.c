// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/exchange.c
/*
 * Replies out of any bytes. The first octet of the input chooses whether the right origin is put
 * in (bit 0) and whether it is an interleaved reply's (bit 1), so that the checks behind it are
 * reached; the next eight are T1 and T4; the rest is the
 * datagram. An accepted sample must be within all limits.
 */
#include <stdlib.h>
#include <string.h>

#include "control/exchange.h"

#define MAX_DELAY_NS    3000000000LL
#define MAX_DISTANCE_NS 1500000000LL

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct ntp_sample *sample, const struct exchange_reply *reply)
{
	if (sample->delay_ns <= 0 || sample->delay_ns > MAX_DELAY_NS ||
		sample->dispersion_ns <= 0 || sample->stratum < 1 || sample->stratum > 15 ||
		sample->leap == NTP_LEAP_UNKNOWN || sample->raw_ns < reply->t1_raw_ns ||
		sample->raw_ns > reply->t4_raw_ns ||
		(sample->root_delay_ns + sample->delay_ns) / 2 + sample->root_dispersion_ns >
			MAX_DISTANCE_NS)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint64_t random[2] = {0x1122334455667788ULL, 0x99aabbccddeeff00ULL};
	struct exchange exchange = {.version = 4};
	struct exchange_own own = {0};
	struct exchange_limits limits = {MAX_DELAY_NS, MAX_DISTANCE_NS, 100, &own};
	struct exchange_reply reply = {.from_asked = true};
	struct ntp_packet request;
	struct ntp_sample sample;
	uint8_t payload[256];
	uint32_t clocks[2];

	if (size < 9)
		return 0;
	memcpy(clocks, data + 1, sizeof(clocks));
	reply.t1_raw_ns = (uint64_t)clocks[0] << 20;
	reply.t4_raw_ns = reply.t1_raw_ns + clocks[1];
	reply.length = size - 9 < sizeof(payload) ? size - 9 : sizeof(payload);
	memcpy(payload, data + 9, reply.length);
	reply.data = payload;
	if (data[0] & 2) {
		if (reply.length >= NTP_PACKET_SIZE)
			memcpy(&exchange.past.receive_ts,
				payload + offsetof(struct ntp_packet, receive_ts), 8);
		exchange.past.reply = reply;
	}
	exchange_request_interleaved(&exchange, random, &request);
	if (data[0] & 1 && reply.length >= NTP_PACKET_SIZE)
		memcpy(payload + offsetof(struct ntp_packet, origin_ts),
			data[0] & 2 ? &request.receive_ts : &request.transmit_ts, 8);
	if (exchange_judge(&exchange, &reply, &limits, &sample) == EXCHANGE_ACCEPTED)
		check(&sample, &reply);
	if (exchange_judge(&exchange, &reply, &limits, &sample) == EXCHANGE_ACCEPTED)
		abort();
	return 0;
}
