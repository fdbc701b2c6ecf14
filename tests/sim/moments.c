// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Moments when time does something: a leap second, the change of era of 2036, servers that jump,
 * `clock system` that steps and slews the kernel's clock. The daemon's modules in virtual time
 * (event.h) publish into the XDP program's own page, and the program answers requests
 * around the moment through BPF_PROG_RUN, with the same virtual clock. The replies are listed
 * as a client reads them. Prints TAP. Needs root; leaves nothing behind.
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "tests/bpf/program.h"
#include "tests/sim/event.h"
#include "tests/vectors/build.h"

#define ERA_S      (1LL << 32)
#define MIDNIGHT_S 1782864000LL /* 2026-07-01 00:00:00 UTC */
#define ERA_UTC_S  (ERA_S - (int64_t)NTP_TIME_UNIX_EPOCH_S)
#define APART_NS   (10 * EVENT_GRID_NS)
/* Off the grid of whole and half seconds, where either of two answers would be right. */
#define PHASE_NS   (5 * EVENT_GRID_NS)
#define BEFORE_NS  (2 * EVENT_NS)
#define AFTER_NS   (3 * EVENT_NS)
#define LATER_NS   (8 * EVENT_NS) /* after a jump */
#define LIST_NS    (EVENT_NS / 4)
#define LOOKS_MAX  2048
/* Servers may be wrong by 20 us. */
#define RIGHT_NS   40000
/* CLOCK_MONOTONIC that runs at another rate all at once, by 512 ppm, is noticed in a third of a
 * second. */
#define SLEWED_NS  200000
/* From one look to the next, besides the time that has passed. */
#define EVEN_NS    50000

struct look {
	int64_t since_ns; /* the event */
	bool served;
	uint8_t leap, stratum;
	uint64_t transmit_ts, reference_ts;
	int64_t utc_ns;             /* of transmit, as Unix time */
	int64_t error_ns, bound_ns; /* against the servers' time */
	int64_t old_error_ns;       /* against their time without the jump */
	double dispersion_s;
};

struct watch {
	const struct event_kind *kind;
	struct event_world world;
	struct program *program;
	struct look look[LOOKS_MAX];
	size_t count;
	int64_t kernel_before_ns; /* what the kernel's clock was off when the event came */
};

static const struct event_kind kinds[] = {
	{.name = "leap second inserted",
		.at_utc_s = MIDNIGHT_S,
		.leap = 1,
		.seconds = "59 59 00 01"},
	{.name = "leap second deleted",
		.at_utc_s = MIDNIGHT_S - 1,
		.leap = -1,
		.seconds = "58 00 01 02"},
	{.name = "era 1 begins", .at_utc_s = ERA_UTC_S, .seconds = "15 16 17 18"},
	{.name = "servers jump by 0.8 s", .at_utc_s = MIDNIGHT_S + 3600, .jump_ns = 800000000},
	{.name = "servers jump back by 2.5 s",
		.at_utc_s = MIDNIGHT_S + 3600,
		.jump_ns = -2500000000},
	{.name = "clock system steps 3.7 s",
		.at_utc_s = MIDNIGHT_S + 3600,
		.steer = true,
		.may_step = true,
		.kernel_ns = -3700000000,
		.seconds = "59 00 01 02"},
	{.name = "clock system slews 0.3 s",
		.at_utc_s = MIDNIGHT_S + 3600,
		.steer = true,
		.kernel_ns = 300000000,
		.seconds = "59 00 01 02"},
};

static unsigned reported, failures;

static void check(const struct watch *watch, bool good, const char *what)
{
	printf("%sok %u - %s: %s\n", good ? "" : "not ", ++reported, watch->kind->name, what);
	failures += !good;
}

/* What is wrong with a look, beneath the check that will fail for it. */
static bool wrong(const struct look *look, const char *why)
{
	printf("# %+.3f s: %s: error %" PRId64 " ns, bound %" PRId64 " ns, LI %u\n",
		(double)look->since_ns * 1e-9, why, look->error_ns, look->bound_ns, look->leap);
	return false;
}

static void read_reply(struct watch *watch, const uint8_t *ntp, struct look *look)
{
	int64_t seconds;

	look->leap = ntp[0] >> 6;
	look->stratum = ntp[1];
	look->dispersion_s = (double)build_get(ntp + 8, 4) / 65536.0;
	look->bound_ns =
		(int64_t)(((double)build_get(ntp + 4, 4) / 131072.0 + look->dispersion_s) * 1e9);
	look->reference_ts = build_get(ntp + 16, 8);
	look->transmit_ts = build_get(ntp + 40, 8);
	/* Clients know which half of an era they live in. */
	seconds = (int64_t)(look->transmit_ts >> 32);
	seconds += seconds < ERA_S / 2 ? ERA_S : 0;
	look->utc_ns = (seconds - (int64_t)NTP_TIME_UNIX_EPOCH_S) * EVENT_NS +
		       (int64_t)((look->transmit_ts & 0xffffffff) * EVENT_NS >> 32);
	look->error_ns = look->utc_ns - event_utc_ns(&watch->world, true);
	look->old_error_ns = look->utc_ns - event_utc_ns(&watch->world, false);
}

/* One request through the program. 0 or a negative errno. */
static int look_now(struct watch *watch)
{
	struct look *look = &watch->look[watch->count++];
	uint8_t in[VECTOR_FRAME_MAX], out[VECTOR_FRAME_MAX];
	const struct build plain = {.ipv6 = watch->count % 2 == 0};
	struct built built = build_frame(&plain, in);
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = in, .data_size_in = built.length,
		.data_out = out, .data_size_out = sizeof(out), .repeat = 1);

	*look = (struct look){.since_ns = event_since_ns(&watch->world)};
	watch->program->hook->now_ns = event_mono_ns(&watch->world);
	watch->program->hook->random = (uint32_t)dice_roll(&watch->world.dice);
	if (bpf_prog_test_run_opts(watch->program->fd, &run) != 0)
		return -errno;
	look->served = run.retval == XDP_TX;
	if (look->served)
		read_reply(watch, out + built.at[LAYER_NTP], look);
	return 0;
}

static void list(const struct look *look)
{
	time_t seconds = (time_t)(look->utc_ns / EVENT_NS);
	struct tm tm;
	char date[32];

	if (!look->served) {
		printf("#! %+7.3f s  passed on: not synchronised\n", (double)look->since_ns * 1e-9);
		return;
	}
	gmtime_r(&seconds, &tm);
	strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", &tm);
	printf("#! %+7.3f s  %s.%06" PRId64 "  LI %u  stratum %u  root dispersion %.6f s  transmit "
	       "%08x.%08x  error %+.1f us\n",
		(double)look->since_ns * 1e-9, date, (int64_t)(look->utc_ns % EVENT_NS / 1000),
		look->leap, look->stratum, look->dispersion_s, (unsigned)(look->transmit_ts >> 32),
		(unsigned)look->transmit_ts, (double)look->error_ns * 1e-3);
}

/* From one second before on, every 0.25 s, and where service stops and begins. */
static void list_all(const struct watch *watch)
{
	const int64_t first_ns = watch->look[0].since_ns;
	const int64_t last_ns = watch->kind->jump_ns ? 7 * EVENT_NS / 2 : 2 * EVENT_NS;

	printf("#! %s\n", watch->kind->name);
	for (size_t i = 1; i < watch->count; i++) {
		const struct look *look = &watch->look[i];

		if (look->since_ns < -EVENT_NS || look->since_ns > last_ns)
			continue;
		if ((look->since_ns - first_ns) % LIST_NS == 0 ||
			look->served != watch->look[i - 1].served)
			list(look);
	}
}

/* A jump takes milliseconds; with leap seconds there are moments when two answers are right. */
static bool look_due(const struct watch *watch)
{
	int64_t since_ns = event_since_ns(&watch->world);

	return since_ns >= -BEFORE_NS &&
	       (watch->kind->jump_ns || (since_ns + BEFORE_NS) % APART_NS == PHASE_NS);
}

static int run_world(struct watch *watch)
{
	int64_t after_ns = watch->kind->jump_ns ? LATER_NS : AFTER_NS;
	int err = event_start(&watch->world, watch->kind, watch->program->page);

	while (!err && event_since_ns(&watch->world) < after_ns) {
		err = event_pass(&watch->world);
		if (event_since_ns(&watch->world) == 0)
			watch->kernel_before_ns = event_kernel_error_ns(&watch->world);
		if (!err && look_due(watch))
			err = look_now(watch);
	}
	return err;
}

/* Served, right, within the bound that is claimed. */
static void check_right(const struct watch *watch)
{
	const int64_t right_ns = watch->kind->steer ? SLEWED_NS : RIGHT_NS;
	bool good = true;

	for (size_t i = 0; i < watch->count; i++) {
		const struct look *look = &watch->look[i];

		if (!look->served || look->stratum != 2)
			good = wrong(look, "is not served, or not as stratum 2");
		else if (llabs(look->error_ns) > look->bound_ns || llabs(look->error_ns) > right_ns)
			good = wrong(look, "is not right");
	}
	check(watch, good && watch->count > 90, "each reply is right, and within its bound");
	check(watch, watch->world.daemon.steps == 0, "served time is not stepped");
}

/* From 0.5 s before to 1.5 s after a leap second 3, before that the sign, then 0. */
static uint8_t right_leap(const struct event_kind *kind, int64_t since_ns)
{
	if (kind->leap == 0 || since_ns > EVENT_NS * 3 / 2)
		return NTP_LEAP_NONE;
	if (since_ns > -EVENT_NS / 2)
		return NTP_LEAP_UNKNOWN;
	return kind->leap > 0 ? NTP_LEAP_INSERT : NTP_LEAP_DELETE;
}

static void check_leap(const struct watch *watch)
{
	bool good = true;

	for (size_t i = 0; i < watch->count; i++)
		if (watch->look[i].leap != right_leap(watch->kind, watch->look[i].since_ns))
			good = wrong(&watch->look[i], "has another leap indicator");
	check(watch, good, "leap indicator");
}

/* One after the other, but for the second that is inserted or left out. */
static void check_flow(const struct watch *watch)
{
	bool good = true;

	for (size_t i = 1; i < watch->count; i++) {
		const struct look *before = &watch->look[i - 1], *look = &watch->look[i];
		bool leaps = before->since_ns < 0 && look->since_ns >= 0;
		int64_t passed_ns = APART_NS - (leaps ? watch->kind->leap * EVENT_NS : 0);
		int64_t served_ns = look->utc_ns - before->utc_ns;

		if (llabs(served_ns - passed_ns) > EVEN_NS)
			good = wrong(look, "does not follow the one before it");
	}
	check(watch, good, "time goes on evenly, but for the leap second");
}

static void check_seconds(const struct watch *watch)
{
	char served[32] = "";

	for (size_t i = 0; i < watch->count; i++) {
		const struct look *look = &watch->look[i];
		size_t length = strlen(served);

		/* The first look in each second. */
		if (look->since_ns < -EVENT_NS ||
			(look->since_ns + BEFORE_NS) % EVENT_NS != PHASE_NS)
			continue;
		snprintf(served + length, sizeof(served) - length, "%s%02d", length ? " " : "",
			(int)(look->utc_ns / EVENT_NS % 60));
	}
	if (strcmp(served, watch->kind->seconds) != 0)
		printf("# %s, and not %s\n", served, watch->kind->seconds);
	check(watch, strcmp(served, watch->kind->seconds) == 0, "seconds of the minute");
}

/* The difference of two timestamps survives a change of era; the sign of each does not. */
static void check_reference(const struct watch *watch)
{
	bool good = true;

	for (size_t i = 0; i < watch->count; i++) {
		const struct look *look = &watch->look[i];
		int64_t age = (int64_t)(look->transmit_ts - look->reference_ts);

		if (look->served && (age < 0 || age > 4LL << 32))
			good = wrong(look, "has a reference time after it, or long before it");
	}
	check(watch, good, "reference time is up to 4 s before transmit");
}

/* Served time is the old one, then there is none, then it is the new one; nothing between. */
static void check_jump(const struct watch *watch)
{
	bool good = true, stopped = false, new = false;

	for (size_t i = 0; i < watch->count; i++) {
		const struct look *look = &watch->look[i];

		if (!look->served && new)
			good = wrong(look, "is not served, though the new time was");
		if (!look->served) {
			stopped = true;
			continue;
		}
		new = stopped;
		if (llabs(new ? look->error_ns : look->old_error_ns) > RIGHT_NS)
			good = wrong(look, new ? "is not the new time" : "is not the old time");
	}
	check(watch, good, "the old time, then none, then the new one");
	check(watch, new, "the new time is served in the end");
	check(watch, watch->world.daemon.steps == 1, "one step is counted");
}

static void check_kernel(const struct watch *watch)
{
	const struct event_kind *kind = watch->kind;
	int64_t error_ns = event_kernel_error_ns(&watch->world);
	double rate = event_kernel_rate();

	printf("#! the kernel's clock: %u steps, rate %+.1f ppm, %+.6f s off\n",
		watch->world.kernel_steps, rate * 1e6, (double)error_ns * 1e-9);
	check(watch, watch->world.kernel_steps == kind->may_step, "steps of the kernel's clock");
	if (kind->may_step)
		check(watch, llabs(error_ns) < RIGHT_NS, "the kernel's clock is right");
	else
		check(watch, rate < -400e-6 && error_ns < watch->kernel_before_ns - 1000000,
			"the kernel's clock is slewed, and CLOCK_MONOTONIC with it");
}

static int run_kind(struct watch *watch)
{
	int err = run_world(watch);

	if (!err) {
		list_all(watch);
		if (watch->kind->jump_ns) {
			check_jump(watch);
		} else {
			check_right(watch);
			check_leap(watch);
			check_flow(watch);
			check_seconds(watch);
		}
		check_reference(watch);
		if (watch->kind->steer)
			check_kernel(watch);
	}
	event_end(&watch->world);
	return err;
}

int main(void)
{
	static struct watch watch;
	const struct vector served = {.port = NTP_PORT};

	if (geteuid() != 0) {
		printf("needs root\n");
		return 77;
	}
	watch.program = program_load(true, 0);
	if (watch.program == NULL) {
		printf("not ok 1 - loading the program: %s\n", strerror(errno));
		return 1;
	}
	vector_settings(&served, watch.program->settings);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		int err;

		watch.kind = &kinds[i];
		watch.count = 0;
		err = run_kind(&watch);
		if (err) {
			printf("# %s\n", strerror(-err));
			check(&watch, false, "runs to its end");
		}
	}
	program_free(watch.program);
	printf("1..%u\n", reported);
	return failures ? 1 : 0;
}
