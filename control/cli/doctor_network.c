// SPDX-License-Identifier: GPL-2.0-or-later
/* Facts of connection tracking, of the port and of time daemons, from /proc; doctor_gather.h. */
#include "control/cli/doctor_gather.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

/* Lines of /proc/net/nf_conntrack that are read at most: a full table may have millions. */
#define CONNTRACK_LINES 20000

/* The kernel lets maxerror grow by 500 ppm; who keeps the clock synchronised sets it back. */
#define CLOCK_ALIVE_US 2000000

static unsigned long read_number(const char *path, bool *ret_there)
{
	FILE *file = fopen(path, "re");
	unsigned long number = 0;

	*ret_there = file != NULL && fscanf(file, "%lu", &number) == 1;
	if (file != NULL)
		fclose(file);
	return number;
}

static void find_conntrack(unsigned port, struct doctor_network *network)
{
	char wanted[32], line[512];
	FILE *file;
	bool there;

	network->conntrack_count =
		read_number("/proc/sys/net/netfilter/nf_conntrack_count", &network->conntrack);
	network->conntrack_max = read_number("/proc/sys/net/netfilter/nf_conntrack_max", &there);
	network->conntrack_port = -1;
	file = fopen("/proc/net/nf_conntrack", "re");
	if (file == NULL)
		return;
	network->conntrack_port = 0;
	/* The first dport= of a line is the request's. */
	snprintf(wanted, sizeof(wanted), "dport=%u ", port);
	for (int i = 0; i < CONNTRACK_LINES && fgets(line, sizeof(line), file); i++) {
		const char *first = strstr(line, "dport=");

		if (strstr(line, " udp ") != NULL && first != NULL &&
			strncmp(first, wanted, strlen(wanted)) == 0)
			network->conntrack_port++;
	}
	fclose(file);
}

/* The inode of a UDP socket that is bound to the port here; 0: none. */
static unsigned long find_socket(const char *path, unsigned port)
{
	FILE *file = fopen(path, "re");
	unsigned long inode = 0, found = 0;
	char line[512];
	unsigned local;

	while (file != NULL && found == 0 && fgets(line, sizeof(line), file))
		/* sl local:port remote:port st queues tr:when retransmit uid timeout inode */
		if (sscanf(line, " %*d: %*[0-9A-F]:%X %*s %*s %*s %*s %*s %*u %*d %lu", &local,
			    &inode) == 2 &&
			local == port)
			found = inode;
	if (file != NULL)
		fclose(file);
	return found;
}

static bool holds(const char *pid, unsigned long inode)
{
	char path[300], wanted[64], target[64];
	struct dirent *entry;
	bool found = false;
	DIR *folder;

	snprintf(wanted, sizeof(wanted), "socket:[%lu]", inode);
	snprintf(path, sizeof(path), "/proc/%.20s/fd", pid);
	folder = opendir(path);
	while (folder != NULL && !found && (entry = readdir(folder)) != NULL) {
		ssize_t length;

		snprintf(path, sizeof(path), "/proc/%.20s/fd/%.20s", pid, entry->d_name);
		length = readlink(path, target, sizeof(target) - 1);
		target[length < 0 ? 0 : length] = '\0';
		found = strcmp(target, wanted) == 0;
	}
	if (folder != NULL)
		closedir(folder);
	return found;
}

/* Name and systemd unit: the last part of a cgroup's path that ends with ".service". */
static void describe(const char *pid, struct doctor_process *process)
{
	char path[64], line[512];
	FILE *file;

	memset(process, 0, sizeof(*process));
	process->pid = atoi(pid);
	snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
	file = fopen(path, "re");
	if (file != NULL && fgets(process->name, sizeof(process->name), file))
		process->name[strcspn(process->name, "\n")] = '\0';
	if (file != NULL)
		fclose(file);
	snprintf(path, sizeof(path), "/proc/%.20s/cgroup", pid);
	file = fopen(path, "re");
	while (file != NULL && fgets(line, sizeof(line), file)) {
		char *end = strstr(line, ".service\n"), *slash;

		if (end == NULL)
			continue;
		*end = '\0';
		slash = strrchr(line, '/');
		snprintf(process->unit, sizeof(process->unit), "%s", slash ? slash + 1 : "");
	}
	if (file != NULL)
		fclose(file);
}

/* Is the process in our network namespace? Where we may not look: yes. */
static bool is_near(const char *pid)
{
	char path[64], theirs[64] = "", ours[64] = "";

	snprintf(path, sizeof(path), "/proc/%.20s/ns/net", pid);
	return readlink(path, theirs, sizeof(theirs) - 1) <= 0 ||
	       readlink("/proc/self/ns/net", ours, sizeof(ours) - 1) <= 0 ||
	       strcmp(theirs, ours) == 0;
}

static bool is_time_daemon(const char *name)
{
	/* Names of /proc/PID/comm, which has 15 characters. */
	static const char *const names[] = {
		"ntpxdpd", "chronyd", "ntpd", "systemd-timesyn", "ptp4l", "phc2sys", "timemaster"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static void look_at_process(const char *pid, unsigned long inode, struct doctor_network *network)
{
	struct doctor_process process;

	describe(pid, &process);
	if (is_time_daemon(process.name) && is_near(pid) &&
		network->daemon_count < DOCTOR_DAEMONS_MAX)
		network->daemon[network->daemon_count++] = process;
	if (inode != 0 && network->port_holder.pid == 0 && holds(pid, inode))
		network->port_holder = process;
}

static void find_processes(unsigned port, struct doctor_network *network)
{
	unsigned long inode = find_socket("/proc/net/udp", port);
	struct dirent *entry;
	DIR *folder;

	if (inode == 0)
		inode = find_socket("/proc/net/udp6", port);
	network->port_taken = inode != 0;
	folder = opendir("/proc");
	while (folder != NULL && (entry = readdir(folder)) != NULL)
		if (isdigit((unsigned char)entry->d_name[0]))
			look_at_process(entry->d_name, inode, network);
	if (folder != NULL)
		closedir(folder);
}

void doctor_gather_network(unsigned port, struct doctor_network *ret_network)
{
	struct timex timex = {.modes = 0};

	memset(ret_network, 0, sizeof(*ret_network));
	find_conntrack(port, ret_network);
	find_processes(port, ret_network);
	ret_network->clock_steered = clock_adjtime(CLOCK_REALTIME, &timex) >= 0 &&
				     !(timex.status & STA_UNSYNC) &&
				     timex.maxerror < CLOCK_ALIVE_US;
	doctor_gather_firewall(port, &ret_network->firewall);
}
