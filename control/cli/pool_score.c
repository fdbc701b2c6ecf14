// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The pool monitor's judgement; pool_score.h is the manual.
 */
#include "control/cli/pool_score.h"

#include "dataplane/core/ntp_time.h"

#include <math.h>
#include <string.h>

/* The monitor takes a higher stratum for an error, and one from here on for a bad server. */
#define STRATUM_ERROR 10
#define STRATUM_HIGH  8

/* The score comes this near to where it is going; it gets there never. */
#define CHECKS_MAX 1000

/* Caps of a score after a check. */
#define CAP_DENIED    (-50.0)
#define CAP_STRATUM_0 5.0
#define CAP_OFFSET_3S (-20.0)

static const char *const reply_names[] = {
#define NAME_OF(NAME, name, text) #name,
	POOL_SCORE_REPLY_LIST(NAME_OF)};
static const char *const row_names[] = {POOL_SCORE_ROW_LIST(NAME_OF)};
#undef NAME_OF
static const char *const reply_texts[] = {
#define TEXT_OF(NAME, name, text) text,
	POOL_SCORE_REPLY_LIST(TEXT_OF)};
static const char *const row_texts[] = {POOL_SCORE_ROW_LIST(TEXT_OF)};
#undef TEXT_OF

const char *pool_score_reply_name(enum pool_score_reply_state state)
{
	return reply_names[state];
}

const char *pool_score_reply_text(enum pool_score_reply_state state)
{
	return reply_texts[state];
}

const char *pool_score_row_name(enum pool_score_row row)
{
	return row_names[row];
}

const char *pool_score_row_text(enum pool_score_row row)
{
	return row_texts[row];
}

/* Unix ns as the 64 bits of the wire. */
static uint64_t wire_of(int64_t unix_ns)
{
	int64_t seconds = unix_ns / (int64_t)NTP_TIME_NS_PER_S;
	int64_t rest = unix_ns % (int64_t)NTP_TIME_NS_PER_S;

	if (rest < 0) {
		rest += (int64_t)NTP_TIME_NS_PER_S;
		seconds--;
	}
	return ((uint64_t)seconds + NTP_TIME_UNIX_EPOCH_S) << 32 |
	       ((uint64_t)rest << 32) / NTP_TIME_NS_PER_S;
}

/* later - earlier, the shorter way round the era. */
static double difference_s(uint64_t later, uint64_t earlier)
{
	return (double)(int64_t)(later - earlier) / (double)NTP_TIME_Q32_PER_S;
}

static enum pool_score_reply_state look(
	const struct pool_score_datagram *datagram, const struct ntp_packet *packet)
{
	if (datagram->length == 0)
		return POOL_SCORE_REPLY_SILENT;
	if (datagram->length < NTP_PACKET_SIZE)
		return POOL_SCORE_REPLY_SHORT;
	if (ntp_wire_mode(packet) != NTP_MODE_SERVER)
		return POOL_SCORE_REPLY_MODE;
	if (packet->transmit_ts.raw == 0)
		return POOL_SCORE_REPLY_TRANSMIT;
	if (packet->origin_ts.raw != datagram->cookie.raw)
		return POOL_SCORE_REPLY_ORIGIN;
	/* Compared without a thought for the end of the era, as the monitor does. */
	if (be64_value(packet->receive_ts) > be64_value(packet->transmit_ts))
		return POOL_SCORE_REPLY_ORDER;
	if (packet->stratum == NTP_STRATUM_UNSPECIFIED || packet->stratum > STRATUM_ERROR)
		return POOL_SCORE_REPLY_BAD;
	return POOL_SCORE_REPLY_GOOD;
}

void pool_score_read(const struct pool_score_datagram *datagram, struct pool_score_reply *ret_reply)
{
	uint64_t t1 = wire_of(datagram->t1_ns), t4 = wire_of(datagram->t4_ns);
	struct ntp_packet *packet = &ret_reply->packet;
	double out_s, back_s;

	*ret_reply = (struct pool_score_reply){.offset_s = NAN, .delay_s = NAN};
	if (datagram->length >= sizeof(*packet))
		memcpy(packet, datagram->data, sizeof(*packet));
	ret_reply->state = look(datagram, packet);
	if (ret_reply->state != POOL_SCORE_REPLY_GOOD && ret_reply->state != POOL_SCORE_REPLY_BAD)
		return;
	out_s = difference_s(be64_value(packet->receive_ts), t1);
	back_s = difference_s(be64_value(packet->transmit_ts), t4);
	ret_reply->offset_s = (out_s + back_s) / 2;
	ret_reply->delay_s =
		fmax(difference_s(t4, t1) - difference_s(be64_value(packet->transmit_ts),
						    be64_value(packet->receive_ts)),
			0);
}

static bool has_code(const struct ntp_packet *packet)
{
	uint8_t octets[4];

	memcpy(octets, &packet->reference_id, sizeof(octets));
	for (size_t i = 0; i < sizeof(octets); i++) {
		if (octets[i] < ' ' || octets[i] > '~')
			return false;
	}
	return true;
}

static bool is_code(const struct ntp_packet *packet, const char *code)
{
	return memcmp(&packet->reference_id, code, sizeof(packet->reference_id)) == 0;
}

static enum pool_score_row row_of_bad(const struct ntp_packet *packet)
{
	if (packet->stratum != NTP_STRATUM_UNSPECIFIED)
		return POOL_SCORE_ROW_ERROR;
	if (is_code(packet, "RATE"))
		return POOL_SCORE_ROW_RATE;
	if (is_code(packet, "RSTR") || is_code(packet, "DENY"))
		return POOL_SCORE_ROW_DENIED;
	return has_code(packet) ? POOL_SCORE_ROW_ERROR : POOL_SCORE_ROW_STRATUM_0;
}

static enum pool_score_row row_of_good(const struct pool_score_reply *reply)
{
	double off_s = fabs(reply->offset_s);

	if (off_s > 3)
		return POOL_SCORE_ROW_OFFSET_3S;
	if (reply->packet.stratum >= STRATUM_HIGH)
		return POOL_SCORE_ROW_STRATUM_8;
	if (off_s > 0.750)
		return POOL_SCORE_ROW_OFFSET_750MS;
	if (off_s > 0.100)
		return POOL_SCORE_ROW_OFFSET_100MS;
	if (off_s > 0.025)
		return POOL_SCORE_ROW_OFFSET_25MS;
	return POOL_SCORE_ROW_GOOD;
}

static void put_step(struct pool_score_check *check, double off_s)
{
	static const struct {
		double step, per_s, cap;
	} rows[] = {
		[POOL_SCORE_ROW_NO_REPLY] = {-5, 0, POOL_SCORE_MAX},
		[POOL_SCORE_ROW_RATE] = {-3.5, 0, POOL_SCORE_MAX},
		[POOL_SCORE_ROW_DENIED] = {-10, 0, CAP_DENIED},
		[POOL_SCORE_ROW_STRATUM_0] = {-2, 0, CAP_STRATUM_0},
		[POOL_SCORE_ROW_ERROR] = {-4, 0, POOL_SCORE_MAX},
		[POOL_SCORE_ROW_OFFSET_3S] = {-4, 0, CAP_OFFSET_3S},
		[POOL_SCORE_ROW_STRATUM_8] = {-4, 0, POOL_SCORE_MAX},
		[POOL_SCORE_ROW_OFFSET_750MS] = {-2, 0, POOL_SCORE_MAX},
		[POOL_SCORE_ROW_OFFSET_100MS] = {0.731, -2.308, POOL_SCORE_MAX},
		[POOL_SCORE_ROW_OFFSET_25MS] = {1.167, -6.667, POOL_SCORE_MAX},
		[POOL_SCORE_ROW_GOOD] = {1, 0, POOL_SCORE_MAX},
	};

	check->step = rows[check->row].step;
	if (rows[check->row].per_s != 0)
		check->step = fmin(check->step + rows[check->row].per_s * off_s, 1);
	check->cap = rows[check->row].cap;
}

void pool_score_judge(
	const struct pool_score_reply *replies, int count, struct pool_score_check *ret_check)
{
	int best = -1;

	for (int i = 0; i < count; i++) {
		if (replies[i].state == POOL_SCORE_REPLY_BAD) {
			best = i;
			break;
		}
		if (replies[i].state == POOL_SCORE_REPLY_GOOD &&
			(best < 0 || replies[i].delay_s < replies[best].delay_s))
			best = i;
	}
	*ret_check = (struct pool_score_check){.row = POOL_SCORE_ROW_NO_REPLY, .reply = best};
	if (best >= 0)
		ret_check->row = replies[best].state == POOL_SCORE_REPLY_BAD
					 ? row_of_bad(&replies[best].packet)
					 : row_of_good(&replies[best]);
	put_step(ret_check, best < 0 ? 0 : fabs(replies[best].offset_s));
}

static double next_score(double score, double step, double cap)
{
	return fmin(score * POOL_SCORE_KEPT + step, cap);
}

void pool_score_take(struct pool_score_course *course, const struct pool_score_check *check)
{
	course->score = next_score(course->score, check->step, check->cap);
	course->step_sum += check->step;
	course->lowest_cap =
		course->checks == 0 ? check->cap : fmin(course->lowest_cap, check->cap);
	course->checks++;
}

double pool_score_steady(const struct pool_score_course *course)
{
	double step = course->step_sum / course->checks;

	return fmin(step / (1 - POOL_SCORE_KEPT), course->lowest_cap);
}

int pool_score_checks_to_join(const struct pool_score_course *course)
{
	double step = course->step_sum / course->checks, score = POOL_SCORE_START;

	for (int checks = 1; checks <= CHECKS_MAX; checks++) {
		score = next_score(score, step, course->lowest_cap);
		if (score >= POOL_SCORE_IN)
			return checks;
	}
	return -1;
}
