// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs the programs that can show the packet filter's rules, and has their output read
 * (doctor_rules.h). Rules are nowhere else to be read: nf_tables' netlink has them as bytecode.
 */
#include "control/cli/doctor_gather.h"
#include "control/cli/doctor_rules.h"
#include "control/clocks.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM_MS  5000
#define OUTPUT_MAX  (16U << 20)
#define OUTPUT_STEP (64U << 10)

/* The program's path, or false: it is not installed. PATH of an ordinary user lacks sbin. */
static bool find_program(const char *name, char *path, size_t size)
{
	static const char *const folders[] = {"/usr/sbin", "/sbin", "/usr/bin", "/bin"};

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, size, "%s/%s", folders[i], name);
		if (access(path, X_OK) == 0)
			return true;
	}
	return false;
}

/* All that comes before the end or the deadline; NULL: too much, too late, or no memory. */
static char *read_all(int fd)
{
	uint64_t end_ns = clocks_mono_ns() + PROGRAM_MS * UINT64_C(1000000);
	char *text = malloc(OUTPUT_STEP + 1);
	size_t length = 0, size = OUTPUT_STEP;

	while (text != NULL && length < OUTPUT_MAX) {
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		int64_t left_ms = (int64_t)(end_ns - clocks_mono_ns()) / 1000000;
		ssize_t got;

		if (left_ms <= 0 || poll(&ready, 1, (int)left_ms) <= 0)
			break;
		got = read(fd, text + length, size - length);
		if (got <= 0) {
			text[length] = '\0';
			return text;
		}
		length += (size_t)got;
		if (length == size) {
			char *larger = realloc(text, size + OUTPUT_STEP + 1);

			if (larger == NULL)
				break;
			text = larger;
			size += OUTPUT_STEP;
		}
	}
	free(text);
	return NULL;
}

static int spawn(char *const words[], int output)
{
	posix_spawn_file_actions_t actions;
	pid_t pid = -1;
	int error;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	error = posix_spawn(&pid, words[0], &actions, NULL, words, environ);
	posix_spawn_file_actions_destroy(&actions);
	return error ? -error : pid;
}

/* What a program prints, for the caller to free; NULL: blind says why. */
static char *run(char *const words[], const char *name, struct doctor_firewall *firewall)
{
	int ends[2], pid, status = 0;
	char *text = NULL;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return NULL;
	pid = spawn(words, ends[1]);
	close(ends[1]);
	if (pid > 0) {
		text = read_all(ends[0]);
		if (text == NULL)
			kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
	}
	close(ends[0]);
	if (text != NULL && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return text;
	snprintf(firewall->blind, sizeof(firewall->blind), "%s %s%s", name,
		pid <= 0       ? "does not start"
		: text == NULL ? "gave no list within 5 s"
			       : "failed",
		geteuid() != 0 ? "; it takes root" : "");
	free(text);
	return NULL;
}

/* True: all tables of iptables were seen, or there is no iptables. */
static bool look_at_iptables(const char *family, unsigned port, struct doctor_firewall *firewall)
{
	const char *name = strcmp(family, "ip") == 0 ? "iptables-save" : "ip6tables-save";
	char path[64], *words[] = {path, NULL}, *text;
	bool whole;

	if (!find_program(name, path, sizeof(path)))
		return false;
	text = run(words, name, firewall);
	if (text == NULL)
		return false;
	firewall->looked = true;
	whole = doctor_rules_iptables(text, family, port, firewall);
	free(text);
	return whole;
}

static void look_at_nft(unsigned port, bool iptables, struct doctor_firewall *firewall)
{
	char path[64], json[] = "-j", list[] = "list", what[] = "ruleset", *text;
	char *words[] = {path, json, list, what, NULL};

	if (!find_program("nft", path, sizeof(path))) {
		snprintf(firewall->blind, sizeof(firewall->blind),
			"there is no nft program (apt install nftables)");
		return;
	}
	text = run(words, "nft", firewall);
	if (text == NULL)
		return;
	if (doctor_rules_nft(text, port, iptables, firewall))
		firewall->looked = true;
	else
		snprintf(firewall->blind, sizeof(firewall->blind),
			"nft's list is not JSON (was it built without?)");
	free(text);
}

void doctor_gather_firewall(unsigned port, struct doctor_firewall *ret_firewall)
{
	struct doctor_firewall *firewall = ret_firewall;
	bool both;

	memset(firewall, 0, sizeof(*firewall));
	both = look_at_iptables("ip", port, firewall);
	both &= look_at_iptables("ip6", port, firewall);
	look_at_nft(port, both, firewall);
}
