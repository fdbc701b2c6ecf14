// SPDX-License-Identifier: GPL-2.0-or-later
#include "control/source.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "control/client.h"
#include "control/clocks.h"
#include "control/own_reference.h"

#define NS_PER_S      1000000000ULL
/* The first requests of all sources must not leave in one burst. */
#define FIRST_WAIT_NS 200000000ULL
/* How long after maxdelay a late reply is still told from none, and a replayed one counted. */
#define WAIT_EXTRA_NS 500000000ULL
#define WAIT_MAX_NS   (16 * NS_PER_S)

struct source {
	struct source_environment *environment;
	struct config_source options;
	struct sockaddr_storage address;
	uintptr_t id;
	struct client *client;
	struct filter *filter;
	struct poll poll;
	struct exchange exchange;
	struct exchange_served served_before; /* our own data when the request left */
	struct event *timer;
	struct ntp_sample sample;
	bool sampled;
	bool usable;
	uint64_t last_reply_ns;
	enum exchange_result last_result;
	enum stamp stamp; /* of the last good one */
	int send_error;
	struct source_counters counters;
};

static void on_timer(evutil_socket_t fd, short what, void *arg);
static void on_reply(void *arg, const struct exchange_reply *reply);

static uint64_t random_bits(void)
{
	uint64_t bits;

	while (getrandom(&bits, sizeof(bits), 0) != sizeof(bits))
		;
	return bits;
}

static void tell(struct source *source, enum source_event event)
{
	if (source->environment->on_event)
		source->environment->on_event(source->environment->arg, source, event);
}

/* Tells once when it is lost. */
static void set_usable(struct source *source, bool usable)
{
	bool lost = source->usable && !usable;

	source->usable = usable;
	if (lost)
		tell(source, SOURCE_LOST);
}

static void arm(struct source *source, uint64_t wait_ns)
{
	struct timeval wait = {
		.tv_sec = (time_t)(wait_ns / NS_PER_S),
		.tv_usec = (suseconds_t)(wait_ns % NS_PER_S / 1000),
	};

	event_add(source->timer, &wait);
}

/* How long the socket stays open. */
static uint64_t patience_ns(const struct source *source)
{
	double wait_ns = source->options.maxdelay_s * NS_PER_S + WAIT_EXTRA_NS;

	return wait_ns < WAIT_MAX_NS ? (uint64_t)wait_ns : WAIT_MAX_NS;
}

/* Until the socket is to be closed or the next request is due. */
static void arm_next(struct source *source)
{
	uint64_t at_ns = source->poll.asked_ns + patience_ns(source);
	uint64_t now_ns = clocks_raw_ns();

	if (at_ns <= now_ns || at_ns > source->poll.next_ns)
		at_ns = source->poll.next_ns;
	arm(source, at_ns > now_ns ? at_ns - now_ns : 0);
}

static struct poll_options poll_options(const struct config_source *options)
{
	return (struct poll_options){
		.minpoll = options->minpoll,
		.maxpoll = options->maxpoll,
		.iburst = options->iburst,
		.burst = options->burst,
	};
}

struct source *source_new(struct source_environment *environment,
	const struct config_source *options, const struct sockaddr_storage *address)
{
	static uintptr_t last_id;
	struct poll_options poll = poll_options(options);
	struct source *source = calloc(1, sizeof(*source));

	if (!source)
		return NULL;
	source->environment = environment;
	source->options = *options;
	source->address = *address;
	source->id = ++last_id;
	source->client = client_new(environment->base, on_reply, source);
	source->filter = filter_new();
	source->timer = evtimer_new(environment->base, on_timer, source);
	if (!source->client || !source->filter || !source->timer) {
		source_free(source);
		errno = ENOMEM;
		return NULL;
	}
	client_use_cards(source->client, environment->cards);
	if (environment->frequency_sd > 0)
		filter_set_frequency(
			source->filter, environment->frequency, environment->frequency_sd);
	poll_start(&source->poll, &poll);
	arm(source, random_bits() % FIRST_WAIT_NS);
	return source;
}

void source_free(struct source *source)
{
	if (!source)
		return;
	client_free(source->client);
	filter_free(source->filter);
	if (source->timer)
		event_free(source->timer);
	free(source);
}

void source_configure(struct source *source, const struct config_source *options)
{
	struct poll_options poll = poll_options(options);
	uint64_t now_ns = clocks_raw_ns();
	uint64_t interval_ns;

	source->options = *options;
	poll_configure(&source->poll, &poll);
	interval_ns = poll_interval_ns(&source->poll, (uint32_t)random_bits());
	/* A shorter interval is meant now, not after the longer one. */
	if (source->poll.next_ns > now_ns + interval_ns) {
		source->poll.next_ns = now_ns + interval_ns;
		arm_next(source);
	}
}

static void send_request(struct source *source)
{
	const uint64_t random[2] = {random_bits(), random_bits()};
	struct ntp_packet packet;

	source->exchange.version = (uint8_t)source->options.version;
	source->exchange.poll = (int8_t)source->poll.poll;
	source->served_before = own_reference_served(source->environment->page);
	if (source->options.xleave)
		exchange_request_interleaved(&source->exchange, random, &packet);
	else
		exchange_request(&source->exchange, random[0], &packet);
	source->send_error = client_ask(source->client, &source->address, &packet);
	if (source->send_error) {
		source->exchange.pending = false;
		source->counters.unsent++;
		source->environment->counters.unsent++;
		poll_unsent(&source->poll);
		return;
	}
	source->counters.sent++;
	source->environment->counters.sent++;
	poll_sent(&source->poll);
}

static void ask(struct source *source)
{
	send_request(source);
	poll_schedule(&source->poll, clocks_raw_ns(), (uint32_t)random_bits());
	arm_next(source);
	if (source->send_error)
		tell(source, SOURCE_UNSENT);
	if (!source->poll.reach)
		set_usable(source, false);
	if (!source->send_error && source->poll.unanswered > POLL_UNREACHABLE &&
		source->poll.unanswered % POLL_UNREACHABLE == 1)
		tell(source, SOURCE_SILENT);
}

/* Fires when a reply is too late, then when it is time to ask. */
static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct source *source = arg;
	uint64_t now_ns = clocks_raw_ns();

	(void)fd;
	(void)what;
	source->exchange.pending = false;
	client_close(source->client);
	/* The loop's clock is coarse: 10 ms early is in time. */
	if (source->poll.next_ns > now_ns + 10000000)
		arm(source, source->poll.next_ns - now_ns);
	else
		ask(source);
}

static void add_sample(struct source *source, const struct ntp_sample *sample)
{
	struct filter_estimate before;
	bool known = filter_estimate(source->filter, sample->raw_ns, &before);
	double residual_ns =
		known ? (double)(sample->offset_ns - before.offset_ns) - before.detour_ns : 0;
	bool doubtful = filter_add(source->filter, sample) == 1;

	source->sample = *sample;
	source->sampled = true;
	poll_answered(&source->poll, residual_ns, known ? before.jitter_ns : 0);
	if (doubtful)
		poll_doubt(&source->poll);
	source->usable = true;
}

/* The kisses that were meant for us: exchange_judge() has seen our random bits in them. */
static void obey_kiss(struct source *source, enum exchange_result result)
{
	if (result == EXCHANGE_KISS_RATE)
		poll_kiss_rate(&source->poll);
	else if (result == EXCHANGE_KISS_DENY || result == EXCHANGE_KISS_RSTR)
		poll_kiss_deny(&source->poll);
}

static enum exchange_result judge(
	struct source *source, const struct exchange_reply *reply, struct ntp_sample *sample)
{
	struct source_environment *environment = source->environment;
	struct own_reference self;
	struct exchange_limits limits = {
		.max_delay_ns = (int64_t)(source->options.maxdelay_s * NS_PER_S),
		.max_root_distance_ns = environment->max_root_distance_ns,
		.precision_ns = environment->precision_ns,
		/* A mirrored server may well follow us, or name what we do: we are to. */
		.own = source->options.mirror ? NULL : &self.own,
	};

	own_reference_fill(&self, environment->addresses, &source->address);
	self.own.served[0] = own_reference_served(environment->page);
	self.own.served[1] = source->served_before;
	return exchange_judge(&source->exchange, reply, &limits, sample);
}

static void count(struct source *source, enum exchange_result result)
{
	source->counters.result[result]++;
	source->environment->counters.result[result]++;
}

/* It was the answer, good or bad. What else comes to the open socket is only counted. */
static void on_answer(
	struct source *source, enum exchange_result result, const struct ntp_sample *sample)
{
	/* What is known already is neither news nor a fault. */
	source->last_result = result == EXCHANGE_KNOWN ? EXCHANGE_ACCEPTED : result;
	source->last_reply_ns = clocks_raw_ns();
	if (result == EXCHANGE_ACCEPTED)
		add_sample(source, sample);
	else if (result == EXCHANGE_KNOWN)
		poll_answered(&source->poll, 0, 0);
	obey_kiss(source, result);
	poll_reschedule(&source->poll, (uint32_t)random_bits());
	arm_next(source);
	if (result == EXCHANGE_ACCEPTED) {
		tell(source, SOURCE_SAMPLED);
		return;
	}
	if (result == EXCHANGE_KNOWN)
		return;
	if (exchange_disqualifies(result))
		set_usable(source, false);
	tell(source, SOURCE_REJECTED);
}

static void on_reply(void *arg, const struct exchange_reply *reply)
{
	struct source *source = arg;
	bool was_pending = source->exchange.pending;
	struct ntp_sample sample;
	enum exchange_result result = judge(source, reply, &sample);

	count(source, result);
	if (result == EXCHANGE_ACCEPTED)
		source->stamp =
			reply->t1_stamp < reply->t4_stamp ? reply->t1_stamp : reply->t4_stamp;
	if (was_pending && !source->exchange.pending)
		on_answer(source, result, &sample);
	else if (!source->last_reply_ns)
		/* Nothing better is known of it. */
		source->last_result = result;
}

enum stamp source_stamp(const struct source *source)
{
	return source->stamp;
}

bool source_usable(const struct source *source)
{
	return source->usable;
}

bool source_refused(const struct source *source)
{
	return exchange_disqualifies(source->last_result);
}

uintptr_t source_id(const struct source *source)
{
	return source->id;
}

const struct sockaddr_storage *source_address(const struct source *source)
{
	return &source->address;
}

const struct config_source *source_options(const struct source *source)
{
	return &source->options;
}

struct filter *source_filter(struct source *source)
{
	return source->filter;
}

void source_shift(struct source *source, int64_t delta_ns)
{
	filter_shift(source->filter, delta_ns);
	/* What it would bring to an end began before. */
	source->exchange.past = (struct exchange_past){0};
}

const struct poll *source_poll(const struct source *source)
{
	return &source->poll;
}

const struct ntp_sample *source_last_sample(const struct source *source)
{
	return source->sampled ? &source->sample : NULL;
}

uint64_t source_last_reply_ns(const struct source *source)
{
	return source->last_reply_ns;
}

enum exchange_result source_last_result(const struct source *source)
{
	return source->last_result;
}

int source_send_error(const struct source *source)
{
	return source->send_error;
}

const struct source_counters *source_counters(const struct source *source)
{
	return &source->counters;
}
