// SPDX-License-Identifier: GPL-2.0-or-later
/* Batches are small: the daemon's loop has other work, and a reply must not wait for the next. */
#include "dataplane/socket/engine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "dataplane/core/respond.h"
#include "dataplane/socket/datagram.h"
#include "dataplane/socket/delivery.h"
#include "dataplane/socket/stamp.h"

#define BATCH          16
#define BATCHES_MAX    8         /* in one call */
#define PAYLOAD_MAX    65535     /* any; memory that no such datagram touches costs nothing */
#define RECEIVE_BUFFER (1 << 20) /* some milliseconds of the highest rate seen */
#define RANDOM_WORDS   64        /* 256 octets: getrandom(2) gives these whole or not at all */

union address {
	struct sockaddr any;
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;
};

/* One datagram, then its reply. */
struct slot {
	uint8_t payload[PAYLOAD_MAX];
	struct ntp_packet reply;
	union address peer;
	char control[DELIVERY_CONTROL_SIZE] __attribute__((aligned(8)));
	struct iovec vector;
};

struct channel {
	int fd;
	struct stamp_clock clock;
	uint8_t traffic_class; /* of what it sends */
};

struct engine {
	struct socket_shared shared;
	struct counters_block *counters;
	struct engine_statistics statistics;
	struct socket_query_handler handler;
	struct socket_query_limit query_limit;
	struct channel channel[FRAME_FAMILIES];
	uint32_t random[RANDOM_WORDS];
	unsigned random_left;
	struct slot slot[BATCH];
	struct mmsghdr received[BATCH];
	struct mmsghdr replies[BATCH];
};

static enum frame_family family_index(int family)
{
	return family == AF_INET ? FRAME_IPV4 : FRAME_IPV6;
}

struct engine *engine_new(const struct socket_shared *shared, struct counters_block *counters)
{
	struct engine *engine = calloc(1, sizeof(*engine));

	if (!engine)
		return NULL;
	engine->shared = *shared;
	engine->counters = counters;
	engine->channel[FRAME_IPV4].fd = -1;
	engine->channel[FRAME_IPV6].fd = -1;
	return engine;
}

void engine_free(struct engine *engine)
{
	if (!engine)
		return;
	engine_unbind(engine, AF_INET);
	engine_unbind(engine, AF_INET6);
	free(engine);
}

void engine_unbind(struct engine *engine, int family)
{
	struct channel *channel = &engine->channel[family_index(family)];

	if (channel->fd >= 0)
		close(channel->fd);
	channel->fd = -1;
}

int engine_fd(const struct engine *engine, int family)
{
	return engine->channel[family_index(family)].fd;
}

void engine_answer_queries(struct engine *engine, const struct socket_query_handler *handler)
{
	engine->handler = *handler;
}

struct engine_statistics engine_statistics(const struct engine *engine)
{
	return engine->statistics;
}

static int set_option(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value)) ? -errno : 0;
}

static int prepare(int fd, int family)
{
	int ret = delivery_enable(fd, family);

	if (!ret && family == AF_INET)
		ret = set_option(fd, IPPROTO_IP, IP_TTL, FRAME_TTL);
	/* Don't-fragment always, whatever path MTU somebody's ICMP message claims. */
	if (!ret && family == AF_INET)
		ret = set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
	if (!ret && family == AF_INET6)
		ret = set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	if (!ret && family == AF_INET6)
		ret = set_option(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, FRAME_TTL);
	/* Bounded by net.core.rmem_max: a smaller one loses more of a burst, and that is all. */
	if (!ret)
		(void)set_option(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER);
	return ret;
}

static int bind_wildcard(int fd, int family, be16 port)
{
	union address address = {.any.sa_family = (sa_family_t)family};
	socklen_t length = sizeof(address.ipv4);

	if (family == AF_INET) {
		address.ipv4.sin_port = port.raw;
	} else {
		address.ipv6.sin6_port = port.raw;
		length = sizeof(address.ipv6);
	}
	return bind(fd, &address.any, length) ? -errno : 0;
}

int engine_bind(struct engine *engine, int family)
{
	struct channel *channel = &engine->channel[family_index(family)];
	struct stamp_pair now;
	int fd, ret;

	if (channel->fd >= 0)
		return 0;
	fd = datagram_socket(family);
	if (fd < 0)
		return fd;
	now = stamp_now(); /* before the first datagram can come */
	ret = prepare(fd, family);
	if (!ret)
		ret = bind_wildcard(fd, family, engine->shared.settings->port);
	if (ret) {
		close(fd);
		return ret;
	}
	stamp_begin(&channel->clock, &now);
	channel->fd = fd;
	channel->traffic_class = 0;
	return 0;
}

static uint32_t next_random(struct engine *engine)
{
	if (!engine->random_left) {
		/* Fails only before the kernel has seeded its generator, at boot: then it waits. */
		while (getrandom(engine->random, sizeof(engine->random), 0) < 0 && errno == EINTR)
			;
		engine->random_left = RANDOM_WORDS;
	}
	return engine->random[--engine->random_left];
}

static struct ntp_time unix_to_ntp(int64_t unix_ns)
{
	uint64_t ns = unix_ns < 0 ? 0 : (uint64_t)unix_ns;

	return (struct ntp_time){ns / NTP_TIME_NS_PER_S + NTP_TIME_UNIX_EPOCH_S,
		(uint32_t)((ns % NTP_TIME_NS_PER_S << 32) / NTP_TIME_NS_PER_S)};
}

static void set_source(struct socket_request *request, const union address *peer)
{
	if (request->family == FRAME_IPV4) {
		request->source_port.raw = peer->ipv4.sin_port;
		request->source_ipv4.raw = peer->ipv4.sin_addr.s_addr;
		return;
	}
	request->source_port.raw = peer->ipv6.sin6_port;
	memcpy(request->source_ipv6, &peer->ipv6.sin6_addr, sizeof(request->source_ipv6));
}

static struct localaddr destination(const struct delivery *delivery)
{
	be32 ipv4 = {.raw = delivery->ipv4.s_addr};
	be64 ipv6[2];

	if (delivery->family == AF_INET)
		return localaddr_ipv4(ipv4);
	memcpy(ipv6, &delivery->ipv6, sizeof(ipv6));
	return localaddr_ipv6(ipv6[0], ipv6[1]);
}

static struct socket_request make_request(struct engine *engine, enum frame_family family,
	unsigned index, const struct delivery *delivery)
{
	const struct slot *slot = &engine->slot[index];
	const struct mmsghdr *received = &engine->received[index];
	struct stamp_pair now = stamp_now();
	struct socket_request request = {
		.payload = slot->payload,
		.length = received->msg_len,
		.cut = received->msg_hdr.msg_flags & MSG_TRUNC,
		.to_group = delivery->to_group || delivery->family == AF_UNSPEC,
		.from_inside = delivery->ifindex == DELIVERY_LOOPBACK_IFINDEX,
		.family = family,
		.destination = destination(delivery),
		.receive_ns = now.mono_ns,
		.now_ns = now.mono_ns,
		.kernel_now = unix_to_ntp(now.real_ns),
		.random = next_random(engine),
	};

	if (delivery->stamp_real_ns && !stamp_convert(&engine->channel[family].clock, &now,
					       delivery->stamp_real_ns, &request.receive_ns))
		engine->statistics.stamp_refused++;
	set_source(&request, &slot->peer);
	return request;
}

static void set_message(struct mmsghdr *message, struct slot *slot, void *data, size_t size)
{
	slot->vector = (struct iovec){data, size};
	message->msg_len = 0;
	message->msg_hdr = (struct msghdr){
		.msg_name = &slot->peer,
		.msg_namelen = sizeof(slot->peer),
		.msg_iov = &slot->vector,
		.msg_iovlen = 1,
		.msg_control = slot->control,
		.msg_controllen = sizeof(slot->control),
	};
}

/* A message for the peer of a slot; leaves from the address that the datagram was sent to. */
static void set_reply(struct mmsghdr *message, struct slot *slot, const struct delivery *delivery,
	struct iovec data)
{
	set_message(message, slot, data.iov_base, data.iov_len);
	message->msg_hdr.msg_namelen = delivery->family == AF_INET ? sizeof(struct sockaddr_in)
								   : sizeof(struct sockaddr_in6);
	message->msg_hdr.msg_controllen = delivery_write(delivery, slot->control);
}

/* Where the datagrams of an answer to ntpq go. */
struct asker {
	struct engine *engine;
	int fd;
	struct slot *slot;
	const struct delivery *delivery;
};

static void send_to_asker(void *to, const void *datagram, size_t length)
{
	const struct asker *asker = to;
	struct mmsghdr message;

	set_reply(&message, asker->slot, asker->delivery,
		(struct iovec){(void *)(uintptr_t)datagram, length});
	if (sendmmsg(asker->fd, &message, 1, MSG_DONTWAIT) != 1)
		asker->engine->statistics.send_failed++;
}

/* True when the datagram was a question for the handler. */
static bool ask_handler(struct engine *engine, const struct socket_request *request,
	struct slot *slot, const struct delivery *delivery)
{
	struct asker asker = {engine, engine->channel[request->family].fd, slot, delivery};
	const struct socket_query query = {
		request->payload, request->length, send_to_asker, &asker};

	if (!engine->handler.answer || !socket_query_allowed(&engine->shared, request) ||
		!socket_query_within(&engine->query_limit, request->now_ns))
		return false;
	engine->statistics.queries++;
	engine->handler.answer(engine->handler.arg, &query);
	return true;
}

/* Answers one datagram into a message to send. */
static bool answer(struct engine *engine, enum frame_family family, unsigned index,
	struct mmsghdr *ret_message)
{
	struct slot *slot = &engine->slot[index];
	struct delivery delivery;
	struct socket_request request;
	enum verdict verdict;
	bool answered;

	delivery_read(&engine->received[index].msg_hdr, &delivery);
	request = make_request(engine, family, index, &delivery);
	if (ask_handler(engine, &request, slot, &delivery))
		return false;
	answered = socket_reply_make(&engine->shared, &request, &verdict, &slot->reply);
	counters_verdict(engine->counters, verdict);
	if (verdict_is_request(verdict))
		counters_request(engine->counters, answered, family, slot->payload[0] >> 3 & 7);
	if (!answered)
		return false;
	set_reply(ret_message, slot, &delivery, (struct iovec){&slot->reply, sizeof(slot->reply)});
	return true;
}

/* One that the kernel refuses (no route, no buffer) must not hold up those behind it. */
static unsigned send_replies(struct engine *engine, int fd, unsigned count)
{
	unsigned done = 0, sent = 0;

	while (done < count) {
		int ret = sendmmsg(fd, &engine->replies[done], count - done, MSG_DONTWAIT);

		if (ret > 0) {
			sent += (unsigned)ret;
			done += (unsigned)ret;
			continue;
		}
		engine->statistics.send_failed++;
		done++;
	}
	return sent;
}

/* As the settings of now say. Without the mark a reply is as good: it is tried once. */
static void follow_settings(const struct engine *engine, struct channel *channel, int family)
{
	uint8_t wanted = engine->shared.settings->traffic_class;

	if (channel->traffic_class == wanted || channel->fd < 0)
		return;
	if (family == AF_INET)
		(void)set_option(channel->fd, IPPROTO_IP, IP_TOS, wanted);
	else
		(void)set_option(channel->fd, IPPROTO_IPV6, IPV6_TCLASS, wanted);
	channel->traffic_class = wanted;
}

unsigned engine_handle(struct engine *engine, int family)
{
	enum frame_family f = family_index(family);
	struct channel *channel = &engine->channel[f];
	unsigned sent = 0, count, i;
	int batch, got;

	follow_settings(engine, channel, family);
	for (batch = 0; batch < BATCHES_MAX && channel->fd >= 0; batch++) {
		struct stamp_pair now = stamp_now();

		for (i = 0; i < BATCH; i++)
			set_message(&engine->received[i], &engine->slot[i], engine->slot[i].payload,
				PAYLOAD_MAX);
		got = recvmmsg(channel->fd, engine->received, BATCH, MSG_DONTWAIT, NULL);
		for (i = 0, count = 0; got > 0 && i < (unsigned)got; i++)
			count += answer(engine, f, i, &engine->replies[count]);
		sent += send_replies(engine, channel->fd, count);
		if (got < BATCH) {
			/* The queue was empty after `now`: what comes is stamped later. */
			stamp_begin(&channel->clock, &now);
			break;
		}
	}
	return sent;
}
