// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `responder single|batch [PORT]`: the least that answers NTP by a socket, for comparison:
 * mode 4 and the client's transmit time as origin, nothing else of the request looked at. single
 * does one recvfrom() and one sendto() a reply; batch up to 64 with one recvmmsg() and one
 * sendmmsg(). IPv4 and IPv6 by one socket with buffers of 4 MiB. Runs until it is killed, where
 * taskset puts it. Called by scripts/bench.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define BUFFER_BYTES    (4 << 20)
#define BATCH           64
#define NTP_BYTES       48
#define ORIGIN_OFFSET   24
#define TRANSMIT_OFFSET 40

static int open_socket(int port)
{
	const struct sockaddr_in6 address = {
		.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int bytes = BUFFER_BYTES;

	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)) < 0) {
		fprintf(stderr, "responder: UDP port %d: %s\n", port, strerror(errno));
		exit(1);
	}
	return fd;
}

static void answer(uint8_t *packet)
{
	memcpy(packet + ORIGIN_OFFSET, packet + TRANSMIT_OFFSET, 8);
	packet[0] = 0x24; /* no leap, version 4, mode 4 */
	packet[1] = 1;
}

static void serve_single(int fd)
{
	struct sockaddr_in6 client;
	uint8_t packet[NTP_BYTES];

	for (;;) {
		socklen_t size = sizeof(client);
		ssize_t length =
			recvfrom(fd, packet, sizeof(packet), 0, (struct sockaddr *)&client, &size);

		if (length != NTP_BYTES)
			continue;
		answer(packet);
		sendto(fd, packet, sizeof(packet), 0, (const struct sockaddr *)&client, size);
	}
}

static void serve_batch(int fd)
{
	static struct mmsghdr messages[BATCH];
	static struct sockaddr_in6 clients[BATCH];
	static uint8_t packets[BATCH][NTP_BYTES];
	static struct iovec parts[BATCH];

	for (int i = 0; i < BATCH; i++) {
		parts[i] = (struct iovec){packets[i], NTP_BYTES};
		messages[i].msg_hdr.msg_iov = &parts[i];
		messages[i].msg_hdr.msg_iovlen = 1;
		messages[i].msg_hdr.msg_name = &clients[i];
	}
	for (;;) {
		int count, sent = 0;

		for (int i = 0; i < BATCH; i++)
			messages[i].msg_hdr.msg_namelen = sizeof(clients[i]);
		count = recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL);
		for (int i = 0; i < count; i++)
			answer(packets[i]);
		while (sent < count) {
			int done = sendmmsg(fd, messages + sent, (unsigned int)(count - sent), 0);

			/* One that cannot be sent is given up. */
			sent += done > 0 ? done : 1;
		}
	}
}

int main(int argc, char **argv)
{
	int port = argc == 3 ? atoi(argv[2]) : 123;

	if (argc < 2 || argc > 3 || port < 1 || port > 65535) {
		fprintf(stderr, "usage: responder single|batch [PORT]\n");
		return 2;
	}
	if (strcmp(argv[1], "single") == 0)
		serve_single(open_socket(port));
	else if (strcmp(argv[1], "batch") == 0)
		serve_batch(open_socket(port));
	fprintf(stderr, "responder: \"%s\" is neither single nor batch\n", argv[1]);
	return 2;
}
