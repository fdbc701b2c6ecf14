// SPDX-License-Identifier: GPL-2.0-or-later
/* See shared.h. */
#include "dataplane/dpdk/shared.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "dataplane/dpdk/locate.h"
#include "dataplane/dpdk/say.h"

#define PINDIR "/sys/fs/bpf/ntpxdp"

static int find(const struct dpdk_options *options, char *ret_pindir, size_t size)
{
	const char *socket = options->socket ? options->socket : LOCATE_SOCKET;
	int error;

	if (options->pindir != NULL) {
		snprintf(ret_pindir, size, "%s", options->pindir);
		return 0;
	}
	error = locate_pindir(socket, ret_pindir, size);
	if (error == -ENOTSUP)
		say("the daemon on %s shares no state (ntpxdpd -n without a `pindir` line); give "
		    "it "
		    "one outside of bpffs",
			socket);
	else if (error && options->socket)
		say("no answer from a daemon on %s: %s; is ntpxdpd running?", socket,
			strerror(-error));
	/* No daemon now, perhaps, but its pins. */
	if (!error || options->socket || error == -ENOTSUP)
		return error;
	snprintf(ret_pindir, size, "%s", PINDIR);
	return 0;
}

static void explain(const struct state_failure *failure, int error)
{
	switch (error) {
	case -ENOENT:
		say("no state in %s: start ntpxdpd first, or name its folder with --pindir",
			failure->object);
		return;
	case -EPROTO:
		say("%s is of another layout: ntpxdpd and ntpxdp-dpdk must be of one version",
			failure->object);
		return;
	case -EXDEV:
		say("%s is of another network namespace; start this engine in that of the daemon",
			failure->object);
		return;
	default:
		say("%s %s failed: %s%s", failure->doing, failure->object, strerror(-error),
			error == -EACCES || error == -EPERM ? "; start it as root" : "");
	}
}

static ino_t inode_of(const struct state *state, const char *pin)
{
	char path[STATE_PATH_MAX + 32];
	struct stat status;

	snprintf(path, sizeof(path), "%s/%s", state->directory, pin);
	return stat(path, &status) == 0 ? status.st_ino : 0;
}

static void note_pins(struct shared *shared)
{
	shared->page = inode_of(shared->state, "time_page");
	shared->clients = inode_of(shared->state, "clients");
}

int shared_open(const struct dpdk_options *options, struct shared *ret_shared)
{
	struct state_failure failure = {.doing = "opening"};
	struct shared shared = {0};
	int error = find(options, shared.pindir, sizeof(shared.pindir));

	if (error)
		return error;
	error = state_open_to_write(shared.pindir, &shared.state, &failure);
	if (error) {
		explain(&failure, error);
		return error;
	}
	note_pins(&shared);
	*ret_shared = shared;
	return 0;
}

bool shared_replaced(const struct shared *shared)
{
	ino_t page = inode_of(shared->state, "time_page");
	ino_t clients = inode_of(shared->state, "clients");

	return page != 0 && clients != 0 && (page != shared->page || clients != shared->clients);
}

int shared_reopen(struct shared *shared, struct state **ret_old)
{
	struct state_failure failure;
	struct state *fresh;
	int error = state_open_to_write(shared->pindir, &fresh, &failure);

	if (error)
		return error;
	*ret_old = shared->state;
	shared->state = fresh;
	note_pins(shared);
	return 0;
}
