// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of options and the setters that its rows name. See options.h.
 */
#include "tests/bench/options.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/generator.h"

#define CLIENTS_MAX  16777216ULL /* what the default source4, a /8, has room for */
#define BATCH_MAX    256ULL      /* the kernel's limit for live frames */
#define REPEAT_MAX   1000000000ULL
#define RATE_MAX     1000000000ULL
#define REQUESTS_MAX 1000000000000ULL
#define SECONDS_MAX  3600.0

/* Benchmarking addresses (RFC 2544 app. C.2.2), private ones for the clients. */
#define DEFAULT_SERVER4 "198.18.0.1"
#define DEFAULT_SOURCE4 "10.0.0.0"
#define DEFAULT_SERVER6 "fd4e:7470::1"
#define DEFAULT_SOURCE6 "fd4e:7471::1"

struct row {
	const char *name;
	const char *argument; /* NULL: a switch */
	int (*set)(struct options *options, const char *value);
	const char *help;
};

static int read_number(const char *value, unsigned long long max, unsigned long long *ret)
{
	unsigned long long number;
	char *end;

	if (!isdigit((unsigned char)*value))
		return -EINVAL;
	errno = 0;
	number = strtoull(value, &end, 10);
	if (errno || *end || number > max)
		return -EINVAL;
	*ret = number;
	return 0;
}

static int read_count(const char *value, unsigned long long max, uint32_t *ret)
{
	unsigned long long number;

	if (read_number(value, max, &number) < 0 || number == 0)
		return -EINVAL;
	*ret = (uint32_t)number;
	return 0;
}

static int set_interface(struct options *options, const char *value)
{
	options->interface = value;
	return 0;
}

static int set_peer(struct options *options, const char *value)
{
	options->peer = value;
	return 0;
}

static int set_peer_netns(struct options *options, const char *value)
{
	options->peer_netns = value;
	return 0;
}

/* Printed inside a JSON string, so nothing that would need escaping. */
static int set_label(struct options *options, const char *value)
{
	for (const char *c = value; *c; c++) {
		if (!isalnum((unsigned char)*c) && !strchr("-_. ", *c))
			return -EINVAL;
	}
	options->label = value;
	return 0;
}

static int set_program(struct options *options, const char *value)
{
	if (strcmp(value, "reflector") == 0)
		options->program = PEER_REFLECT;
	else if (strcmp(value, "sink") == 0)
		options->program = PEER_SINK;
	else if (strcmp(value, "none") == 0)
		options->program = PEER_NONE;
	else
		return -EINVAL;
	if (!options->label)
		options->label = value;
	return 0;
}

static int set_server_mac(struct options *options, const char *value)
{
	unsigned int octets[6];
	char more;

	if (sscanf(value, "%2x:%2x:%2x:%2x:%2x:%2x%c", &octets[0], &octets[1], &octets[2],
		    &octets[3], &octets[4], &octets[5], &more) != 6)
		return -EINVAL;
	for (int i = 0; i < 6; i++)
		options->server_mac[i] = (uint8_t)octets[i];
	options->server_mac_given = true;
	return 0;
}

static int set_port(struct options *options, const char *value)
{
	uint32_t port;

	if (read_count(value, UINT16_MAX, &port) < 0)
		return -EINVAL;
	options->port = (uint16_t)port;
	return 0;
}

static int set_server4(struct options *options, const char *value)
{
	return inet_pton(AF_INET, value, &options->server4) == 1 ? 0 : -EINVAL;
}

static int set_source4(struct options *options, const char *value)
{
	return inet_pton(AF_INET, value, &options->source4) == 1 ? 0 : -EINVAL;
}

static int set_server6(struct options *options, const char *value)
{
	return inet_pton(AF_INET6, value, &options->server6) == 1 ? 0 : -EINVAL;
}

static int set_source6(struct options *options, const char *value)
{
	return inet_pton(AF_INET6, value, &options->source6) == 1 ? 0 : -EINVAL;
}

static int set_clients(struct options *options, const char *value)
{
	return read_count(value, CLIENTS_MAX, &options->clients);
}

static int set_batch(struct options *options, const char *value)
{
	return read_count(value, BATCH_MAX, &options->batch);
}

static int set_repeat(struct options *options, const char *value)
{
	return read_count(value, REPEAT_MAX, &options->repeat);
}

static int set_server_pid(struct options *options, const char *value)
{
	return read_count(value, INT32_MAX, &options->server_pid);
}

static int set_seconds(struct options *options, const char *value)
{
	char *end;
	double seconds = strtod(value, &end);

	if (end == value || *end || !(seconds > 0 && seconds <= SECONDS_MAX))
		return -EINVAL;
	options->seconds = seconds;
	return 0;
}

static int set_rate(struct options *options, const char *value)
{
	unsigned long long rate;

	if (read_number(value, RATE_MAX, &rate) < 0)
		return -EINVAL;
	options->rate_hz = rate;
	return 0;
}

static int set_requests(struct options *options, const char *value)
{
	unsigned long long count;

	if (read_number(value, REQUESTS_MAX, &count) < 0)
		return -EINVAL;
	options->count = count;
	return 0;
}

static int set_cores(struct options *options, const char *value)
{
	return read_count(value, GENERATOR_CPUS, &options->cores);
}

static int set_families(struct options *options, const char *value)
{
	if (strcmp(value, "4") != 0 && strcmp(value, "6") != 0 && strcmp(value, "46") != 0)
		return -EINVAL;
	options->family4 = strchr(value, '4') != NULL;
	options->family6 = strchr(value, '6') != NULL;
	return 0;
}

static int set_verify(struct options *options, const char *value)
{
	(void)value;
	options->verify_checksum = true;
	return 0;
}

static int set_latency(struct options *options, const char *value)
{
	(void)value;
	options->measure_latency = true;
	return 0;
}

static int set_any(struct options *options, const char *value)
{
	(void)value;
	options->any_verdict = true;
	return 0;
}

static int set_verbose(struct options *options, const char *value)
{
	(void)value;
	options->verbose = true;
	return 0;
}

static const struct row rows[] = {
	{"iface", "IF", set_interface, "interface to send from, or under test for program-run"},
	{"peer", "IF", set_peer, "the server's end: gives its MAC address, carries --program"},
	{"peer-netns", "PATH", set_peer_netns, "namespace of the peer, as /run/netns/NAME"},
	{"program", "NAME", set_program, "reflector, sink, or none: leave the peer as it is"},
	{"label", "TEXT", set_label, "what the output calls this measurement"},
	{"server-mac", "MAC", set_server_mac, "the server's MAC address, without --peer"},
	{"server-pid", "N", set_server_pid, "tell what CPU time that process takes"},
	{"port", "N", set_port, "the server's UDP port (123)"},
	{"server4", "ADDRESS", set_server4, "the server (" DEFAULT_SERVER4 ")"},
	{"source4", "ADDRESS", set_source4, "the first client (" DEFAULT_SOURCE4 ")"},
	{"server6", "ADDRESS", set_server6, "the server (" DEFAULT_SERVER6 ")"},
	{"source6", "ADDRESS", set_source6,
		"the clients, octets 5 to 8 vary (" DEFAULT_SOURCE6 ")"},
	{"clients", "N", set_clients, "how many addresses ask, at random (1)"},
	{"batch", "N", set_batch, "frames to a softirq, at most 256 (by the rate)"},
	{"repeat", "N", set_repeat, "program-run: repeats (1000000)"},
	{"seconds", "S", set_seconds, "how long to send, for each family (1)"},
	{"rate", "N", set_rate, "requests a second (0: as fast as it goes)"},
	{"requests", "N", set_requests, "end after so many of each family"},
	{"cores", "N", set_cores, "how many of the CPUs that it may use send (1)"},
	{"families", "4|6|46", set_families, "IP versions (4)"},
	{"verify", NULL, set_verify, "check the replies' checksums too"},
	{"latency", NULL, set_latency, "measure it; costs two clock reads a round trip"},
	{"any", NULL, set_any, "program-run: take what is not answered, too"},
	{"verbose", NULL, set_verbose, "let libbpf say what it thinks"},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static void print_help(const char *name)
{
	printf("usage: %s [options]\n", name);
	for (size_t i = 0; i < ROWS; i++)
		printf("  --%-10s %-8s %s\n", rows[i].name,
			rows[i].argument ? rows[i].argument : "", rows[i].help);
}

static void set_defaults(struct options *options)
{
	*options = (struct options){
		.port = 123,
		.clients = 1,
		.cores = 1,
		.repeat = 1000000,
		.seconds = 1,
		.family4 = true,
	};
	inet_pton(AF_INET, DEFAULT_SERVER4, &options->server4);
	inet_pton(AF_INET, DEFAULT_SOURCE4, &options->source4);
	inet_pton(AF_INET6, DEFAULT_SERVER6, &options->server6);
	inet_pton(AF_INET6, DEFAULT_SOURCE6, &options->source6);
}

int options_parse(struct options *ret, int argc, char **argv)
{
	struct option table[ROWS + 2] = {0};
	struct options options;
	int chosen;

	for (size_t i = 0; i < ROWS; i++)
		table[i] = (struct option){rows[i].name,
			rows[i].argument ? required_argument : no_argument, NULL, (int)i};
	table[ROWS] = (struct option){"help", no_argument, NULL, 'h'};
	set_defaults(&options);
	while ((chosen = getopt_long(argc, argv, "h", table, NULL)) != -1) {
		if (chosen == 'h') {
			print_help(argv[0]);
			return 1;
		}
		if (chosen == '?')
			return -EINVAL;
		if (rows[chosen].set(&options, optarg) < 0) {
			fprintf(stderr, "%s: --%s: \"%s\" is not accepted; expected: %s\n", argv[0],
				rows[chosen].name, optarg, rows[chosen].help);
			return -EINVAL;
		}
	}
	if (optind < argc || !options.interface) {
		fprintf(stderr, "%s: %s; see --help\n", argv[0],
			options.interface ? "too many arguments" : "--iface is missing");
		return -EINVAL;
	}
	*ret = options;
	return 0;
}
