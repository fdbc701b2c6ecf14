// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The machine of one event: see event.h.
 */
#include "tests/sim/event.h"

#include <errno.h>
#include <string.h>

#define OSCILLATOR 12e-6 /* RAW against true time, less 1 */
#define RAW_NS     5000e9
#define MONO_NS    4000e9
#define WINDOW_NS  80
#define TICK_NS    (EVENT_NS / 8)
#define ASK_NS     (2 * EVENT_NS)
#define APART_NS   (20 * EVENT_GRID_NS)
#define WAY_NS     EVENT_GRID_NS /* there and back */
#define TURN_NS    20000
/* When in a second the daemon does what it does once a second, and where in two it begins to ask:
 * not at the event, so that the page has to do without. */
#define SECOND_NS  (5 * TICK_NS)
#define FIRST_NS   (3 * EVENT_NS / 4)
#define TICK_US    10000 /* of the kernel at its nominal rate */

static const struct server_kind honest = {
	.error_us = 20, .root_delay_us = 100, .root_dispersion_us = 50, .stratum = 1};

/* The kernel, of which there is one: clock_adjtime() has no argument for it. */
static struct {
	struct timex timex;
	double step_ns; /* asked for, not taken by the world yet */
} kernel;

double event_kernel_rate(void)
{
	return (double)kernel.timex.tick / TICK_US * (1.0 + (double)kernel.timex.freq / 65536e6) -
	       1.0;
}

static int adjust(clockid_t clock, struct timex *timex)
{
	if (clock != CLOCK_REALTIME) {
		errno = EINVAL;
		return -1;
	}
	if (timex->modes & ADJ_SETOFFSET)
		kernel.step_ns = (double)timex->time.tv_sec * 1e9 + (double)timex->time.tv_usec;
	if (timex->modes & ADJ_FREQUENCY)
		kernel.timex.freq = timex->freq;
	if (timex->modes & ADJ_TICK)
		kernel.timex.tick = timex->tick;
	if (timex->modes & ADJ_STATUS)
		kernel.timex.status = timex->status;
	timex->freq = kernel.timex.freq;
	timex->tick = kernel.timex.tick;
	timex->status = kernel.timex.status;
	return TIME_OK;
}

int event_start(struct event_world *world, const struct event_kind *kind, struct timepage *page)
{
	const struct daemon_options options = {
		.sources = EVENT_SERVERS, .minpoll = 6, .maxpoll = 6, .page = page};

	memset(world, 0, sizeof(*world));
	memset(&kernel, 0, sizeof(kernel));
	kernel.timex.tick = TICK_US;
	kernel.timex.status = STA_UNSYNC;
	world->kind = kind;
	world->dice.state = 0x9e3779b97f4a7c15ULL;
	world->real_ns = (double)kind->kernel_ns;
	for (unsigned i = 0; i < EVENT_SERVERS; i++) {
		struct dice dice = {dice_roll(&world->dice)};

		server_start(&world->server[i], &honest, dice);
		world->server[i].number = (uint8_t)(i + 1);
		world->flight[i].arrive_ns = INT64_MAX;
	}
	return daemon_start(&world->daemon, &options);
}

void event_end(struct event_world *world)
{
	daemon_free(&world->daemon);
	if (world->kernel)
		kernel_clock_free(world->kernel);
}

int64_t event_since_ns(const struct event_world *world)
{
	return world->true_ns - EVENT_LEAD_S * EVENT_NS;
}

static int64_t utc_ns(const struct event_world *world, int64_t true_ns, bool jumped)
{
	const struct event_kind *kind = world->kind;
	int64_t since_ns = true_ns - EVENT_LEAD_S * EVENT_NS;
	int64_t utc_ns = kind->at_utc_s * EVENT_NS + since_ns;

	if (since_ns < 0)
		return utc_ns;
	return utc_ns - kind->leap * EVENT_NS + (jumped ? kind->jump_ns : 0);
}

int64_t event_utc_ns(const struct event_world *world, bool jumped)
{
	return utc_ns(world, world->true_ns, jumped);
}

uint64_t event_mono_ns(const struct event_world *world)
{
	return (uint64_t)(MONO_NS + world->mono_ns);
}

/* REALTIME begins at the same UTC as everything else. */
static int64_t real_ns(const struct event_world *world)
{
	return utc_ns(world, 0, false) + (int64_t)world->real_ns;
}

int64_t event_kernel_error_ns(const struct event_world *world)
{
	return real_ns(world) - event_utc_ns(world, true);
}

static struct clocks_pair clocks(const struct event_world *world)
{
	return (struct clocks_pair){.raw_ns = (uint64_t)(RAW_NS + world->raw_ns),
		.mono_ns = event_mono_ns(world),
		.real_ns = real_ns(world),
		.window_ns = WINDOW_NS};
}

/* The reply is written at once; it arrives when both ways are over. */
static void ask(struct event_world *world, unsigned which)
{
	struct event_flight *flight = &world->flight[which];
	struct server *server = &world->server[which];
	int64_t arrive_ns = world->true_ns + WAY_NS;
	const struct daemon_moment moment = {clocks(world).raw_ns, dice_roll(&world->dice)};
	int64_t stamps_ns[2];
	struct ntp_packet request;
	uint8_t leap = NTP_LEAP_NONE;

	daemon_ask(&world->daemon, which, &moment, &request);
	stamps_ns[0] = utc_ns(world, arrive_ns, true) + server_error_ns(server, arrive_ns);
	stamps_ns[1] = stamps_ns[0] + TURN_NS;
	if (world->kind->leap && arrive_ns < EVENT_LEAD_S * EVENT_NS)
		leap = world->kind->leap > 0 ? NTP_LEAP_INSERT : NTP_LEAP_DELETE;
	server_reply(server, &request, stamps_ns, &flight->reply);
	flight->reply.leap_version_mode |= (uint8_t)(leap << 6);
	flight->t1_raw_ns = moment.raw_ns;
	flight->arrive_ns = arrive_ns + WAY_NS;
}

static void take(struct event_world *world, unsigned which)
{
	struct event_flight *flight = &world->flight[which];
	const struct clocks_pair now = clocks(world);
	const struct exchange_reply reply = {
		.data = (const uint8_t *)&flight->reply,
		.length = sizeof(flight->reply),
		.from_asked = true,
		.t1_raw_ns = flight->t1_raw_ns,
		.t4_raw_ns = now.raw_ns,
	};

	flight->arrive_ns = INT64_MAX;
	if (daemon_take(&world->daemon, which, &reply, dice_roll(&world->dice)) ==
		EXCHANGE_ACCEPTED)
		daemon_update(&world->daemon, &now);
}

/* `clock system`, as control/upkeep.c does it once a second. */
static int steer(struct event_world *world)
{
	const struct kernel_clock_options options = {.maxslewrate = PUBLISHER_MAXSLEWRATE,
		.makestep_s = 0.1,
		.makestep_limit = world->kind->may_step ? 3 : 0,
		.adjust = adjust};
	const struct clocks_pair now = clocks(world);
	struct clock_reading reading = {.stratum = CLOCK_STRATUM_UNSYNCHRONISED};
	enum kernel_clock_action action;
	int err;

	if (!world->kernel)
		world->kernel = kernel_clock_new(&options);
	if (!world->kernel)
		return -errno;
	clock_read(world->daemon.clock, now.raw_ns, &reading);
	reading.raw_ns = now.raw_ns;
	err = kernel_clock_update(world->kernel, &reading, &now, &action);
	if (!err && action == KERNEL_CLOCK_STEPPED)
		world->kernel_steps++;
	world->real_ns += kernel.step_ns;
	kernel.step_ns = 0.0;
	return err;
}

int event_pass(struct event_world *world)
{
	double raw_ns = (double)EVENT_GRID_NS * (1.0 + OSCILLATOR);
	double steered_ns = raw_ns * (1.0 + event_kernel_rate());
	struct clocks_pair now;
	int err = 0;

	world->true_ns += EVENT_GRID_NS;
	world->raw_ns += raw_ns;
	world->mono_ns += steered_ns;
	world->real_ns += steered_ns;
	for (unsigned i = 0; i < EVENT_SERVERS; i++) {
		if (world->true_ns % ASK_NS == FIRST_NS + i * APART_NS)
			ask(world, i);
		if (world->true_ns == world->flight[i].arrive_ns)
			take(world, i);
	}
	now = clocks(world);
	if (world->true_ns % EVENT_NS == SECOND_NS) {
		daemon_second(&world->daemon, now.raw_ns);
		if (world->kind->steer && event_since_ns(world) >= 0)
			err = steer(world);
	}
	if (world->true_ns % TICK_NS == 0) {
		now = clocks(world);
		daemon_publish(&world->daemon, &now);
	}
	return err;
}
