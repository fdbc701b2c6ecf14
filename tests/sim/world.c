// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The world: see world.h. Two kinds of events for each source (it is asked, its reply comes) and
 * the daemon's tick; whichever is next moves the oscillator there.
 */
#include "tests/sim/world.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/chance.h"
#include "tests/sim/daemon.h"
#include "tests/sim/regression.h"

#define NS            1000000000LL
#define TICKS_PER_S   WORLD_LOOKS_PER_S
#define TICK_NS       (NS / TICKS_PER_S)
#define TRACE_TICKS   (16 * TICKS_PER_S)
#define NEVER_NS      INT64_MAX
#define FIRST_WAIT_NS 200000000.0
#define START_UTC_S   1782842400LL /* 2026-06-30 18:00:00 UTC: a leap second may come in 6 h */
#define MIDNIGHT_NS   (6 * 3600 * NS)
#define TURN_NS       20000  /* in the server */
#define WINDOW_NS     100    /* of reading the local clocks */
#define DRIFT_FILE_SD 0.2e-6 /* the frequency has changed so much since it was written */

/* A source's next question, and the reply on its way. */
struct flight {
	int64_t ask_ns, arrive_ns;
	uint64_t t1_raw_ns;
	struct ntp_packet reply;
};

struct world {
	const struct scenario *scenario;
	const struct world_options *options;
	struct dice dice;
	struct oscillator oscillator;
	struct network network;
	struct server server[DAEMON_SOURCES];
	struct flight flight[DAEMON_SOURCES];
	struct daemon daemon;
	struct regression regression[DAEMON_SOURCES]; /* on the same samples */
	bool combined[DAEMON_SOURCES];                /* as the daemon selected last */
	bool leapt;
	struct figures *figures;
	int64_t tick_ns;
	uint64_t ticks;
	int64_t last_served_ns;
};

static int64_t utc_ns(const struct world *world, int64_t true_ns)
{
	int64_t repeated = world->scenario->cast.leap && true_ns >= MIDNIGHT_NS ? NS : 0;

	return START_UTC_S * NS + true_ns - repeated;
}

static struct clocks_pair clocks(struct world *world)
{
	struct clocks_pair pair = {
		.raw_ns = oscillator_raw_ns(&world->oscillator),
		.mono_ns = oscillator_mono_ns(&world->oscillator),
		.window_ns = WINDOW_NS,
	};

	pair.mono_ns += (uint64_t)(WINDOW_NS / 2 * chance_uniform(&world->dice));
	pair.real_ns = utc_ns(world, world->oscillator.true_ns);
	return pair;
}

static struct dice derive(struct dice *dice)
{
	return (struct dice){dice_roll(dice)};
}

static int start(struct world *world)
{
	const struct scenario_cast *cast = &world->scenario->cast;
	struct daemon_options options = {
		.sources = cast->sources,
		.minpoll = cast->minpoll ? cast->minpoll : 6,
		.maxpoll = cast->maxpoll ? cast->maxpoll : 10,
	};
	unsigned i;

	world->dice.state = world->options->seed * 0x9e3779b97f4a7c15ULL;
	oscillator_start(&world->oscillator, world->scenario->oscillator, derive(&world->dice));
	network_start(&world->network, world->scenario->network, derive(&world->dice));
	for (i = 0; i < cast->sources; i++) {
		struct server *server = &world->server[i];

		server_start(server, world->scenario->server, derive(&world->dice));
		server->number = (uint8_t)(i + 1);
		server->lie = i < cast->liars ? cast->lie : SERVER_HONEST;
		server->lie_from_ns = cast->from_start ? 0 : (int64_t)(SCENARIO_EVENT_S * 1e9);
		world->flight[i].ask_ns = (int64_t)(FIRST_WAIT_NS * chance_uniform(&world->dice));
		world->flight[i].arrive_ns = NEVER_NS;
	}
	if (cast->drift_file) {
		options.frequency = -oscillator_frequency(&world->oscillator) +
				    DRIFT_FILE_SD * chance_gauss(&world->dice);
		options.frequency_sd = DRIFT_FILE_SD;
	}
	for (i = 0; i < cast->sources; i++)
		regression_start(&world->regression[i], options.frequency);
	return daemon_start(&world->daemon, &options);
}

static bool silent(const struct world *world, int64_t true_ns)
{
	double after_s = (double)true_ns * 1e-9 - SCENARIO_EVENT_S;

	return after_s >= 0.0 && after_s < world->scenario->cast.silent_s;
}

/* The honest indicator: in the last 24 hours, up to the moment itself. */
static uint8_t honest_leap(const struct world *world, int64_t true_ns)
{
	return world->scenario->cast.leap && true_ns < MIDNIGHT_NS ? NTP_LEAP_INSERT
								   : NTP_LEAP_NONE;
}

/* The packet goes to the server and back at once; only when it arrives is still to come. */
static void fly(struct world *world, unsigned which, const struct ntp_packet *request)
{
	struct flight *flight = &world->flight[which];
	struct server *server = &world->server[which];
	int64_t now_ns = world->oscillator.true_ns, stamps_ns[2], back_ns, t2_ns;
	int64_t out_ns = network_out_ns(&world->network, (int)which, now_ns);

	flight->arrive_ns = NEVER_NS;
	if (out_ns < 0 || silent(world, now_ns))
		return;
	t2_ns = now_ns + out_ns;
	back_ns = network_back_ns(&world->network, (int)which, t2_ns + TURN_NS);
	if (back_ns < 0)
		return;
	stamps_ns[0] = utc_ns(world, t2_ns) + server_error_ns(server, t2_ns);
	stamps_ns[1] = stamps_ns[0] + TURN_NS;
	server_reply(server, request, stamps_ns, &flight->reply);
	flight->reply.leap_version_mode |=
		(uint8_t)(server_leap(server, t2_ns, honest_leap(world, t2_ns)) << 6);
	flight->arrive_ns = t2_ns + TURN_NS + back_ns;
}

/* The daemon's timer runs by the same oscillator, but for what that is off in one interval. */
static void plan(struct world *world, unsigned which, uint64_t raw_ns)
{
	int64_t wait_ns = (int64_t)(world->daemon.source[which].poll.next_ns - raw_ns);

	world->flight[which].ask_ns = world->oscillator.true_ns + (wait_ns > 0 ? wait_ns : 0);
}

static void on_ask(struct world *world, unsigned which)
{
	struct flight *flight = &world->flight[which];
	bool usable = world->daemon.source[which].usable;
	struct clocks_pair pair = clocks(world);
	const struct daemon_moment moment = {pair.raw_ns, dice_roll(&world->dice)};
	struct ntp_packet request;

	daemon_ask(&world->daemon, which, &moment, &request);
	flight->t1_raw_ns = pair.raw_ns;
	plan(world, which, pair.raw_ns);
	fly(world, which, &request);
	if (usable && !world->daemon.source[which].usable)
		daemon_update(&world->daemon, &pair);
}

static bool survives(const struct clock_input *input)
{
	return input->ret_tally == TALLY_SELECTED || input->ret_tally == TALLY_CANDIDATE;
}

/* The regressions follow the daemon's selection; without one they go on from the last. */
static void select_combined(struct world *world)
{
	unsigned i, survivors = 0;

	for (i = 0; i < world->scenario->cast.sources; i++)
		survivors += survives(&world->daemon.input[i]);
	for (i = 0; survivors && i < world->scenario->cast.sources; i++)
		world->combined[i] = survives(&world->daemon.input[i]);
}

static void on_arrival(struct world *world, unsigned which)
{
	struct flight *flight = &world->flight[which];
	struct clocks_pair pair = clocks(world);
	const struct exchange_reply reply = {
		.data = (const uint8_t *)&flight->reply,
		.length = sizeof(flight->reply),
		.from_asked = true,
		.t1_raw_ns = flight->t1_raw_ns,
		.t4_raw_ns = pair.raw_ns,
	};

	flight->arrive_ns = NEVER_NS;
	if (daemon_take(&world->daemon, which, &reply, dice_roll(&world->dice)) !=
		EXCHANGE_ACCEPTED)
		return;
	plan(world, which, pair.raw_ns);
	regression_add(&world->regression[which], &world->daemon.source[which].sample);
	daemon_update(&world->daemon, &pair);
	select_combined(world);
}

static void trace(const struct world *world, const struct figures_look *look)
{
	fprintf(world->options->trace, "%9.1f s  %s  error %+10.3f us  bound %10.3f us  poll %d  [",
		look->at_s, look->served ? "good" : "none", look->error_ns * 1e-3,
		look->bound_ns * 1e-3, world->daemon.source[0].poll.poll);
	for (unsigned i = 0; i < world->scenario->cast.sources; i++)
		fputc(world->daemon.input[i].ret_tally ? (char)world->daemon.input[i].ret_tally
						       : '?',
			world->options->trace);
	fputs("]\n", world->options->trace);
}

/* Error of what the regressions together say of this moment. */
static double regression_error_ns(struct world *world)
{
	struct regression_line lines[DAEMON_SOURCES];
	uint64_t raw_ns = oscillator_raw_ns(&world->oscillator);
	unsigned i, count = 0;

	for (i = 0; i < world->scenario->cast.sources; i++) {
		if (world->scenario->cast.leap && !world->leapt &&
			world->oscillator.true_ns >= MIDNIGHT_NS)
			regression_shift(&world->regression[i], -NS);
		if (world->combined[i])
			lines[count++] = world->regression[i].line;
	}
	world->leapt |= world->oscillator.true_ns >= MIDNIGHT_NS;
	if (!count)
		return 0.0;
	return (double)((int64_t)raw_ns + regression_combine(lines, count, raw_ns) -
			utc_ns(world, world->oscillator.true_ns));
}

/* What a client sees now. */
static void look(struct world *world)
{
	struct figures_look seen = {.at_s = (double)world->oscillator.true_ns * 1e-9};
	struct timepage_reading reading;
	uint64_t mono_ns = oscillator_mono_ns(&world->oscillator);
	int64_t served_ns;

	seen.served = timepage_read(world->daemon.page, mono_ns, &reading) == VERDICT_SERVED &&
		      reading.leap != NTP_LEAP_UNKNOWN;
	if (seen.served) {
		served_ns = (int64_t)(reading.now.seconds - NTP_TIME_UNIX_EPOCH_S) * NS +
			    (int64_t)(((uint64_t)reading.now.fraction * NS) >> 32);
		seen.error_ns = (double)(served_ns - utc_ns(world, world->oscillator.true_ns));
		seen.bound_ns = ((double)reading.root_delay_q16 / 2.0 +
					(double)reading.root_dispersion_q16) /
				65536.0 * 1e9;
		if (served_ns < world->last_served_ns && !world->scenario->cast.leap)
			world->figures->backward++;
		world->last_served_ns = served_ns;
	}
	seen.other_ns = regression_error_ns(world);
	figures_look(world->figures, &seen);
	if (world->options->trace && world->ticks % TRACE_TICKS == 0)
		trace(world, &seen);
}

static void on_tick(struct world *world)
{
	struct clocks_pair pair = clocks(world);

	look(world);
	if (world->ticks++ % TICKS_PER_S == 0)
		daemon_second(&world->daemon, pair.raw_ns);
	daemon_publish(&world->daemon, &pair);
	world->tick_ns += TICK_NS;
}

/* The next event; false when it is beyond the end. */
static bool turn(struct world *world, int64_t end_ns)
{
	int64_t next_ns = world->tick_ns;
	unsigned i, which = 0;
	bool arrival = false;

	for (i = 0; i < world->scenario->cast.sources; i++) {
		const struct flight *flight = &world->flight[i];
		bool arrives = flight->arrive_ns < flight->ask_ns;
		int64_t at_ns = arrives ? flight->arrive_ns : flight->ask_ns;

		if (at_ns >= next_ns)
			continue;
		next_ns = at_ns;
		which = i;
		arrival = arrives;
	}
	if (next_ns >= end_ns)
		return false;
	oscillator_advance(&world->oscillator, next_ns);
	if (next_ns == world->tick_ns)
		on_tick(world);
	else if (arrival)
		on_arrival(world, which);
	else
		on_ask(world, which);
	return true;
}

int world_run(const struct scenario *scenario, const struct world_options *options,
	struct figures *ret_figures)
{
	struct world *world = calloc(1, sizeof(*world));
	unsigned i;
	int err;

	if (!world)
		return -ENOMEM;
	world->scenario = scenario;
	world->options = options;
	world->figures = ret_figures;
	figures_start(ret_figures);
	err = start(world);
	while (!err && turn(world, (int64_t)(options->hours * 3600e9)))
		;
	ret_figures->steps = world->daemon.steps;
	for (i = 0; i < scenario->cast.sources; i++)
		ret_figures->requests += world->daemon.source[i].requests;
	daemon_free(&world->daemon);
	free(world);
	return err;
}
