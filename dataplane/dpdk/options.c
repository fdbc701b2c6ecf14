// SPDX-License-Identifier: GPL-2.0-or-later
/* See options.h. */
#include "dataplane/dpdk/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/core/counters.h"
#include "dataplane/dpdk/say.h"

static const struct option table[] = {
	{"socket", required_argument, NULL, 's'},
	{"pindir", required_argument, NULL, 'p'},
	{"queues", required_argument, NULL, 'q'},
	{"exception", required_argument, NULL, 'e'},
	{NULL, 0, NULL, 0},
};

static const char usage[] =
	"usage: ntpxdp-dpdk [EAL options] -- [--socket PATH | --pindir DIR] [--queues N]\n"
	"                   [--exception kernel|none]\n"
	"\n"
	"Answers NTP on one port of DPDK, from the time page of ntpxdpd.\n"
	"\n"
	"  --socket PATH     asks the daemon there for its folder (default "
	"/run/ntpxdp/control)\n"
	"  --pindir DIR      the folder itself\n"
	"  --queues N        queues of the port, each with a worker on an lcore of its own\n"
	"                    (default: one for each lcore)\n"
	"  --exception WHAT  what is not answered: kernel (default): goes to the host by an\n"
	"                    interface of its own; none: is dropped, and counted\n"
	"\n"
	"EAL options choose cores (-l), the card (-a) or a virtual device (--vdev), and memory.\n";

bool options_told(int argc, char **argv)
{
	if (argc != 2)
		return false;
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		fputs(usage, stdout);
	else if (strcmp(argv[1], "--version") == 0)
		puts("ntpxdp-dpdk " NTPXDP_VERSION);
	else
		return false;
	return true;
}

static int take_queues(struct dpdk_options *options, const char *text)
{
	char *end;
	unsigned long queues = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || queues < 1 || queues > COUNTERS_WORKERS) {
		say("--queues %s: a number from 1 to %d", text, COUNTERS_WORKERS);
		return -EINVAL;
	}
	options->queues = (uint16_t)queues;
	return 0;
}

static int take_exception(struct dpdk_options *options, const char *text)
{
	options->host = strcmp(text, "kernel") == 0;
	if (options->host || strcmp(text, "none") == 0)
		return 0;
	say("--exception %s: there are kernel and none", text);
	return -EINVAL;
}

static int take(struct dpdk_options *options, int option)
{
	switch (option) {
	case 's':
		options->socket = optarg;
		return 0;
	case 'p':
		options->pindir = optarg;
		return 0;
	case 'q':
		return take_queues(options, optarg);
	case 'e':
		return take_exception(options, optarg);
	default:
		say("unknown option, or one without its value; see ntpxdp-dpdk --help");
		return -EINVAL;
	}
}

int options_parse(struct dpdk_options *ret_options, int argc, char **argv)
{
	struct dpdk_options options = {.host = true};
	int option, error = 0;

	optind = 1; /* the EAL has used getopt, too */
	opterr = 0;
	while (!error && (option = getopt_long(argc, argv, "", table, NULL)) != -1)
		error = take(&options, option);
	if (!error && optind < argc) {
		say("\"%s\" is no option; see ntpxdp-dpdk --help", argv[optind]);
		error = -EINVAL;
	}
	if (!error && options.socket && options.pindir) {
		say("--socket and --pindir: one of them");
		error = -EINVAL;
	}
	if (!error)
		*ret_options = options;
	return error;
}
