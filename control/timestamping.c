// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's way is Documentation/networking/timestamping.rst. Transmit stamps
 * come through the error queue, without the packet (OPT_TSONLY).
 */
#include "control/timestamping.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <linux/errqueue.h>
#include <linux/net_tstamp.h>

#define NS_PER_S        1000000000LL
#define ERROR_QUEUE_MAX 16
/* REALTIME may be slewed against RAW: by 500 ppm through adjtime(), by what the oscillator is off
 * besides. What moves further than this was stepped. */
#define SLEW_MAX_PPM    1000
#define STEP_MIN_NS     20000

int timestamping_enable(int fd)
{
	int flags = SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE |
		    SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_OPT_TSONLY;

	return setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof(flags)) ? -errno : 0;
}

int timestamping_keep_on(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	int ret;

	if (fd < 0)
		fd = socket(AF_INET6, SOCK_DGRAM, 0);
	if (fd < 0)
		return -errno;
	(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	ret = timestamping_enable(fd);
	if (ret < 0) {
		close(fd);
		return ret;
	}
	return fd;
}

static int64_t timespec_ns(const struct timespec *time)
{
	return time->tv_sec * NS_PER_S + time->tv_nsec;
}

bool timestamping_convert(int64_t stamp_real_ns, const struct clocks_pair *before,
	const struct clocks_pair *after, uint64_t *ret_raw_ns)
{
	int64_t elapsed = (int64_t)(after->raw_ns - before->raw_ns);
	int64_t moved = after->real_ns - before->real_ns - elapsed;
	int64_t slack = (int64_t)before->window_ns + after->window_ns;
	int64_t tolerated = STEP_MIN_NS + slack + elapsed / 1000000 * SLEW_MAX_PPM;
	int64_t age;

	if (moved > tolerated || moved < -tolerated)
		return false;
	/* Bounded first: a stamp may be any number. */
	if (stamp_real_ns > after->real_ns + slack ||
		stamp_real_ns < before->real_ns - slack - tolerated)
		return false;
	age = after->real_ns - stamp_real_ns;
	if (age < 0)
		age = 0;
	if (age > elapsed)
		age = elapsed;
	*ret_raw_ns = after->raw_ns - (uint64_t)age;
	return true;
}

/* The software stamp among the control messages, 0 without one. */
static int64_t find_stamp(struct msghdr *message)
{
	struct scm_timestamping stamps;
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPING ||
			c->cmsg_len < CMSG_LEN(sizeof(stamps)))
			continue;
		memcpy(&stamps, CMSG_DATA(c), sizeof(stamps));
		return timespec_ns(&stamps.ts[0]);
	}
	return 0;
}

int timestamping_receive(int fd, struct timestamping_datagram *datagram)
{
	char control[256] __attribute__((aligned(8)));
	struct iovec vector = {datagram->data, datagram->size};
	struct msghdr message = {
		.msg_name = &datagram->from,
		.msg_namelen = sizeof(datagram->from),
		.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t length = recvmsg(fd, &message, MSG_DONTWAIT | MSG_TRUNC);

	if (length < 0)
		return -errno;
	datagram->length = (size_t)length;
	datagram->from_length = message.msg_namelen;
	datagram->stamp_real_ns = find_stamp(&message);
	return 0;
}

bool timestamping_sent(int fd, int64_t *ret_stamp_real_ns)
{
	char control[512] __attribute__((aligned(8)));
	char first; /* octet of a packet: the kernel gives none, a simulator may */
	bool found = false;
	int i;

	for (i = 0; i < ERROR_QUEUE_MAX && !found; i++) {
		struct iovec vector = {&first, sizeof(first)};
		struct msghdr message = {
			.msg_iov = &vector,
			.msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof(control),
		};
		int64_t stamp;

		if (recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
			break;
		stamp = find_stamp(&message);
		if (stamp) {
			*ret_stamp_real_ns = stamp;
			found = true;
		}
	}
	return found;
}
