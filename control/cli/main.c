// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `ntpxdp`, the command of people and scripts: attach and detach the XDP program, look at the
 * daemon, ask any NTP server. One row here for each command; its work is in the file of its
 * family. Exit status: 0 done, 1 it failed and one line says why, 2 wrong usage.
 */
#include "control/cli/commands.h"
#include "control/cli/pool_score.h"
#include "control/cli/session.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#ifndef NTPXDP_VERSION
#error "NTPXDP_VERSION is the build's"
#endif

#define AT(member) offsetof(struct options, member)

static const struct option_row attach_options[] = {
	{"mode", 0, OPTION_CHOICE, AT(mode), "auto|native|generic",
		"in the driver or in the kernel (auto: what works)", 0, 0},
	{"reply-path", 0, OPTION_CHOICE, AT(reply_path), "reflect|fib",
		"the way they came, or as routed (reflect)", 0, 0},
	{"shared", 0, OPTION_FLAG, AT(shared), NULL,
		"beside other XDP programs (libxdp's dispatcher)", 0, 0},
	{0},
};

static const struct option_row sources_options[] = {
	{"numeric", 'n', OPTION_FLAG, AT(numeric), NULL, "addresses instead of names", 0, 0},
	{"wide", 'w', OPTION_FLAG, AT(wide), NULL, "long names on a line of their own", 0, 0},
	{0},
};

static const struct option_row stats_options[] = {
	{"all", 'a', OPTION_FLAG, AT(all), NULL, "verdicts that did not occur, too", 0, 0},
	{"interval", 'i', OPTION_SECONDS, AT(rate_interval_s), "T",
		"rates between two readings, too", 0.05, 3600},
	{0},
};

static const struct option_row clients_options[] = {
	{"top", 'n', OPTION_COUNT, AT(top), "N", "so many of them (20)", 1, 5000},
	{"sort", 's', OPTION_CHOICE, AT(sort), "requests|drops|rate", "those with most of it", 0,
		0},
	{0},
};

static const struct option_row top_options[] = {
	{"interval", 'i', OPTION_SECONDS, AT(refresh_s), "T", "between two readings (1s)", 0.1,
		3600},
	{"sort", 's', OPTION_CHOICE, AT(sort), "requests|drops|rate", "clients with most of it", 0,
		0},
	{0},
};

static const struct option_row history_options[] = {
	{"since", 's', OPTION_SECONDS, AT(since_s), "T", "so far back (1h), at most 7d", 1, 604800},
	{"csv", 'c', OPTION_FLAG, AT(csv), NULL, "each second or minute, for other programs", 0, 0},
	{"plot", 0, OPTION_TEXT, AT(plot), "FILE", "a picture, .png or .svg, by gnuplot", 0, 0},
	{0},
};

static const struct option_row query_options[] = {
	{"ipv4", '4', OPTION_FLAG, AT(ipv4), NULL, "ask over IPv4 only", 0, 0},
	{"ipv6", '6', OPTION_FLAG, AT(ipv6), NULL, "ask over IPv6 only", 0, 0},
	{"samples", 'n', OPTION_COUNT, AT(samples), "N", "how often to ask (3)", 1, 100},
	{"interval", 'i', OPTION_SECONDS, AT(interval_s), "T", "between two questions (2s)", 0,
		3600},
	{"timeout", 't', OPTION_SECONDS, AT(timeout_s), "T", "how long to wait for one (2s)", 0.001,
		60},
	{"port", 'p', OPTION_COUNT, AT(port), "PORT", "UDP port of the server (123)", 1, 65535},
	{0},
};

static const struct option_row health_options[] = {
	{"wait", 'w', OPTION_SECONDS, AT(wait_s), "T", "let it become good within this time", 0,
		86400},
	{"max-error", 0, OPTION_SECONDS, AT(max_error_s), "T",
		"good only while the error bound is below", 1e-9, 16},
	{"min-sources", 0, OPTION_COUNT, AT(min_sources), "N",
		"good only while so many sources agree", 1, 1024},
	{"max-age", 0, OPTION_SECONDS, AT(max_age_s), "T",
		"good only while these (one, without) have answered within", 1e-3, 1e7},
	{0},
};

static const struct option_row poolcheck_options[] = {
	{"ipv4", '4', OPTION_FLAG, AT(ipv4), NULL, "over IPv4 only", 0, 0},
	{"ipv6", '6', OPTION_FLAG, AT(ipv6), NULL, "over IPv6 only", 0, 0},
	{"checks", 'n', OPTION_COUNT, AT(checks), "N", "how often to check (1)", 1, 1000},
	{"interval", 'i', OPTION_SECONDS, AT(check_interval_s), "T",
		"between two checks (1min; the pool: some 9min)", 0, 86400},
	{"spacing", 0, OPTION_SECONDS, AT(spacing_s), "T",
		"between the requests of a check (2s, the pool's)", 0, 60},
	{"timeout", 't', OPTION_SECONDS, AT(check_timeout_s), "T",
		"how long to wait for a reply (3s, the pool's)", 0.001, 60},
	{"record", 'r', OPTION_FLAG, AT(record), NULL, "keep the score with this host's daemon", 0,
		0},
	{"port", 'p', OPTION_COUNT, AT(port), "PORT", "UDP port of the server (123)", 1, 65535},
	{0},
};

static const struct option_row plan_options[] = {
	{"netspeed", 0, OPTION_TEXT, AT(netspeed), "SPEED", "the pool's setting, as 25Mbit", 0, 0},
	{"rate", 0, OPTION_COUNT, AT(rate_hz), "N", "requests a second", 1, 1000000000},
	{0},
};

static const struct option_row bench_options[] = {
	{"interface", 'i', OPTION_TEXT, AT(interface), "IFACE", "out of which to send; needed", 0,
		0},
	{"mac", 0, OPTION_TEXT, AT(mac), "MAC", "of the server, or of the router to it", 0, 0},
	{"time", 't', OPTION_SECONDS, AT(send_s), "T", "for how long to send (5s)", 0.01, 3600},
	{"rate", 'r', OPTION_COUNT, AT(rate_hz), "N", "requests a second (as fast as it goes)", 1,
		1000000000},
	{"count", 'c', OPTION_COUNT, AT(count), "N", "end after so many requests", 1,
		1000000000000},
	{"clients", 'n', OPTION_COUNT, AT(clients), "N", "how many addresses ask, at random (1)", 1,
		16777216},
	{"source", 's', OPTION_TEXT, AT(source), "ADDR", "the first of them", 0, 0},
	{"cores", 0, OPTION_COUNT, AT(cores), "N", "how many cores send (1)", 1, 256},
	{"port", 'p', OPTION_COUNT, AT(port), "PORT", "UDP port of the server (123)", 1, 65535},
	{"latency", 0, OPTION_FLAG, AT(latency), NULL, "measure it without --rate, too", 0, 0},
	{"verify", 0, OPTION_FLAG, AT(verify), NULL, "check checksums without --rate, too", 0, 0},
	{0},
};

static const struct command_row commands[] = {
	{"attach", "IFACE", attach_options, command_attach,
		"answer NTP requests on an interface by XDP",
		"The program stays when this command and the daemon end; \"detach\" removes it.\n"
		"Attaching again replaces the program without a gap; another mode needs "
		"\"detach\"\n"
		"first. Needs root."},
	{"detach", "IFACE", NULL, command_detach, "remove what \"attach\" made", "Needs root."},
	{"doctor", "IFACE", NULL, command_doctor,
		"what stops or slows XDP there, and what mends it",
		"Changes nothing. Sees all as root. Exit status 1 where a finding is FAIL."},
	{"status", NULL, NULL, command_status, "what is served, on which interfaces",
		"Without a daemon it reads the pins, as root."},
	{"sources", NULL, sources_options, command_sources, "the daemon's sources, as ntpq -p",
		"when, poll: seconds, or with m, h, d; delay, offset, jitter: milliseconds.\n"
		"tally: * selected, o selected with PPS, + combined, # spare, - outlier, . too\n"
		"many, x falseticker, blank: not usable."},
	{"tracking", NULL, NULL, command_tracking, "the daemon's clock, as chronyc tracking", NULL},
	{"stats", NULL, stats_options, command_stats, "requests by verdict, version and family",
		"Read from the pins as root, so that it works without a daemon; else asked for."},
	{"clients", NULL, clients_options, command_clients, "who asks, and how often",
		"As root: addresses are nobody else's matter. Counts are exact to 1,023, above it\n"
		"within some 3 %; IPv6 clients are networks. Needs a rate limit or "
		"\"clientloglimit\"."},
	{"top", NULL, top_options, command_top, "a live screen of all that",
		"Keys: q quit, space pause, s order of the clients, h help. Clients need root."},
	{"history", NULL, history_options, command_history, "the rates of the last hour or week",
		"Seconds of the last hour, minutes of the last week, since the daemon started.\n"
		"Times are UTC. \"!\": time was not good for some of it. Without Prometheus."},
	{"access", "ADDR", NULL, command_access, "which rule decides about an address", NULL},
	{"query", "HOST", query_options, command_query, "ask an NTP server, as ntpdate -q",
		"The clock is only read. offset: the server's time less this host's."},
	{"health", NULL, health_options, command_health, "exit status 0 while time is good",
		"For keepalived, BIRD, probes: 1 and one line that says why, while it is not."},
	{"poolcheck", "HOST", poolcheck_options, command_poolcheck,
		"judge a server as the NTP pool's monitor does",
		"Exit status 0: every address would be in the pool if all checks were like these;\n"
		"1: not, or nothing could be asked. -f: the server's settings, for the join "
		"rules."},
	{"plan", NULL, plan_options, command_plan, "bandwidth and load of a netspeed or a rate",
		"Exactly one of --netspeed and --rate. SPEED: a number with Kbit, Mbit or Gbit."},
	{"bench", "ADDR", bench_options, command_bench, "load a server of yours, and count",
		"Up to millions of requests/s, made in the kernel, to a host on the interface's "
		"own\n"
		"network. For servers and cables that are yours alone: it takes what it gets. "
		"Needs "
		"root.\n"
		"Exit status 1 where no good reply came."},
	{0},
};

/* Output that did not arrive is a failure: the disk is full, or the pipe is gone. */
static int finish(int status)
{
	if (fflush(stdout) != 0 || ferror(stdout))
		return session_error("cannot write to standard output");
	return status;
}

int main(int argc, char **argv)
{
	struct options options = {.mode = -1,
		.reply_path = -1,
		.samples = 3,
		.top = 20,
		.rate_interval_s = NAN,
		.refresh_s = 1,
		.since_s = 3600,
		.interval_s = 2,
		.timeout_s = 2,
		.port = 123,
		.checks = 1,
		.check_interval_s = 60,
		.check_timeout_s = POOL_SCORE_TIMEOUT_S,
		.spacing_s = POOL_SCORE_SPACING_S,
		.clients = 1,
		.cores = 1,
		.send_s = 5};
	const struct command_line line = {argc, argv, commands};
	const struct command_row *command;
	char mistake[OPTIONS_MISTAKE_MAX];

	if (options_parse(&line, &options, &command, mistake) != 0) {
		session_error("%s", mistake);
		return EXIT_USAGE;
	}
	if (options.version) {
		puts("ntpxdp " NTPXDP_VERSION);
	} else if (options.help) {
		if (command == NULL)
			options_help(commands, stdout);
		else
			options_command_help(command, stdout);
	} else {
		return finish(command->run(&options));
	}
	return finish(EXIT_GOOD);
}
