/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Times the responder on a made-up request; see answer_cost.h. All in memory of its own: a
 * private state with one address, one interface and a page that is good.
 */
#include "control/answer_cost.h"

#include "control/clocks.h"
#include "dataplane/core/respond.h"
#include "dataplane/state/state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define BATCHES 31
#define ROUNDS  256 /* short against a task switch */

#define CLIENT 0xc0000202 /* 192.0.2.2, RFC 5737 */
#define SERVER 0xc0000201

/* Version 4, mode 3, a random transmit timestamp, as clients send it. */
struct request {
	struct frame_ethernet ethernet;
	struct frame_ipv4 ipv4;
	struct frame_udp udp;
	struct ntp_packet ntp;
} CORE_WIRE;

static void make_request(struct request *request)
{
	const uint16_t udp_length = sizeof(request->udp) + sizeof(request->ntp);

	memset(request, 0, sizeof(*request));
	request->ethernet.type = be16_of(FRAME_ETHERTYPE_IPV4);
	request->ipv4.version_length = 0x45;
	request->ipv4.total_length = be16_of((uint16_t)(sizeof(request->ipv4) + udp_length));
	request->ipv4.ttl = FRAME_TTL;
	request->ipv4.protocol = FRAME_PROTOCOL_UDP;
	request->ipv4.source = be32_of(CLIENT);
	request->ipv4.destination = be32_of(SERVER);
	request->udp.source_port = be16_of(40000);
	request->udp.destination_port = be16_of(NTP_PORT);
	request->udp.length = be16_of(udp_length);
	request->ntp.leap_version_mode = ntp_wire_first_octet(0, 4, NTP_MODE_CLIENT);
	request->ntp.transmit_ts = be64_of(UINT64_C(0x0123456789abcdef));
}

static void make_state(struct state *state, uint64_t now_ns)
{
	struct timepage_sample sample = {
		.base_ns = now_ns,
		.base_seconds = UINT64_C(4000000000),
		.reference_ts = UINT64_C(3999999990) << 32,
		.multiplier = NTP_TIME_NOMINAL_MULTIPLIER,
		.shift = NTP_TIME_NOMINAL_SHIFT,
		.flags = TIMEPAGE_SYNCHRONISED,
		.expires_ns = UINT64_MAX,
		.stratum = 2,
		.precision = -24,
	};

	timepage_publish(state->page, &sample);
	localaddr_set_add(
		&state->addresses->set[0], localaddr_ipv4(be32_of(SERVER)), LOCALADDR_OWN);
}

/* What an engine keeps from one request to the next. */
struct kept {
	struct reply_template tmpl;
	struct localaddr_recent recent;
};

/*
 * Answers one request, of a client that is in the table but not limited; VERDICT_SERVED unless
 * something here is made up wrongly. The clock is read each time: what its reading takes once the
 * time is taken belongs to the answer, and what it takes before stands for the way from the answer
 * to the driver.
 */
static enum verdict answer_one(
	const struct state *state, struct kept *kept, const struct request *original)
{
	struct request copy = *original;
	struct frame frame = {(uint8_t *)&copy, (uint8_t *)(&copy + 1)};
	struct respond_input input = {
		.features = FEATURE_CLIENTS,
		.interface = &state->interfaces->entry[0],
		.addresses = state->addresses,
		.recent = &kept->recent,
		.settings = state->settings,
		.clients = state->clients,
		.client = CLIENT,
		.now_ns = clocks_mono_ns(),
	};
	enum verdict verdict = respond_parse(&frame, state->settings, &input.layers);

	if (!reply_template_valid(&kept->tmpl, state->page, input.now_ns))
		reply_template_fill(&kept->tmpl, state->page, input.now_ns, NULL);
	input.random = (uint32_t)input.now_ns;
	if (verdict == VERDICT_SERVED && input.layers.ntp != NULL)
		verdict = respond_by_template(&input, &kept->tmpl);
	/* The reply is used, or the compiler would not make it. */
	__asm__ volatile("" : : "r"(&copy) : "memory");
	return verdict;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

uint32_t answer_cost_ns(void)
{
	struct state *state = state_new_private();
	struct kept kept = {0};
	uint64_t taken_ns[BATCHES], cost_ns;
	struct request request;
	bool served = true;

	if (!state)
		return 1;
	make_request(&request);
	make_state(state, clocks_mono_ns());
	for (int batch = 0; batch < BATCHES; batch++) {
		uint64_t start_ns = clocks_mono_ns();

		for (int round = 0; round < ROUNDS; round++)
			served &= answer_one(state, &kept, &request) == VERDICT_SERVED;
		taken_ns[batch] = clocks_mono_ns() - start_ns;
	}
	state_close(state);
	assert(served);
	qsort(taken_ns, BATCHES, sizeof(taken_ns[0]), compare);
	cost_ns = taken_ns[BATCHES / 2] / ROUNDS;
	return cost_ns ? (uint32_t)cost_ns : 1;
}
