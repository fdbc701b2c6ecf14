// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One question to a server and the judgement of what comes back: RFC 5905 sec. 8
 * with the rules of the client side. Pure: sockets, clocks and dice are the
 * caller's (control/source.c). Nothing of ours goes out but 64 random bits in
 * the place of the transmit timestamp (RFC 9109; draft-ietf-ntp-data-minimization),
 * and whoever cannot repeat them has not seen the request.
 *
 * In interleaved mode (RFC 9769 sec. 2) a reply tells when the reply before it truly left. Its
 * request names that one by the server's own receive timestamp as origin, and has other 64
 * random bits as receive timestamp: what the server repeats as origin tells the mode.
 *
 * T1..T4 are RFC 5905's: T1 and T4 are ours, in CLOCK_MONOTONIC_RAW ns.
 */
#ifndef CONTROL_EXCHANGE_H
#define CONTROL_EXCHANGE_H

#include "control/sample.h"
#include "control/stamp.h"
#include "dataplane/core/ntp_wire.h"

/*
 * What became of a datagram: the one list. The enum, the counters, their names
 * in metrics and the text for people come from it; in the order of judgement.
 * X(NAME, name, text)
 */
#define EXCHANGE_RESULT_LIST(X)                                                                    \
	X(ACCEPTED, accepted, "good sample")                                                       \
	X(UNEXPECTED, unexpected, "no request is waiting for it")                                  \
	X(ADDRESS, address, "not from the address asked")                                          \
	X(LENGTH, length, "no NTP packet, or one with a tail that was not asked for")              \
	X(MODE, mode, "not a server's reply")                                                      \
	X(VERSION, version, "another version than asked")                                          \
	X(ORIGIN, origin, "does not repeat our random bits")                                       \
	X(KISS_RATE, kiss_rate, "kiss RATE: asks us to ask less often")                            \
	X(KISS_DENY, kiss_deny, "kiss DENY: does not serve us")                                    \
	X(KISS_RSTR, kiss_rstr, "kiss RSTR: does not serve us")                                    \
	X(KISS_OTHER, kiss_other, "kiss of another kind, or stratum 0")                            \
	X(UNSYNCHRONISED, unsynchronised, "server is not synchronised")                            \
	X(STRATUM, stratum, "stratum above 15")                                                    \
	X(ZERO, zero, "receive or transmit timestamp 0")                                           \
	X(ORDER, order, "transmit before receive")                                                 \
	X(REFERENCE, reference, "server's time is before its reference time")                      \
	X(DELAY_NEGATIVE, delay_negative, "server held it for longer than it was away")            \
	X(DELAY, delay, "round trip over maxdelay")                                                \
	X(ROOT_DISTANCE, root_distance, "root distance over maxdistance")                          \
	X(LOOP, loop, "server takes its time from us")                                             \
	X(KNOWN, known, "interleaved, about an exchange that was measured already")

enum exchange_result {
#define EXCHANGE_ENUM(NAME, name, text) EXCHANGE_##NAME,
	EXCHANGE_RESULT_LIST(EXCHANGE_ENUM)
#undef EXCHANGE_ENUM
	EXCHANGE_RESULT_COUNT
};

/* What arrived, and when. */
struct exchange_reply {
	const uint8_t *data;
	size_t length;
	bool from_asked; /* its source is the address and port asked */
	uint64_t t1_raw_ns;
	uint64_t t4_raw_ns; /* not before t1_raw_ns */
	enum stamp t1_stamp, t4_stamp;
};

/* The last good answer, whose true transmit time an interleaved one may bring; each once. */
struct exchange_past {
	be64 receive_ts;             /* T2; 0: there is none */
	struct exchange_reply reply; /* T1 and T4; the data is gone */
	unsigned asked;              /* requests that named it */
	bool measured;               /* a sample was made of it, in basic mode */
};

/* A question on its way. Whoever resets `pending` forgets it. */
struct exchange {
	be64 cookie;         /* the 64 bits sent as transmit timestamp */
	be64 receive_cookie; /* those sent as receive timestamp; 0: asked in basic mode */
	uint8_t version;
	int8_t poll; /* goes into the sample */
	bool pending;
	struct exchange_past past; /* whoever clears it begins anew in basic mode */
};

/* What one of our own replies says; stratum 0: nothing was served. */
struct exchange_served {
	be64 reference_ts;
	be32 reference_id;
	uint8_t stratum;
};

/* What we are to others: a server that follows us must not be followed. */
struct exchange_own {
	const be32 *reference_ids; /* of our addresses, by reference_id_of() */
	size_t count;
	struct exchange_served served[2]; /* now, and before the last update */
};

struct exchange_limits {
	int64_t max_delay_ns;
	int64_t max_root_distance_ns;
	int64_t precision_ns;           /* of T1 and T4; positive */
	const struct exchange_own *own; /* NULL: no loop check (a mirrored server) */
};

const char *exchange_result_name(enum exchange_result result); /* for metrics: snake_case */
const char *exchange_result_text(enum exchange_result result);

/* Is it what the server itself says against its time? Then older samples are not used either. */
bool exchange_disqualifies(enum exchange_result result);

/* A new question: fills the packet to send. `random` is 64 bits nobody can guess; 0 becomes 1. */
void exchange_request(struct exchange *exchange, uint64_t random, struct ntp_packet *ret_packet);

/*
 * The same in interleaved mode, where an answer to refer to is there; after 4 questions in vain
 * about one answer, and else, in basic mode. The server may answer in basic mode all the same.
 */
void exchange_request_interleaved(
	struct exchange *exchange, const uint64_t random[2], struct ntp_packet *ret_packet);

/*
 * Judges one datagram. From ORIGIN's check on the question is answered and
 * forgotten, whatever the result; before, it goes on waiting. ret_sample is
 * written for EXCHANGE_ACCEPTED alone. Of an interleaved reply it is the exchange before.
 */
enum exchange_result exchange_judge(struct exchange *exchange, const struct exchange_reply *reply,
	const struct exchange_limits *limits, struct ntp_sample *ret_sample);

#endif
