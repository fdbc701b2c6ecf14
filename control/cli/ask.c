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

/* A datagram with its times; 0 or a negative errno, -EAGAIN where there is none yet. */
static int receive(struct question *question, uint8_t data[REPLY_MAX], struct exchange_reply *reply,
	struct clocks_pair *after)
{
	struct timestamping_datagram datagram = {.data = data, .size = REPLY_MAX};
	int error = timestamping_receive(question->fd, &datagram);

	if (error != 0)
		return error;
	(void)clocks_read_pair(after);
	*reply = (struct exchange_reply){.data = data,
		.length = datagram.length,
		.from_asked = true,
		.t1_raw_ns = question->t1_raw_ns,
		.t4_raw_ns = after->raw_ns};
	if (datagram.stamps.real_ns != 0)
		(void)timestamping_convert(
			datagram.stamps.real_ns, &question->before, after, &reply->t4_raw_ns);
	/* Both stamps are put in order by the same pair of clocks, but for a step in between. */
	if (reply->t4_raw_ns < reply->t1_raw_ns)
		reply->t4_raw_ns = after->raw_ns;
	return 0;
}

/* Judge one datagram. True where it ends the wait. */
static bool take_reply(struct question *question, void *result)
{
	static const struct exchange_limits limits = {
		/* A person wants to see a bad server's figures too: no bound but the format's. */
		.max_delay_ns = INT64_MAX / 4,
		.max_root_distance_ns = INT64_MAX / 4,
		.precision_ns = 100,
	};
	struct ask_answer *answer = result;
	uint8_t data[REPLY_MAX];
	struct clocks_pair after = {0};
	struct exchange_reply reply;
	int error = receive(question, data, &reply, &after);

	if (error == -EAGAIN)
		return false;
	answer->error = error;
	if (error != 0)
		return true;
	answer->result = exchange_judge(&question->exchange, &reply, &limits, &answer->sample);
	if (question->exchange.pending)
		return false;
	memcpy(&answer->packet, data, sizeof(answer->packet));
	if (answer->result == EXCHANGE_ACCEPTED)
		conclude(answer, &after);
	return true;
}

/* Keep whatever comes. */
static bool take_first(struct question *question, void *result)
{
	struct ask_datagram *datagram = result;
	uint8_t data[REPLY_MAX] = {0};
	struct exchange_reply reply;
	int error = receive(question, data, &reply, &datagram->after);

	if (error == -EAGAIN)
		return false;
	datagram->error = error;
	if (error != 0)
		return true;
	memcpy(datagram->data, data, sizeof(datagram->data));
	datagram->length = reply.length;
	datagram->t1_raw_ns = reply.t1_raw_ns;
	datagram->t4_raw_ns = reply.t4_raw_ns;
	return true;
}

/* Until take() is content: 0, or a negative errno of the wait itself. */
static int wait_for_reply(struct question *question,
	bool (*take)(struct question *question, void *result), void *result)
{
	struct pollfd entry = {.fd = question->fd, .events = POLLIN};

	for (;;) {
		int64_t left_ns = (int64_t)(question->deadline_raw_ns - clocks_raw_ns());

		if (left_ns <= 0)
			return -ETIMEDOUT;
		if (poll(&entry, 1, (int)(left_ns / 1000000) + 1) < 0 && errno != EINTR)
			return -errno;
		take_transmit_stamp(question);
		if (take(question, result))
			return 0;
	}
}

/* Open and send; 0 with an open socket in the question, or a negative errno. */
static int start(struct question *question, const struct sockaddr_storage *server, double timeout_s)
{
	int error;

	question->fd = open_socket(server);
	if (question->fd < 0)
		return question->fd;
	error = send_question(question);
	question->deadline_raw_ns = clocks_raw_ns() + (uint64_t)(timeout_s * 1e9);
	if (error != 0)
		close(question->fd);
	return error;
}

void ask(const struct sockaddr_storage *server, uint8_t version, double timeout_s,
	struct ask_answer *ret_answer)
{
	struct question question = {.exchange = {.version = version}};
	int error;

	*ret_answer = (struct ask_answer){.result = EXCHANGE_UNEXPECTED};
	ret_answer->error = start(&question, server, timeout_s);
	if (ret_answer->error != 0)
		return;
	error = wait_for_reply(&question, take_reply, ret_answer);
	if (error != 0)
		ret_answer->error = error;
	close(question.fd);
}

void ask_first(
	const struct sockaddr_storage *server, double timeout_s, struct ask_datagram *ret_datagram)
{
	struct question question = {.exchange = {.version = NTP_VERSION_MAX}};
	int error;

	*ret_datagram = (struct ask_datagram){0};
	ret_datagram->error = start(&question, server, timeout_s);
	ret_datagram->cookie = question.exchange.cookie;
	if (ret_datagram->error != 0)
		return;
	error = wait_for_reply(&question, take_first, ret_datagram);
	if (error != 0)
		ret_datagram->error = error;
	close(question.fd);
}
