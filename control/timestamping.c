// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's way is Documentation/networking/timestamping.rst. Transmit stamps
 * come through the error queue, without the packet (OPT_TSONLY); those of cards with it, since
 * the kernel tells the interface of a stamp with a packet alone (OPT_CMSG).
 */
#include "control/timestamping.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
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
/* Between card and kernel lie a queue, an interrupt and perhaps a busy core. */
#define CARD_LAG_NS     20000000
#define CARD_SLACK_NS   20000

int timestamping_enable(int fd, bool cards)
{
	int flags = SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE |
		    SOF_TIMESTAMPING_TX_SOFTWARE;
	int on = 1;

	if (cards) {
		flags |= SOF_TIMESTAMPING_RAW_HARDWARE | SOF_TIMESTAMPING_RX_HARDWARE |
			 SOF_TIMESTAMPING_TX_HARDWARE | SOF_TIMESTAMPING_OPT_TX_SWHW |
			 SOF_TIMESTAMPING_OPT_PKTINFO | SOF_TIMESTAMPING_OPT_CMSG;
		/* One of the two is not this socket's. */
		(void)setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on));
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on));
	} else {
		flags |= SOF_TIMESTAMPING_OPT_TSONLY;
	}
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
	ret = timestamping_enable(fd, false);
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

/* A card's stamp in RAW, if it can be true; kernel_ns is the kernel's stamp in RAW, 0: none. */
static bool card_convert(const struct timestamping_stamps *stamps,
	const struct timestamping_event *event, uint64_t kernel_ns, uint64_t *ret_raw_ns)
{
	const struct timestamping_card_stamp stamp = {
		stamps->card_ns, stamps->ifindex, event->sent};
	uint64_t raw_ns;
	uint32_t error_ns;
	int64_t slack, lag;

	if (!event->cards || !stamps->card_ns ||
		!event->cards->to_raw(event->cards->arg, &stamp, &raw_ns, &error_ns))
		return false;
	slack = (int64_t)error_ns + CARD_SLACK_NS;
	if ((int64_t)(raw_ns - event->before->raw_ns) < -slack ||
		(int64_t)(event->after->raw_ns - raw_ns) < -slack)
		return false;
	/* How long the packet was on its way between the two. */
	lag = (int64_t)(event->sent ? raw_ns - kernel_ns : kernel_ns - raw_ns);
	if (kernel_ns && (lag < -slack || lag > CARD_LAG_NS))
		return false;
	if ((int64_t)(raw_ns - event->before->raw_ns) < 0)
		raw_ns = event->before->raw_ns;
	*ret_raw_ns = (int64_t)(event->after->raw_ns - raw_ns) < 0 ? event->after->raw_ns : raw_ns;
	return true;
}

enum stamp timestamping_best(const struct timestamping_stamps *stamps,
	const struct timestamping_event *event, uint64_t *ret_raw_ns)
{
	uint64_t kernel_ns = 0;
	bool kernel = stamps->real_ns && timestamping_convert(stamps->real_ns, event->before,
						 event->after, &kernel_ns);

	if (card_convert(stamps, event, kernel_ns, ret_raw_ns))
		return STAMP_HARDWARE;
	if (!kernel)
		return STAMP_CLOCK;
	*ret_raw_ns = kernel_ns;
	return STAMP_KERNEL;
}

/* What one control message tells. The interface of a stamp is told in several ways. */
static void take_message(struct cmsghdr *c, struct timestamping_stamps *stamps)
{
	struct scm_timestamping times;
	struct scm_ts_pktinfo stamped;
	struct in_pktinfo ipv4;
	struct in6_pktinfo ipv6;
	uint32_t ifindex = 0;

	if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPING &&
		c->cmsg_len >= CMSG_LEN(sizeof(times))) {
		memcpy(&times, CMSG_DATA(c), sizeof(times));
		if (timespec_ns(&times.ts[0]))
			stamps->real_ns = timespec_ns(&times.ts[0]);
		if (timespec_ns(&times.ts[2]))
			stamps->card_ns = (uint64_t)timespec_ns(&times.ts[2]);
	} else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPING_PKTINFO &&
		   c->cmsg_len >= CMSG_LEN(sizeof(stamped))) {
		memcpy(&stamped, CMSG_DATA(c), sizeof(stamped));
		ifindex = stamped.if_index;
	} else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO &&
		   c->cmsg_len >= CMSG_LEN(sizeof(ipv4)) && !stamps->ifindex) {
		memcpy(&ipv4, CMSG_DATA(c), sizeof(ipv4));
		ifindex = (uint32_t)ipv4.ipi_ifindex;
	} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO &&
		   c->cmsg_len >= CMSG_LEN(sizeof(ipv6)) && !stamps->ifindex) {
		memcpy(&ipv6, CMSG_DATA(c), sizeof(ipv6));
		ifindex = ipv6.ipi6_ifindex;
	}
	if (ifindex)
		stamps->ifindex = ifindex;
}

static void find_stamps(struct msghdr *message, struct timestamping_stamps *stamps)
{
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c))
		take_message(c, stamps);
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
	memset(&datagram->stamps, 0, sizeof(datagram->stamps));
	find_stamps(&message, &datagram->stamps);
	return 0;
}

bool timestamping_sent(int fd, bool cards, struct timestamping_stamps *stamps)
{
	char control[512] __attribute__((aligned(8)));
	char first; /* octet of a packet: the kernel gives none, a simulator may */
	bool found = false;
	int i;

	for (i = 0; i < ERROR_QUEUE_MAX && (cards || !found); i++) {
		struct iovec vector = {&first, sizeof(first)};
		struct msghdr message = {
			.msg_iov = &vector,
			.msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof(control),
		};

		if (recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
			break;
		find_stamps(&message, stamps);
		found = stamps->real_ns || stamps->card_ns;
	}
	return found;
}
