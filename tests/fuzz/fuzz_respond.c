// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: tests/vectors/build.c tests/vectors/world.c tests/vectors/limits.c
// test-sources: dataplane/state/rules.c
/*
 * Fuzz target: any frame, at any moment, with any random bits, through the whole
 * responder, with rules by address and a client table that fills. The input is features (1 octet),
 * random bits (4), age of the page's sample in ns (8), and the frame. Beyond memory errors it looks
 * for a reply that breaks a rule that holds for all (protocol.md sec. 2), and for a frame that is
 * changed though it is not answered. Seeds: tests/vectors/write_seeds.c.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/core/respond.h"
#include "tests/vectors/build.h"
#include "tests/vectors/vector.h"

#define HEAD    13
#define BASE_NS 5000000000000ULL

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct localaddr_table addresses;
static struct interface interface;
static struct timepage page;
static struct access_table rules;
static struct client_set clients[16]; /* of the many sets: what does not fit is masked */

/* The client of the vectors is refused on port 123, IPv6 is limited and told so, all else is free.
 */
static void make_rules(void)
{
	const struct vector vector = {
		.rule_count = 2,
		.rules = {{false, 32, VECTOR_CLIENT4, 0, 0, ACCESS_DENY},
			{true, 0, 0, 0, ACCESS_LIMITED | ACCESS_KOD, ACCESS_VERSION}},
		.otherwise = 0,
	};

	vector_access(&vector, &rules);
}

static void make_world(void)
{
	const struct timepage_sample sample = {
		.base_ns = BASE_NS,
		.base_seconds = 3989000000,
		.base_fraction = 0x40000000,
		.multiplier = NTP_TIME_NOMINAL_MULTIPLIER,
		.shift = NTP_TIME_NOMINAL_SHIFT,
		.flags = TIMEPAGE_SYNCHRONISED,
		.expires_ns = BASE_NS + 400000000000000,
		.root_dispersion_q32 = 0x123456,
		.dispersion_rate_q32 = 64425,
		.root_delay_q16 = 0xabc,
		.reference_ts = 3988999990ULL << 32,
		.leap_at_ns = BASE_NS + 100000000000,
		.leap_sign = 1,
		.leap = NTP_LEAP_INSERT,
		.stratum = 2,
		.precision = -25,
		.answer_cost_ns = 120,
	};

	vector_addresses(&addresses);
	vector_interface(&interface);
	timepage_init(&page);
	timepage_publish(&page, &sample);
	make_rules();
}

static void expect(bool holds, const char *rule)
{
	if (holds)
		return;
	fprintf(stderr, "rule broken: %s\n", rule);
	abort();
}

static enum verdict answer(const uint8_t *head, struct frame *frame, size_t *ret_length)
{
	struct settings settings = {0};
	struct respond_input in = {0};
	enum verdict verdict;

	config_settings_init(&settings);
	verdict = respond_parse(frame, &settings, &in.layers);
	if (verdict != VERDICT_SERVED)
		return verdict;
	in.interface = &interface;
	in.addresses = &addresses;
	in.page = &page;
	in.settings = &settings;
	in.features = head[0] & (FEATURE_INTERLEAVED | FEATURE_ACCESS | FEATURE_CLIENTS);
	settings.access_default = head[0] & 0x20 ? ACCESS_LIMITED | ACCESS_KOD : 0;
	vector_limit(&(struct vector){.kod = 1}, &settings.limit);
	in.rule = respond_rule(&in.layers, access_current(&rules));
	in.client = respond_client_key(&in.layers, &settings);
	in.clients = &clients[respond_client_set(in.client, &settings) % 16];
	in.no_route = (head[0] & 0x80) != 0;
	in.random = (uint32_t)build_get(head + 1, 4);
	in.now_ns = BASE_NS + build_get(head + 5, 8);
	verdict = respond(&in);
	if (verdict_action(verdict) == VERDICT_ACTION_SERVED)
		*ret_length = respond_reply_length(&in.layers);
	return verdict;
}

static void check_reply(const uint8_t *request, const uint8_t *reply, size_t length, size_t arrived)
{
	const uint8_t *asked = request + length - 48, *ntp = reply + length - 48;
	uint64_t origin = build_get(ntp + 24, 8);
	uint64_t receive = build_get(ntp + 32, 8), transmit = build_get(ntp + 40, 8);

	expect(length <= arrived, "never longer than the request");
	expect(memcmp(reply + length, request + length, arrived - length) == 0,
		"nothing behind the reply is written");
	expect((ntp[0] & 0x3f) == ((asked[0] & 0x38) | 4), "the request's version, mode 4");
	expect(ntp[2] == asked[2], "the client's poll");
	expect(origin == build_get(asked + 40, 8), "origin is the client's transmit");
	expect((int64_t)(transmit - receive) > 0, "receive before transmit");
	expect(transmit != 0 && transmit != origin && receive != origin, "neither is the origin");
	expect((int64_t)(transmit - build_get(ntp + 16, 8)) >= 0, "reference not after transmit");
	expect((build_get(asked - 2, 2) == 0) == (build_get(ntp - 2, 2) == 0),
		"a checksum where there was one");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t arrived = size - HEAD, length = 0, again;
	enum verdict verdict;
	struct frame frame;

	if (size < HEAD)
		return 0;
	if (page.generation == 0)
		make_world();
	frame.data = malloc(arrived ? arrived : 1);
	if (frame.data == NULL)
		return 0;
	frame.end = frame.data + arrived;
	if (arrived > 0)
		memcpy(frame.data, data + HEAD, arrived);
	verdict = answer(data, &frame, &length);
	expect((unsigned)verdict < VERDICT_COUNT, "a verdict of the list");
	if (verdict_action(verdict) == VERDICT_ACTION_SERVED) {
		check_reply(data + HEAD, frame.data, length, arrived);
		expect((verdict == VERDICT_SERVED_KISS) ==
				(build_get(frame.data + length - 36, 4) == 0x52415445),
			"RATE in a kiss and nowhere else");
		expect(verdict_action(answer(data, &frame, &again)) != VERDICT_ACTION_SERVED,
			"a reply is no request");
	} else {
		expect(arrived == 0 || memcmp(frame.data, data + HEAD, arrived) == 0,
			"only what is answered is changed");
	}
	free(frame.data);
	return 0;
}
