/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ntpxdpd: the command line, and nothing else. Settings are config.h's, the rest daemon.h's.
 */
#include "control/daemon.h"
#include "control/log.h"
#include "control/metrics.h"
#include "control/settings.h"

#include <bpf/libbpf.h>
#include <event2/event.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	struct option option;
	const char *argument, *help;
} options[] = {
	{{"file", required_argument, NULL, 'f'}, "FILE",
		"settings file (default " CONFIG_DEFAULT_FILE ")"},
	{{"leave-clock", no_argument, NULL, 'x'}, "",
		"leave the system clock alone, whatever the file says"},
	{{"print", no_argument, NULL, 'p'}, "", "check and print the settings, then end"},
	{{"no-data-plane", no_argument, NULL, 'n'}, "",
		"no BPF, no netlink, no threads, no root: only UDP sockets"},
	{{"metrics-table", no_argument, NULL, 'm'}, "",
		"the table of metrics in Markdown, as docs/metrics.md has it"},
	{{"help", no_argument, NULL, 'h'}, "", "this text and all settings"},
	{{"version", no_argument, NULL, 'V'}, "", "the version"},
};

#define OPTIONS (sizeof(options) / sizeof(options[0]))

static void print_help(void)
{
	puts("ntpxdpd: keeps time and serves it at the network card (NTP, XDP)\n\n"
	     "usage: ntpxdpd [-f FILE] [-x] [-p] [-n] [-m]\n\noptions:");
	for (size_t i = 0; i < OPTIONS; i++)
		printf("    -%c, --%s %s\n            %s\n", options[i].option.val,
			options[i].option.name, options[i].argument, options[i].help);
	puts("\nsettings, one a line of the file; times take ns us ms s min h d, bare numbers are\n"
	     "seconds; words of ntp.conf and chrony.conf keep their own units:\n");
	config_help(stdout);
}

/* Libraries speak through the log, one level down. */
static int libbpf_says(enum libbpf_print_level level, const char *format, va_list list)
{
	log_library("libbpf",
		level == LIBBPF_WARN   ? LOG_WARNING
		: level == LIBBPF_INFO ? LOG_INFO
				       : LOG_DEBUG,
		format, list);
	return 0;
}

static void library_says(const char *library, int priority, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void library_says(const char *library, int priority, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	log_library(library, priority, format, list);
	va_end(list);
}

static void libevent_says(int severity, const char *text)
{
	static const int priorities[] = {
		[EVENT_LOG_DEBUG] = LOG_DEBUG,
		[EVENT_LOG_MSG] = LOG_INFO,
		[EVENT_LOG_WARN] = LOG_WARNING,
		[EVENT_LOG_ERR] = LOG_ERR,
	};

	library_says("libevent",
		severity >= EVENT_LOG_DEBUG && severity <= EVENT_LOG_ERR ? priorities[severity]
									 : LOG_WARNING,
		"%s", text);
}

/* Settings as they were understood; the exit status. */
static int print_settings(const char *file)
{
	struct config *config = settings_load(file);

	if (!config)
		return EXIT_FAILURE;
	config_print(config, stdout);
	config_free(config);
	return EXIT_SUCCESS;
}

static int usage_error(const char *text, const char *word)
{
	log_line(LOG_ERR, "%s%s; see ntpxdpd --help", text, word);
	return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	struct daemon_options daemon = {.file = CONFIG_DEFAULT_FILE};
	struct option known[OPTIONS + 1];
	struct config *config;
	bool print = false;
	int letter;

	memset(known, 0, sizeof(known));
	for (size_t i = 0; i < OPTIONS; i++)
		known[i] = options[i].option;
	log_open("ntpxdpd");
	libbpf_set_print(libbpf_says);
	event_set_log_callback(libevent_says);
	opterr = 0;
	while ((letter = getopt_long(argc, argv, ":f:xpnmhV", known, NULL)) != -1) {
		if (letter == 'f')
			daemon.file = optarg;
		else if (letter == 'x')
			daemon.leave_system_clock = true;
		else if (letter == 'p')
			print = true;
		else if (letter == 'n')
			daemon.bare = true;
		else if (letter == 'm')
			return metrics_describe(stdout), EXIT_SUCCESS;
		else if (letter == 'h')
			return print_help(), EXIT_SUCCESS;
		else if (letter == 'V')
			return printf("ntpxdpd %s\n", NTPXDP_VERSION) < 0;
		else
			return usage_error(
				letter == ':' ? "a file name is missing after " : "unknown option ",
				argv[optind - 1]);
	}
	if (optind < argc)
		return usage_error("nothing is expected after the options: ", argv[optind]);
	if (print)
		return print_settings(daemon.file);
	config = settings_load(daemon.file);
	return config ? daemon_run(&daemon, config) : EXIT_FAILURE;
}
