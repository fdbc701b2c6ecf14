// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The checks in the order of EXCHANGE_RESULT_LIST: first those that anybody on
 * the way could fail on purpose and that leave the question open, then, once the
 * random bits are repeated, those that judge the server.
 */
#include "control/exchange.h"

#include <string.h>

#include "dataplane/core/ntp_time.h"

/* Timestamps stand for the 2^32 s from this NTP second on: 2000-01-01 to 2136-02-07. The wire has
 * no era (RFC 5905 sec. 6), and the kernel clock may not be trusted to tell it before it is set. */
#define ERA_PIVOT_S 3155673600U

/* A server's reference time may be this much after its transmit time: it may have been stepped
 * back by what a step threshold tolerates. */
#define REFERENCE_AHEAD_MAX_NS 1000000000LL

#define FREQUENCY_TOLERANCE_PPM 15 /* RFC 5905 sec. 7.2: PHI */
#define PRECISION_LOG2S_MIN     (-31)

/* RFC 9769 sec. 2 wants a limit, lest an old answer is waited for; chronyd has the same. */
#define INTERLEAVED_MAX 4

static const char *const result_names[] = {
#define RESULT_NAME(NAME, name, text) #name,
	EXCHANGE_RESULT_LIST(RESULT_NAME)
#undef RESULT_NAME
};

static const char *const result_texts[] = {
#define RESULT_TEXT(NAME, name, text) text,
	EXCHANGE_RESULT_LIST(RESULT_TEXT)
#undef RESULT_TEXT
};

/* The stamps of one exchange. */
struct stamps {
	const struct exchange_reply *reply; /* T1 and T4 */
	be64 receive_ts, transmit_ts;       /* T2 and T3 */
	be64 latest_ts;                     /* the server's clock when it wrote its root values */
};

/* What follows from them, in ns. */
struct arithmetic {
	int64_t offset_ns;
	int64_t held_ns; /* by the server */
	int64_t delay_ns;
	int64_t dispersion_ns;
	int64_t root_delay_ns;
	int64_t root_dispersion_ns;
	int64_t reference_age_ns;
	int64_t precision_ns; /* the server's */
};

const char *exchange_result_name(enum exchange_result result)
{
	return result_names[result];
}

const char *exchange_result_text(enum exchange_result result)
{
	return result_texts[result];
}

bool exchange_disqualifies(enum exchange_result result)
{
	switch (result) {
	case EXCHANGE_UNSYNCHRONISED:
	case EXCHANGE_STRATUM:
	case EXCHANGE_KISS_OTHER:
	case EXCHANGE_ROOT_DISTANCE:
	case EXCHANGE_REFERENCE:
	case EXCHANGE_LOOP:
		return true;
	default:
		return false;
	}
}

void exchange_request(struct exchange *exchange, uint64_t random, struct ntp_packet *ret_packet)
{
	memset(ret_packet, 0, sizeof(*ret_packet));
	exchange->cookie.raw = random ? random : 1;
	exchange->receive_cookie.raw = 0;
	exchange->pending = true;
	ret_packet->leap_version_mode =
		ntp_wire_first_octet(NTP_LEAP_NONE, exchange->version, NTP_MODE_CLIENT);
	ret_packet->transmit_ts = exchange->cookie;
}

void exchange_request_interleaved(
	struct exchange *exchange, const uint64_t random[2], struct ntp_packet *ret_packet)
{
	struct exchange_past *past = &exchange->past;

	exchange_request(exchange, random[0], ret_packet);
	if (past->asked == INTERLEAVED_MAX)
		*past = (struct exchange_past){0};
	/* Were both the same, the answer would not tell its mode (RFC 9769 sec. 2). */
	if (!past->receive_ts.raw || !random[1] || random[1] == exchange->cookie.raw)
		return;
	past->asked++;
	exchange->receive_cookie.raw = random[1];
	ret_packet->origin_ts = past->receive_ts;
	ret_packet->receive_ts = exchange->receive_cookie;
}

static int64_t fraction_ns(uint32_t fraction)
{
	return (int64_t)((fraction * NTP_TIME_NS_PER_S + (1ULL << 31)) >> 32);
}

static int64_t unix_ns(be64 wire)
{
	uint64_t value = be64_value(wire);
	uint64_t seconds = value >> 32;

	if (seconds < ERA_PIVOT_S)
		seconds += 1ULL << 32;
	return (int64_t)(seconds - NTP_TIME_UNIX_EPOCH_S) * 1000000000LL +
	       fraction_ns((uint32_t)value);
}

/* later - earlier, the shorter way round the era. */
static int64_t difference_ns(be64 later, be64 earlier)
{
	int64_t q32 = (int64_t)(be64_value(later) - be64_value(earlier));

	return (q32 >> 32) * 1000000000LL + fraction_ns((uint32_t)q32);
}

static int64_t short_ns(be32 wire)
{
	return (int64_t)((be32_value(wire) * NTP_TIME_NS_PER_S) >> 16);
}

static int64_t log2s_ns(int8_t log2s)
{
	if (log2s >= 0)
		return 1000000000LL;
	if (log2s < PRECISION_LOG2S_MIN)
		log2s = PRECISION_LOG2S_MIN;
	return (1000000000LL >> -log2s) + 1;
}

static enum exchange_result judge_kiss(const struct ntp_packet *packet)
{
	if (!memcmp(&packet->reference_id, "RATE", 4))
		return EXCHANGE_KISS_RATE;
	if (!memcmp(&packet->reference_id, "DENY", 4))
		return EXCHANGE_KISS_DENY;
	if (!memcmp(&packet->reference_id, "RSTR", 4))
		return EXCHANGE_KISS_RSTR;
	if (ntp_wire_leap(packet) == NTP_LEAP_UNKNOWN)
		return EXCHANGE_UNSYNCHRONISED;
	return EXCHANGE_KISS_OTHER;
}

static bool repeats(be64 origin_ts, be64 cookie)
{
	return cookie.raw && origin_ts.raw == cookie.raw;
}

/* Is it the answer to the question? */
static enum exchange_result judge_answer(const struct exchange *exchange,
	const struct exchange_reply *reply, const struct ntp_packet *packet)
{
	if (!exchange->pending)
		return EXCHANGE_UNEXPECTED;
	if (!reply->from_asked)
		return EXCHANGE_ADDRESS;
	/* We asked for no extension field and no MAC. */
	if (reply->length != NTP_PACKET_SIZE)
		return EXCHANGE_LENGTH;
	if (ntp_wire_mode(packet) != NTP_MODE_SERVER)
		return EXCHANGE_MODE;
	if (ntp_wire_version(packet) != exchange->version)
		return EXCHANGE_VERSION;
	if (!repeats(packet->origin_ts, exchange->cookie) &&
		!repeats(packet->origin_ts, exchange->receive_cookie))
		return EXCHANGE_ORIGIN;
	return EXCHANGE_ACCEPTED;
}

/* Does the server call its time good? */
static enum exchange_result judge_server(const struct ntp_packet *packet)
{
	if (packet->stratum == NTP_STRATUM_UNSPECIFIED)
		return judge_kiss(packet);
	if (ntp_wire_leap(packet) == NTP_LEAP_UNKNOWN)
		return EXCHANGE_UNSYNCHRONISED;
	if (packet->stratum > NTP_STRATUM_MAX)
		return EXCHANGE_STRATUM;
	if (!packet->receive_ts.raw || !packet->transmit_ts.raw)
		return EXCHANGE_ZERO;
	return EXCHANGE_ACCEPTED;
}

/* RFC 5905 sec. 8. */
static void calculate(const struct stamps *stamps, const struct ntp_packet *packet,
	int64_t local_precision_ns, struct arithmetic *ret)
{
	const struct exchange_reply *reply = stamps->reply;
	int64_t away_ns = (int64_t)(reply->t4_raw_ns - reply->t1_raw_ns);
	int64_t out_ns = unix_ns(stamps->receive_ts) - (int64_t)reply->t1_raw_ns;
	int64_t back_ns = unix_ns(stamps->transmit_ts) - (int64_t)reply->t4_raw_ns;

	ret->offset_ns = out_ns + (back_ns - out_ns) / 2;
	ret->held_ns = difference_ns(stamps->transmit_ts, stamps->receive_ts);
	ret->delay_ns = away_ns - ret->held_ns;
	ret->precision_ns = log2s_ns(packet->precision);
	ret->dispersion_ns = local_precision_ns + ret->precision_ns +
			     away_ns / 1000000 * FREQUENCY_TOLERANCE_PPM;
	ret->root_delay_ns = short_ns(packet->root_delay);
	ret->root_dispersion_ns = short_ns(packet->root_dispersion);
	ret->reference_age_ns = packet->reference_ts.raw
					? difference_ns(stamps->latest_ts, packet->reference_ts)
					: -1;
}

static enum exchange_result judge_times(const struct ntp_packet *packet, const struct arithmetic *a,
	const struct exchange_limits *limits)
{
	int64_t noise_ns = a->precision_ns + limits->precision_ns;

	/* Below the precision the digits are random, so that a quick reply may seem to be early. */
	if (a->held_ns < -a->precision_ns)
		return EXCHANGE_ORDER;
	if (packet->reference_ts.raw && a->reference_age_ns < -REFERENCE_AHEAD_MAX_NS)
		return EXCHANGE_REFERENCE;
	if (a->delay_ns < -noise_ns)
		return EXCHANGE_DELAY_NEGATIVE;
	if (a->delay_ns > limits->max_delay_ns)
		return EXCHANGE_DELAY;
	if ((a->root_delay_ns + a->delay_ns) / 2 + a->root_dispersion_ns + a->dispersion_ns >=
		limits->max_root_distance_ns)
		return EXCHANGE_ROOT_DISTANCE;
	return EXCHANGE_ACCEPTED;
}

static bool same_served(const struct exchange_served *served, const struct ntp_packet *packet)
{
	return served->stratum && served->stratum == packet->stratum &&
	       served->reference_id.raw == packet->reference_id.raw &&
	       served->reference_ts.raw == packet->reference_ts.raw;
}

static bool is_loop(const struct exchange_own *own, const struct ntp_packet *packet)
{
	size_t i;

	if (!own)
		return false;
	if (same_served(&own->served[0], packet) || same_served(&own->served[1], packet))
		return true;
	/* At stratum 1 the reference id is a name, not an address. */
	for (i = 0; packet->stratum > 1 && i < own->count; i++)
		if (own->reference_ids[i].raw == packet->reference_id.raw)
			return true;
	return false;
}

static void fill_sample(const struct exchange_reply *reply, const struct ntp_packet *packet,
	const struct arithmetic *a, struct ntp_sample *ret_sample)
{
	*ret_sample = (struct ntp_sample){
		.raw_ns = reply->t1_raw_ns + (reply->t4_raw_ns - reply->t1_raw_ns) / 2,
		.offset_ns = a->offset_ns,
		.delay_ns = a->delay_ns,
		.dispersion_ns = a->dispersion_ns,
		.root_delay_ns = a->root_delay_ns,
		.root_dispersion_ns = a->root_dispersion_ns,
		.reference_age_ns = a->reference_age_ns,
		.reference_id = packet->reference_id,
		.stratum = packet->stratum,
		.leap = ntp_wire_leap(packet),
		.version = ntp_wire_version(packet),
		.precision = packet->precision,
	};
}

/* What the stamps tell, if it can be used. */
static enum exchange_result measure(const struct stamps *stamps, const struct ntp_packet *packet,
	const struct exchange_limits *limits, struct ntp_sample *ret_sample)
{
	struct arithmetic arithmetic;
	enum exchange_result result;

	calculate(stamps, packet, limits->precision_ns, &arithmetic);
	result = judge_times(packet, &arithmetic, limits);
	if (result != EXCHANGE_ACCEPTED)
		return result;
	if (is_loop(limits->own, packet))
		return EXCHANGE_LOOP;
	if (arithmetic.delay_ns < limits->precision_ns)
		arithmetic.delay_ns = limits->precision_ns;
	fill_sample(stamps->reply, packet, &arithmetic, ret_sample);
	return EXCHANGE_ACCEPTED;
}

/* Its stamps complete those of the answer before. */
static enum exchange_result measure_past(const struct exchange_past *past,
	const struct ntp_packet *packet, const struct exchange_limits *limits,
	struct ntp_sample *ret_sample)
{
	const struct stamps stamps = {
		&past->reply, past->receive_ts, packet->transmit_ts, packet->receive_ts};
	enum exchange_result result;

	if (past->measured || !past->receive_ts.raw)
		return is_loop(limits->own, packet) ? EXCHANGE_LOOP : EXCHANGE_KNOWN;
	result = measure(&stamps, packet, limits, ret_sample);
	if (result == EXCHANGE_ACCEPTED)
		ret_sample->interleaved = true;
	return result;
}

enum exchange_result exchange_judge(struct exchange *exchange, const struct exchange_reply *reply,
	const struct exchange_limits *limits, struct ntp_sample *ret_sample)
{
	const struct exchange_past past = exchange->past;
	struct ntp_packet packet = {0};
	struct stamps stamps = {.reply = reply};
	bool interleaved;
	enum exchange_result result;

	if (reply->length >= sizeof(packet))
		memcpy(&packet, reply->data, sizeof(packet));
	result = judge_answer(exchange, reply, &packet);
	if (result != EXCHANGE_ACCEPTED)
		return result;
	exchange->pending = false;
	exchange->past = (struct exchange_past){0};
	result = judge_server(&packet);
	if (result != EXCHANGE_ACCEPTED)
		return result;
	interleaved = !repeats(packet.origin_ts, exchange->cookie);
	exchange->past.receive_ts = packet.receive_ts;
	exchange->past.reply = *reply;
	exchange->past.reply.data = NULL;
	exchange->past.measured = !interleaved;
	if (interleaved) {
		result = measure_past(&past, &packet, limits, ret_sample);
	} else {
		stamps.receive_ts = packet.receive_ts;
		stamps.latest_ts = stamps.transmit_ts = packet.transmit_ts;
		result = measure(&stamps, &packet, limits, ret_sample);
	}
	if (result == EXCHANGE_ACCEPTED)
		ret_sample->poll = exchange->poll;
	return result;
}
