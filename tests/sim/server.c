// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The server: see server.h.
 */
#include "tests/sim/server.h"

#include <string.h>

#include "dataplane/core/ntp_time.h"
#include "tests/sim/chance.h"

#define NS               1000000000LL
#define OFF_NS           50000000
#define DRIFT            1e-6
#define JUMP_NS          100e6
#define JUMP_LEAST       0.05
#define JUMP_EVERY_NS    (300 * NS)
#define REFERENCE_AGE_NS (8 * NS)
#define PRECISION_LOG2S  (-24)

void server_start(struct server *server, const struct server_kind *kind, struct dice dice)
{
	*server = (struct server){.kind = *kind, .dice = dice};
	server->error_ns = 1e3 * kind->error_us * chance_signed(&server->dice);
}

int64_t server_error_ns(struct server *server, int64_t true_ns)
{
	double error = server->error_ns;
	int64_t lying_ns = true_ns - server->lie_from_ns;

	if (lying_ns < 0)
		return (int64_t)error;
	if (server->lie == SERVER_OFF)
		error += OFF_NS;
	if (server->lie == SERVER_DRIFT)
		error += DRIFT * (double)lying_ns;
	if (server->lie == SERVER_JUMP) {
		if (true_ns >= server->jump_at_ns) {
			double size = chance_signed(&server->dice);

			server->jump_at_ns = true_ns + JUMP_EVERY_NS;
			server->jump_ns = JUMP_NS * (size + copysign(JUMP_LEAST, size));
		}
		error += server->jump_ns;
	}
	return (int64_t)error;
}

uint8_t server_leap(const struct server *server, int64_t true_ns, uint8_t honest)
{
	if (server->lie == SERVER_LEAP && true_ns >= server->lie_from_ns)
		return honest == NTP_LEAP_NONE ? NTP_LEAP_INSERT : NTP_LEAP_NONE;
	return honest;
}

static be64 wire_of(int64_t unix_ns)
{
	uint64_t seconds = (uint64_t)(unix_ns / NS) + NTP_TIME_UNIX_EPOCH_S;
	uint64_t fraction = ((uint64_t)(unix_ns % NS) << 32) / NS;

	return be64_of(seconds << 32 | fraction);
}

static be32 short_of(double us)
{
	return be32_of((uint32_t)ceil(us * 0.065536));
}

void server_reply(const struct server *server, const struct ntp_packet *request,
	const int64_t stamps_ns[2], struct ntp_packet *ret_reply)
{
	*ret_reply = (struct ntp_packet){
		.leap_version_mode = ntp_wire_first_octet(
			NTP_LEAP_NONE, ntp_wire_version(request), NTP_MODE_SERVER),
		.stratum = server->kind.stratum,
		.poll = request->poll,
		.precision = PRECISION_LOG2S,
		.root_delay = short_of(server->kind.root_delay_us),
		.root_dispersion = short_of(server->kind.root_dispersion_us),
		.reference_id = be32_of(0x7f7f0000U + server->number),
		.reference_ts = wire_of(stamps_ns[0] - REFERENCE_AGE_NS),
		.origin_ts = request->transmit_ts,
		.receive_ts = wire_of(stamps_ns[0]),
		.transmit_ts = wire_of(stamps_ns[1]),
	};
}
