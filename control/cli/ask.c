// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One question to an NTP server; ask.h is the manual.
 */
#include "control/cli/ask.h"

#include "control/clocks.h"
#include "control/timestamping.h"
#include "dataplane/core/ntp_time.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/* Room to see that a reply is longer than it may be. */
#define REPLY_MAX 512

/* Timestamps stand for 2000-01-01 to 2136: the wire has no era (RFC 5905 sec. 6). */
#define ERA_PIVOT_S 3155673600U

/* A question that is on its way. */
struct question {
	int fd;
	struct exchange exchange;
	struct clocks_pair before;
	uint64_t t1_raw_ns;
	uint64_t deadline_raw_ns;
};

double ask_unix_s(be64 timestamp)
{
	uint64_t value = be64_value(timestamp);
	uint64_t seconds = value >> 32;

	if (value == 0)
		return 0;
	if (seconds < ERA_PIVOT_S)
		seconds += 1ULL << 32;
	return (double)(int64_t)(seconds - NTP_TIME_UNIX_EPOCH_S) +
	       (double)(uint32_t)value / 4294967296.0;
}

static int open_socket(const struct sockaddr_storage *server)
{
	socklen_t length = server->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6)
							 : sizeof(struct sockaddr_in);
	int fd = socket(server->ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error;

	if (fd < 0)
		return -errno;
	/* Connected: the kernel drops what comes from elsewhere and reports a closed port. */
	if (connect(fd, (const struct sockaddr *)server, length) != 0) {
		error = -errno;
		close(fd);
		return error;
	}
	/* Without the kernel's stamps the clock readings around the calls are good enough. */
	(void)timestamping_enable(fd, false);
	return fd;
}

static int send_question(struct question *question)
{
	struct ntp_packet packet;
	uint64_t random;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return -EIO;
	exchange_request(&question->exchange, random, &packet);
	(void)clocks_read_pair(&question->before);
	question->t1_raw_ns = clocks_raw_ns();
	if (send(question->fd, &packet, sizeof(packet), MSG_NOSIGNAL) < 0)
		return -errno;
	return 0;
}

/* Take the kernel's word for when the question left, once it is there. */
static void take_transmit_stamp(struct question *question)
{
	struct clocks_pair after = {0};
	struct timestamping_stamps stamps = {0};

	if (!timestamping_sent(question->fd, false, &stamps))
		return;
	(void)clocks_read_pair(&after);
	(void)timestamping_convert(stamps.real_ns, &question->before, &after, &question->t1_raw_ns);
}

/* Offset and bound as a person asks for them: against this host's clock. */
static void conclude(struct ask_answer *answer, const struct clocks_pair *after)
{
	const struct ntp_sample *sample = &answer->sample;
	int64_t local_ns = after->real_ns - (int64_t)after->raw_ns;

	answer->offset_ns = sample->offset_ns - local_ns;
	answer->error_bound_ns = (sample->root_delay_ns + sample->delay_ns) / 2 +
				 sample->root_dispersion_ns + sample->dispersion_ns;
}

/* Judge one datagram. True where it ends the wait. */
static bool take_reply(struct question *question, struct ask_answer *answer)
{
	static const struct exchange_limits limits = {
		/* A person wants to see a bad server's figures too: no bound but the format's. */
		.max_delay_ns = INT64_MAX / 4,
		.max_root_distance_ns = INT64_MAX / 4,
		.precision_ns = 100,
	};
	uint8_t data[REPLY_MAX];
	struct timestamping_datagram datagram = {.data = data, .size = sizeof(data)};
	struct clocks_pair after = {0};
	struct exchange_reply reply = {.data = data, .from_asked = true};

	answer->error = timestamping_receive(question->fd, &datagram);
	if (answer->error == -EAGAIN)
		return false;
	if (answer->error != 0)
		return true;
	(void)clocks_read_pair(&after);
	reply.length = datagram.length;
	reply.t1_raw_ns = question->t1_raw_ns;
	reply.t4_raw_ns = after.raw_ns;
	if (datagram.stamps.real_ns != 0)
		(void)timestamping_convert(
			datagram.stamps.real_ns, &question->before, &after, &reply.t4_raw_ns);
	/* Both stamps are put in order by the same pair of clocks, but for a step in between. */
	if (reply.t4_raw_ns < reply.t1_raw_ns)
		reply.t4_raw_ns = after.raw_ns;
	answer->result = exchange_judge(&question->exchange, &reply, &limits, &answer->sample);
	if (question->exchange.pending)
		return false;
	memcpy(&answer->packet, data, sizeof(answer->packet));
	if (answer->result == EXCHANGE_ACCEPTED)
		conclude(answer, &after);
	return true;
}

static void wait_for_reply(struct question *question, struct ask_answer *answer)
{
	struct pollfd entry = {.fd = question->fd, .events = POLLIN};

	for (;;) {
		int64_t left_ns = (int64_t)(question->deadline_raw_ns - clocks_raw_ns());

		if (left_ns <= 0)
			break;
		if (poll(&entry, 1, (int)(left_ns / 1000000) + 1) < 0 && errno != EINTR) {
			answer->error = -errno;
			return;
		}
		take_transmit_stamp(question);
		if (take_reply(question, answer))
			return;
	}
	answer->error = -ETIMEDOUT;
}

void ask(const struct sockaddr_storage *server, uint8_t version, double timeout_s,
	struct ask_answer *ret_answer)
{
	struct question question = {.exchange = {.version = version}};

	*ret_answer = (struct ask_answer){.result = EXCHANGE_UNEXPECTED};
	question.fd = open_socket(server);
	if (question.fd < 0) {
		ret_answer->error = question.fd;
		return;
	}
	ret_answer->error = send_question(&question);
	question.deadline_raw_ns = clocks_raw_ns() + (uint64_t)(timeout_s * 1e9);
	if (ret_answer->error == 0)
		wait_for_reply(&question, ret_answer);
	close(question.fd);
}
