// SPDX-License-Identifier: GPL-2.0-or-later
/* Documentation/networking/timestamping.rst of the kernel, sec. 1.3 and 2. */
#include "dataplane/socket/sent.h"

#include <time.h> /* which linux/errqueue.h wants, and does not include */

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#define NS_PER_S     1000000000LL
#define UDP_HEADER   8
#define LOOPED_MAX   256 /* Ethernet, tags, IPv6, UDP and our 48 octets are 122 */
#define CONTROL_SIZE 512

int sent_enable(int fd)
{
	int flags = SOF_TIMESTAMPING_SOFTWARE;

	return setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof(flags)) ? -errno : 0;
}

size_t sent_ask(char *control, size_t length)
{
	struct cmsghdr *c = (struct cmsghdr *)(void *)(control + length);
	uint32_t flags = SOF_TIMESTAMPING_TX_SOFTWARE;

	memset(c, 0, CMSG_SPACE(sizeof(flags)));
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SO_TIMESTAMPING;
	c->cmsg_len = CMSG_LEN(sizeof(flags));
	memcpy(CMSG_DATA(c), &flags, sizeof(flags));
	return length + CMSG_SPACE(sizeof(flags));
}

static int64_t read_stamp(struct msghdr *message)
{
	struct scm_timestamping stamps;
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPING ||
			c->cmsg_len < CMSG_LEN(sizeof(stamps)))
			continue;
		memcpy(&stamps, CMSG_DATA(c), sizeof(stamps));
		return stamps.ts[0].tv_sec * NS_PER_S + stamps.ts[0].tv_nsec;
	}
	return 0;
}

/* From the end: what stands before the IP header differs between devices. */
static bool read_frame(
	const uint8_t *frame, size_t length, enum frame_family family, struct sent *sent)
{
	size_t tail = sizeof(sent->packet) + UDP_HEADER;

	sent->peer_size = family == FRAME_IPV4 ? 4 : 16;
	if (length < tail + sent->peer_size)
		return false;
	memcpy(&sent->packet, frame + length - sizeof(sent->packet), sizeof(sent->packet));
	/* The destination ends the header of IPv6, and that of IPv4 without options. */
	memcpy(sent->peer, frame + length - tail - sent->peer_size, sent->peer_size);
	return true;
}

bool sent_read(int fd, enum frame_family family, struct sent *ret_sent)
{
	uint8_t frame[LOOPED_MAX];
	char control[CONTROL_SIZE] __attribute__((aligned(8)));
	struct iovec vector = {frame, sizeof(frame)};
	struct msghdr message = {.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control)};
	ssize_t length = recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT);

	if (length < 0)
		return false;
	*ret_sent = (struct sent){0};
	if (!(message.msg_flags & MSG_TRUNC) && read_frame(frame, (size_t)length, family, ret_sent))
		ret_sent->stamp_real_ns = read_stamp(&message);
	return true;
}
