/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pool_score: what the NTP pool's monitor thinks of a server. One check is a few requests to one
 * address; the replies make a step, and the step moves the score. Pure: asking, clocks and words
 * for people on the screen are the caller's (control/cli/poolcheck.c).
 *
 * The rules are those of the pool's own programs: the client library's and the agent's tests of a
 * reply (github.com/beevik/ntp, QueryWithOptions; github.com/ntppool/monitor, CheckHost), the steps
 * of its scorer (scorer/statusscore), and the start and the threshold of its web side
 * (github.com/abh/ntppool, NP::Model::Server: start 0, in the pool at 10).
 */
#ifndef CONTROL_CLI_POOL_SCORE_H
#define CONTROL_CLI_POOL_SCORE_H

#include "dataplane/core/ntp_wire.h"

/* Requests of one check, time between two of them (s), how long the monitor waits for each (s). */
#define POOL_SCORE_REQUESTS  3
#define POOL_SCORE_SPACING_S 2.0
#define POOL_SCORE_TIMEOUT_S 3.0

#define POOL_SCORE_START 0.0  /* of a server that is new in the pool */
#define POOL_SCORE_IN    10.0 /* at this score its address is given to clients */
#define POOL_SCORE_MAX   20.0
#define POOL_SCORE_KEPT  0.95 /* of the old score, at each check */

/* Between two checks by one active monitor: the monitor's default, in minutes. */
#define POOL_SCORE_CHECK_MIN 9

/* A server whose stratum is not 1 to this is not accepted when it is added. */
#define POOL_SCORE_JOIN_STRATUM_MAX 5

/*
 * What became of one request, in the order of judgement. Everything from SILENT to ORDER is
 * "no reply" to the monitor; BAD is a reply that says itself that it is none, which ends the check.
 * X(NAME, name, text)
 */
#define POOL_SCORE_REPLY_LIST(X)                                                                   \
	X(GOOD, good, "good")                                                                      \
	X(SILENT, silent, "no answer")                                                             \
	X(SHORT, short, "shorter than 48 octets")                                                  \
	X(MODE, mode, "not a server's reply (mode 4)")                                             \
	X(TRANSMIT, transmit, "transmit timestamp 0")                                              \
	X(ORIGIN, origin, "does not repeat the request's transmit timestamp")                      \
	X(ORDER, order, "receive timestamp after transmit timestamp")                              \
	X(BAD, bad, "stratum 0, or above 10")

/* How a check ends: the first row that fits. X(NAME, name, text) */
#define POOL_SCORE_ROW_LIST(X)                                                                     \
	X(NO_REPLY, no_reply, "no reply that fits")                                                \
	X(RATE, rate, "kiss RATE: the rate limit refuses the monitor")                             \
	X(DENIED, denied, "kiss DENY or RSTR: the monitor is refused")                             \
	X(STRATUM_0, stratum_0, "stratum 0 without a code: not synchronised")                      \
	X(ERROR, error, "stratum 0 with another code, or above 10")                                \
	X(OFFSET_3S, offset_3s, "more than 3 s off")                                               \
	X(STRATUM_8, stratum_8, "stratum 8 or more")                                               \
	X(OFFSET_750MS, offset_750ms, "more than 750 ms off")                                      \
	X(OFFSET_100MS, offset_100ms, "100 to 750 ms off")                                         \
	X(OFFSET_25MS, offset_25ms, "25 to 100 ms off")                                            \
	X(GOOD, good, "within 25 ms")

enum pool_score_reply_state {
#define POOL_SCORE_ENUM(NAME, name, text) POOL_SCORE_REPLY_##NAME,
	POOL_SCORE_REPLY_LIST(POOL_SCORE_ENUM)
#undef POOL_SCORE_ENUM
};

enum pool_score_row {
#define POOL_SCORE_ENUM(NAME, name, text) POOL_SCORE_ROW_##NAME,
	POOL_SCORE_ROW_LIST(POOL_SCORE_ENUM)
#undef POOL_SCORE_ENUM
};

/* What came first for one request. T1 and T4 are by the clock that the server is judged by. */
struct pool_score_datagram {
	const uint8_t *data;
	size_t length;        /* 0: nothing came */
	be64 cookie;          /* the transmit timestamp of the request */
	int64_t t1_ns, t4_ns; /* Unix */
};

struct pool_score_reply {
	enum pool_score_reply_state state;
	struct ntp_packet packet; /* valid for GOOD and BAD, as the rest */
	double offset_s, delay_s; /* positive: the server is ahead */
};

struct pool_score_check {
	enum pool_score_row row;
	double step;
	double cap; /* the score is at most this after the check; POOL_SCORE_MAX: no other cap */
	int reply;  /* index of the reply that counted; -1: none */
};

/* A score on its way. Starts as {.score = POOL_SCORE_START}. */
struct pool_score_course {
	double score;
	double step_sum;
	int checks;
	double lowest_cap; /* of all checks; valid from the first one on */
};

const char *pool_score_reply_name(enum pool_score_reply_state state);
const char *pool_score_reply_text(enum pool_score_reply_state state);
const char *pool_score_row_name(enum pool_score_row row);
const char *pool_score_row_text(enum pool_score_row row);

void pool_score_read(
	const struct pool_score_datagram *datagram, struct pool_score_reply *ret_reply);

/* Judge a check by its replies. The first BAD one decides; else the GOOD one that came fastest. */
void pool_score_judge(
	const struct pool_score_reply *replies, int count, struct pool_score_check *ret_check);

void pool_score_take(struct pool_score_course *course, const struct pool_score_check *check);

/* Where the score ends up if checks go on as those up to now. */
double pool_score_steady(const struct pool_score_course *course);

/* Checks from POOL_SCORE_START until the pool takes the server in, if checks go on as those up to
 * now; -1: never. */
int pool_score_checks_to_join(const struct pool_score_course *course);

#endif
