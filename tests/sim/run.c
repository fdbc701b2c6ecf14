// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs the scenarios and judges them:
 *
 *     sim [--seed N] [--seeds K] [--hours H] [--quick] [--tap] [--trace] [SCENARIO...]
 *
 * Seeds N to N+K-1 each for H virtual hours; --quick: those that run with every test run;
 * --tap: test results instead of the table; --trace: a line for every 16 s of the first
 * seed. The exit status is 1 when a limit was missed. Called by scripts/bench --sim and by meson
 * test.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/sim/world.h"

#define SEED          1
#define SEEDS         5
#define HOURS         12.0
#define LOST_WITHIN_S 4200.0 /* four of the longest intervals: two samples of both that lie */
#define LIE_MAX_US    1000.0
#define FASTER        10000.0

struct options {
	uint64_t seed;
	unsigned seeds;
	double hours;
	bool quick, tap, trace;
	char **names;
	int name_count;
};

static int usage(void)
{
	fputs("usage: sim [--seed N] [--seeds K] [--hours H] [--quick] [--tap] [--trace] "
	      "[SCENARIO...]\n",
		stderr);
	return 2;
}

static int parse(struct options *options, int argc, char **argv)
{
	int i;

	*options = (struct options){.seed = SEED, .seeds = SEEDS, .hours = HOURS};
	for (i = 1; i < argc && !strncmp(argv[i], "--", 2); i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : "";

		if (!strcmp(argv[i], "--quick"))
			options->quick = true;
		else if (!strcmp(argv[i], "--tap"))
			options->tap = true;
		else if (!strcmp(argv[i], "--trace"))
			options->trace = true;
		else if (!strcmp(argv[i], "--seed") && ++i)
			options->seed = strtoull(value, NULL, 0);
		else if (!strcmp(argv[i], "--seeds") && ++i)
			options->seeds = (unsigned)strtoul(value, NULL, 0);
		else if (!strcmp(argv[i], "--hours") && ++i)
			options->hours = strtod(value, NULL);
		else
			return usage();
	}
	if (i > argc || options->seeds == 0 || !(options->hours > 0.0))
		return usage();
	options->names = argv + i;
	options->name_count = argc - i;
	return 0;
}

static bool chosen(const struct options *options, const struct scenario *scenario)
{
	int i;

	for (i = 0; i < options->name_count; i++)
		if (!strcmp(options->names[i], scenario->name))
			return true;
	return options->name_count == 0 && (scenario->quick || !options->quick);
}

static bool over(double value, double limit)
{
	return limit > 0.0 && value > limit;
}

/* Why a run, or the worst of some, is not good enough; NULL: it is. */
static const char *complaint(const struct scenario *scenario, const struct figures *figures)
{
	const struct scenario_limits *limits = &scenario->limits;
	double worst_us = 1e-3 * fmax(figures->start_max_ns, figures->max_ns);

	if (limits->outcome == SCENARIO_NEVER)
		return figures->served ? "served" : NULL;
	if (limits->outcome == SCENARIO_LOST &&
		figures->last_served_s > SCENARIO_EVENT_S + LOST_WITHIN_S)
		return "served";
	if (figures->held < figures->served)
		return "bound";
	if (figures->backward)
		return "backward";
	if (figures->steps)
		return "step";
	if (scenario->cast.liars && worst_us > LIE_MAX_US)
		return "moved";
	if (over(1e-3 * figures->start_max_ns, limits->start_us))
		return "start";
	if (over(figures_rms_us(figures), limits->rms_us))
		return "rms";
	if (over(1e-3 * figures->max_ns, limits->max_us))
		return "max";
	if (limits->settled_s > 0.0 &&
		(figures->settled_s < 0.0 || figures->settled_s > limits->settled_s))
		return "settled";
	return NULL;
}

static void print_row(
	const struct scenario *scenario, const struct figures *figures, const char *why)
{
	double late = figures->late_looks ? (double)figures->late_looks : 1.0;
	double interval_s = (double)figures->looks / WORLD_LOOKS_PER_S * scenario->cast.sources /
			    (double)figures->requests;
	char settled[16] = "-";

	if (figures->settled_s >= 0.0)
		snprintf(settled, sizeof(settled), "%.1f", figures->settled_s);
	printf("%-19s %2u %7.1f %7.2f %7.1f %7.2f %7.1f %7.0f %7.3f %7.3f %5.0f %7s  %s\n",
		scenario->name, scenario->cast.sources, figures->start_max_ns * 1e-3,
		figures_rms_us(figures), figures->max_ns * 1e-3, figures_other_rms_us(figures),
		figures->other_max_ns * 1e-3, 1e-3 * figures->bound_sum / late,
		100.0 * figures_held_share(figures), 100.0 * figures_served_share(figures),
		interval_s, settled, why ? why : "ok");
}

static void print_tap(const struct scenario *scenario, const struct figures *figures,
	const char *why, unsigned number)
{
	printf("%s %u - %s: rms %.2f us, max %.2f us, bound held %.3f %%, settled after %.1f "
	       "s%s%s\n",
		why ? "not ok" : "ok", number, scenario->name, figures_rms_us(figures),
		figures->max_ns * 1e-3, 100.0 * figures_held_share(figures), figures->settled_s,
		why ? "; missed: " : "", why ? why : "");
}

/* All seeds of a scenario. Limits are for each; the first complaint is returned by ret_why. */
static int run_seeds(const struct options *options, const struct scenario *scenario,
	struct figures *sum, const char **ret_why)
{
	unsigned i;

	figures_start(sum);
	*ret_why = NULL;
	for (i = 0; i < options->seeds; i++) {
		const struct world_options world = {
			.seed = options->seed + i,
			.hours = options->hours,
			.trace = options->trace && i == 0 ? stdout : NULL,
		};
		struct figures run;
		int err = world_run(scenario, &world, &run);

		if (err)
			return err;
		figures_add(sum, &run);
		if (!*ret_why)
			*ret_why = complaint(scenario, &run);
	}
	return 0;
}

static double cpu_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void print_head(const struct options *options)
{
	const char *mark = options->tap ? "# " : "";

	printf("%sServed time against true time; seeds %llu to %llu, %g h each.\n", mark,
		(unsigned long long)options->seed,
		(unsigned long long)(options->seed + options->seeds - 1), options->hours);
	if (options->tap)
		return;
	puts("start: worst in the first 10 min; rms, max, bound (claimed, mean): after them; held: "
	     "bound\nright; settled: under 100 us from then on, for half an hour, worst seed. n "
	     "sources. regr.:\nwhat a linear regression over the same samples is off by "
	     "(tests/sim/regression.h).\n");
	printf("%-19s %2s %7s %7s %7s %7s %7s %7s %7s %7s %5s %7s\n", "scenario", "n", "start",
		"rms", "max", "regr.", "regr.", "bound", "held", "served", "poll", "settled");
	printf("%-22s %7s %7s %7s %7s %7s %7s %7s %7s %5s %7s\n", "", "us", "us", "us", "rms",
		"max", "us", "%", "%", "s", "s");
}

int main(int argc, char **argv)
{
	struct options options;
	unsigned number = 0, missed = 0;
	double speed;
	size_t i;

	if (parse(&options, argc, argv))
		return 2;
	print_head(&options);
	for (i = 0; i < scenario_count; i++) {
		struct figures sum;
		const char *why;

		if (!chosen(&options, &scenario_list[i]))
			continue;
		if (run_seeds(&options, &scenario_list[i], &sum, &why)) {
			fputs("sim: out of memory\n", stderr);
			return 2;
		}
		number++;
		missed += why != NULL;
		if (options.tap)
			print_tap(&scenario_list[i], &sum, why, number);
		else
			print_row(&scenario_list[i], &sum, why);
		fflush(stdout);
	}
	speed = number * options.seeds * options.hours * 3600.0 / cpu_s();
	if (options.tap)
		printf("%s %u - %.0f times faster than real time\n1..%u\n",
			speed < FASTER ? "not ok" : "ok", number + 1, speed, number + 1);
	else
		printf("\n%u scenarios, %u missed; %.0f times faster than real time\n", number,
			missed, speed);
	return missed || speed < FASTER ? 1 : 0;
}
