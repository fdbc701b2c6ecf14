// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Enters the server's namespace for as long as attaching takes. See peer.h.
 */
#include "tests/bench/peer.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bpf/generator.h"

#include "reflector.skel.h"

struct peer {
	struct reflector_bpf *skeleton;
	struct bpf_link *link;
	uint8_t mac[6];
};

int peer_read_mac(const char *name, uint8_t ret_mac[6])
{
	struct ifreq request = {0};
	int error = 0;
	int fd;

	if (strlen(name) >= sizeof(request.ifr_name))
		return -ENODEV;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	strcpy(request.ifr_name, name);
	if (ioctl(fd, SIOCGIFHWADDR, &request) < 0)
		error = -errno;
	else
		memcpy(ret_mac, request.ifr_hwaddr.sa_data, 6);
	close(fd);
	return error;
}

const uint8_t *peer_mac(const struct peer *peer)
{
	return peer->mac;
}

static int attach(struct peer *peer, const char *name, enum peer_program program)
{
	unsigned int ifindex = if_nametoindex(name);
	int error = ifindex ? peer_read_mac(name, peer->mac) : -errno;

	if (error || program == PEER_NONE)
		return error;
	peer->skeleton = reflector_bpf__open_and_load();
	if (!peer->skeleton)
		return -errno;
	peer->link = bpf_program__attach_xdp(
		program == PEER_SINK ? peer->skeleton->progs.sink : peer->skeleton->progs.reflect,
		(int)ifindex);
	return peer->link ? 0 : -errno;
}

/* Runs attach() in the namespace `netns` and comes back. */
static int attach_in(
	const char *netns, struct peer *peer, const char *name, enum peer_program program)
{
	int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	int away = open(netns, O_RDONLY | O_CLOEXEC);
	int error = 0;

	if (home < 0 || away < 0 || setns(away, CLONE_NEWNET) < 0) {
		error = -errno;
		goto out;
	}
	error = attach(peer, name, program);
	/* Going on in the wrong namespace would measure something else. */
	if (setns(home, CLONE_NEWNET) < 0)
		error = -errno;
out:
	if (home >= 0)
		close(home);
	if (away >= 0)
		close(away);
	return error;
}

struct peer *peer_new(const char *netns, const char *name, enum peer_program program)
{
	struct peer *peer = calloc(1, sizeof(*peer));
	int error;

	if (!peer)
		return NULL;
	error = netns ? attach_in(netns, peer, name, program) : attach(peer, name, program);
	if (!error)
		return peer;
	peer_free(peer);
	errno = -error;
	return NULL;
}

void peer_free(struct peer *peer)
{
	if (!peer)
		return;
	bpf_link__destroy(peer->link);
	reflector_bpf__destroy(peer->skeleton);
	free(peer);
}
