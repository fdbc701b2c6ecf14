// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The second opinion on replies: see reference.h. The rules are protocol.md
 * sec. 2 and 4, and for the random bits the words above reply_stamps() in
 * dataplane/core/reply_stamps.h: one 32-bit number, its low bits for the receive timestamp and,
 * turned by half a word, for the transmit timestamp.
 */
#include "tests/vectors/reference.h"

#include <string.h>

typedef unsigned __int128 wide;

#define SECOND ((wide)1 << 32)

static bool leap_is_armed(const struct timepage_sample *sample)
{
	return sample->leap_at_ns != 0;
}

wide reference_now(const struct timepage_sample *sample, uint64_t now_ns)
{
	wide base = (wide)sample->base_seconds * SECOND + sample->base_fraction;
	wide past;

	if (now_ns >= sample->base_ns)
		base += (wide)(now_ns - sample->base_ns) * sample->multiplier >> sample->shift;
	else {
		past = (wide)(sample->base_ns - now_ns) * sample->multiplier >> sample->shift;
		base -= past;
	}
	if (leap_is_armed(sample) && now_ns >= sample->leap_at_ns) {
		if (sample->leap_sign > 0)
			base -= SECOND;
		else
			base += SECOND;
	}
	return base;
}

static uint8_t leap_at(const struct timepage_sample *sample, uint64_t now_ns)
{
	__int128 after;

	if (!leap_is_armed(sample))
		return sample->leap;
	after = (__int128)now_ns - (__int128)sample->leap_at_ns;
	if (after < -500000000)
		return sample->leap;
	return after < 1500000000 ? 3 : 0;
}

static uint32_t dispersion_at(const struct timepage_sample *sample, uint64_t now_ns)
{
	wide age_ns = now_ns > sample->base_ns ? now_ns - sample->base_ns : 0;
	wide grown = (age_ns * sample->dispersion_rate_q32 + 999999999) / 1000000000;
	wide q16 = (sample->root_dispersion_q32 + grown + 0xffff) / 0x10000;

	return q16 > 0xffffffff ? 0xffffffff : (uint32_t)q16;
}

/* One step of the precision, in 2^-32 s; at least four units, at most half a second. */
static uint64_t quantum_of(int precision)
{
	uint64_t quantum = (uint64_t)1 << 32;

	if (precision < -30)
		precision = -30;
	if (precision > -1)
		precision = -1;
	for (; precision < 0; precision++)
		quantum /= 2;
	return quantum;
}

static void stamp(const struct timepage_sample *sample, const struct reference_moment *moment,
	struct reference_time *time)
{
	uint64_t quantum = quantum_of(sample->precision);
	wide now = reference_now(sample, moment->now_ns);
	uint64_t cost = (uint64_t)((wide)sample->answer_cost_ns * SECOND / 1000000000);
	uint32_t turned = moment->random / 65536 + moment->random % 65536 * 65536;
	wide receive, transmit;

	if (cost < quantum)
		cost = quantum;
	receive = now - now % quantum + moment->random % quantum;
	receive += receive % 2 == 0;
	transmit = now + cost;
	transmit = transmit - transmit % quantum + turned % quantum;
	transmit -= transmit % 2;
	time->receive_ts = (uint64_t)receive;
	time->transmit_ts = (uint64_t)transmit;
	if (time->transmit_ts == 0)
		time->transmit_ts = 2;
	if (time->receive_ts == moment->origin_ts)
		time->receive_ts += time->receive_ts % 4 < 2 ? 2 : -(uint64_t)2;
	if (time->transmit_ts == moment->origin_ts) {
		time->transmit_ts += time->transmit_ts % 4 < 2 ? 2 : -(uint64_t)2;
		if (time->transmit_ts == 0)
			time->transmit_ts = 4;
	}
}

struct reference_time reference_time(
	const struct timepage_sample *sample, const struct reference_moment *moment)
{
	struct reference_time time = {
		.leap = leap_at(sample, moment->now_ns),
		.stratum = sample->stratum >= 16 ? 0 : sample->stratum,
		.precision = (uint8_t)sample->precision,
		.root_delay = sample->root_delay_q16,
		.root_dispersion = dispersion_at(sample, moment->now_ns),
		.reference_ts = sample->reference_ts,
	};
	uint8_t id[4];

	memcpy(id, &sample->reference_id, 4);
	time.reference_id = (uint32_t)build_get(id, 4);
	if (leap_is_armed(sample) && moment->now_ns >= sample->leap_at_ns)
		time.reference_ts -= (uint64_t)(int64_t)sample->leap_sign * (uint64_t)SECOND;
	stamp(sample, moment, &time);
	/* Not after transmit, within half an era. */
	if (time.transmit_ts - time.reference_ts >= (uint64_t)1 << 63)
		time.reference_ts = time.receive_ts;
	return time;
}

/* RFC 5905 sec. 7.4 and figure 13. */
void reference_kiss(struct reference_time *time)
{
	time->leap = 3;
	time->stratum = 0;
	time->reference_id = 0x52415445; /* "RATE" */
}

static void put_ntp(uint8_t *ntp, const uint8_t *request, const struct reference_time *time)
{
	build_put(ntp + 0, 1, time->leap * 64u + (request[0] / 8u % 8u) * 8u + 4u);
	build_put(ntp + 1, 1, time->stratum);
	build_put(ntp + 2, 1, request[2]);
	build_put(ntp + 3, 1, time->precision);
	build_put(ntp + 4, 4, time->root_delay);
	build_put(ntp + 8, 4, time->root_dispersion);
	build_put(ntp + 12, 4, time->reference_id);
	build_put(ntp + 16, 8, time->reference_ts);
	memcpy(ntp + 24, request + 40, 8);
	build_put(ntp + 32, 8, time->receive_ts);
	build_put(ntp + 40, 8, time->transmit_ts);
}

/* The checksum that keeps the error of the request: 0 where the request was right. */
static uint64_t error_of(uint64_t sum)
{
	return sum % 0xffff;
}

static void put_ip(
	const struct built *built, const uint8_t *request, uint8_t traffic_class, uint8_t *reply)
{
	const uint8_t *old = request + built->at[LAYER_IP];
	uint8_t *ip = reply + built->at[LAYER_IP];

	if (built->ipv6) {
		build_put(ip + 0, 4, 0x60000000 + traffic_class * 0x100000u);
		build_put(ip + 4, 2, 56);
		build_put(ip + 6, 1, 17);
		build_put(ip + 7, 1, 64);
		memcpy(ip + 8, old + 24, 16);
		memcpy(ip + 24, old + 8, 16);
		return;
	}
	build_put(ip + 0, 1, 0x45);
	build_put(ip + 1, 1, traffic_class);
	build_put(ip + 2, 2, 76);
	build_put(ip + 6, 2, 0x4000);
	build_put(ip + 8, 1, 64);
	build_put(ip + 9, 1, 17);
	memcpy(ip + 12, old + 16, 4);
	memcpy(ip + 16, old + 12, 4);
	/* The wanted total is the request's, 0xffff where that was right. */
	build_put(ip + 10, 2,
		build_checksum(build_sum(ip, 20) + 0xffff - error_of(build_sum(old, 20))));
}

static void put_udp(const struct built *built, const uint8_t *request, uint8_t *reply)
{
	const uint8_t *old = request + built->at[LAYER_UDP];
	const uint8_t *old_ip = request + built->at[LAYER_IP];
	uint8_t *udp = reply + built->at[LAYER_UDP];
	uint64_t error;

	memcpy(udp + 0, old + 2, 2);
	memcpy(udp + 2, old + 0, 2);
	build_put(udp + 4, 2, 56);
	if (old[6] == 0 && old[7] == 0)
		return;
	error = error_of(build_udp_sum(old_ip, old, built->ipv6, 56));
	build_put(udp + 6, 2,
		build_checksum_udp(
			build_udp_sum(reply + built->at[LAYER_IP], udp, built->ipv6, 56) + 0xffff -
			error));
}

uint16_t reference_reply(const struct built *built, const uint8_t *request,
	const struct reference_time *time, uint8_t *ret_reply)
{
	uint16_t length = built->at[LAYER_NTP] + 48;

	memset(ret_reply, 0, length);
	memcpy(ret_reply, request + 6, 6);
	memcpy(ret_reply + 6, request, 6);
	memcpy(ret_reply + 12, request + 12, built->at[LAYER_IP] - 12u);
	put_ip(built, request, time->traffic_class, ret_reply);
	put_ntp(ret_reply + built->at[LAYER_NTP], request + built->at[LAYER_NTP], time);
	put_udp(built, request, ret_reply);
	return length;
}
