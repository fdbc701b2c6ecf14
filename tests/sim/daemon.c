// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The daemon under test: see daemon.h.
 */
#include "tests/sim/daemon.h"

#include <errno.h>
#include <string.h>

#define NS             1000000000LL
#define MAXDISTANCE_S  1.5
#define MAXDELAY_NS    (3 * NS)
#define PRECISION_NS   60
#define PRECISION      (-24)
#define LEAP_SETTLED_S 5

int daemon_start(struct daemon *daemon, const struct daemon_options *options)
{
	const struct clock_options clock = {
		.maxdistance_s = MAXDISTANCE_S,
		.holdover_s = 3600.0,
		.frequency = options->frequency,
		.frequency_sd = options->frequency_sd,
	};
	const struct publisher_options publish = {
		.maxslewrate = PUBLISHER_MAXSLEWRATE, .precision = PRECISION};
	const struct poll_options poll = {
		.minpoll = options->minpoll, .maxpoll = options->maxpoll, .iburst = true};
	unsigned i;

	memset(daemon, 0, sizeof(*daemon));
	daemon->options = *options;
	daemon->clock = clock_new(&clock);
	daemon->publisher = publisher_new(&publish);
	daemon->page = options->page ? options->page : &daemon->own_page;
	timepage_init(daemon->page);
	if (!daemon->clock || !daemon->publisher)
		return -ENOMEM;
	for (i = 0; i < options->sources; i++) {
		struct daemon_source *source = &daemon->source[i];

		source->exchange.version = 4;
		source->filter = filter_new();
		if (!source->filter)
			return -ENOMEM;
		if (options->frequency_sd > 0.0)
			filter_set_frequency(
				source->filter, options->frequency, options->frequency_sd);
		poll_start(&source->poll, &poll);
	}
	return 0;
}

void daemon_free(struct daemon *daemon)
{
	unsigned i;

	for (i = 0; i < DAEMON_SOURCES; i++)
		filter_free(daemon->source[i].filter);
	publisher_free(daemon->publisher);
	clock_free(daemon->clock);
}

void daemon_ask(struct daemon *daemon, unsigned which, const struct daemon_moment *moment,
	struct ntp_packet *ret_packet)
{
	struct daemon_source *source = &daemon->source[which];

	source->exchange.poll = (int8_t)source->poll.poll;
	exchange_request(&source->exchange, moment->random, ret_packet);
	poll_sent(&source->poll);
	source->requests++;
	if (!source->poll.reach)
		source->usable = false;
	poll_schedule(&source->poll, moment->raw_ns, (uint32_t)(moment->random >> 7));
}

enum exchange_result daemon_take(
	struct daemon *daemon, unsigned which, const struct exchange_reply *reply, uint64_t random)
{
	struct daemon_source *source = &daemon->source[which];
	const struct exchange_limits limits = {
		.max_delay_ns = MAXDELAY_NS,
		.max_root_distance_ns = (int64_t)(MAXDISTANCE_S * NS),
		.precision_ns = PRECISION_NS,
	};
	struct ntp_sample sample;
	struct filter_estimate before;
	enum exchange_result result = exchange_judge(&source->exchange, reply, &limits, &sample);
	bool known, doubtful;

	if (result != EXCHANGE_ACCEPTED)
		return result;
	known = filter_estimate(source->filter, sample.raw_ns, &before);
	doubtful = filter_add(source->filter, &sample) == 1;
	poll_answered(&source->poll,
		known ? (double)(sample.offset_ns - before.offset_ns) - before.detour_ns : 0.0,
		known ? before.jitter_ns : 0.0);
	if (doubtful)
		poll_doubt(&source->poll);
	poll_reschedule(&source->poll, (uint32_t)(random >> 7));
	source->usable = true;
	source->sample = sample;
	source->samples++;
	return result;
}

void daemon_update(struct daemon *daemon, const struct clocks_pair *now)
{
	unsigned i;

	for (i = 0; i < daemon->options.sources; i++) {
		struct clock_input *input = &daemon->input[i];

		*input =
			(struct clock_input){.id = i + 1, .reference_id = be32_of(0xc0000200U + i)};
		input->usable =
			filter_estimate(daemon->source[i].filter, now->raw_ns, &input->estimate) &&
			daemon->source[i].usable;
	}
	clock_update(daemon->clock, now->raw_ns, daemon->input, daemon->options.sources);
	daemon_publish(daemon, now);
}

void daemon_publish(struct daemon *daemon, const struct clocks_pair *now)
{
	struct clock_reading reading = {.stratum = CLOCK_STRATUM_UNSYNCHRONISED};
	const struct publisher_input input = {&reading, now, &daemon->leap};
	struct timepage_sample sample;

	clock_read(daemon->clock, now->raw_ns, &reading);
	reading.raw_ns = now->raw_ns;
	if (publisher_prepare(daemon->publisher, &input, &sample) == PUBLISHER_KEEP)
		return;
	timepage_publish(daemon->page, &sample);
	publisher_commit(daemon->publisher);
	daemon->steps = publisher_steps(daemon->publisher);
}

void daemon_second(struct daemon *daemon, uint64_t raw_ns)
{
	struct clock_reading reading;
	int64_t utc_s;
	unsigned i;
	int8_t sign;

	if (!clock_read(daemon->clock, raw_ns, &reading))
		return;
	utc_s = ((int64_t)raw_ns + reading.offset_ns) / NS;
	if (leap_passed(&daemon->leap, utc_s, &sign)) {
		for (i = 0; i < daemon->options.sources; i++)
			filter_shift(daemon->source[i].filter, -sign * NS);
		clock_shift(daemon->clock, -sign * NS);
		return;
	}
	if (daemon->leap.at_utc_s && utc_s >= daemon->leap.at_utc_s - LEAP_SETTLED_S)
		return;
	leap_update(&daemon->leap, utc_s, reading.state == CLOCK_SYNCHRONISED ? reading.leap : -1);
}
