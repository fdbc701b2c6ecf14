// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Prints the client table of a running ntpxdp: one line for each client with its address, its
 * requests and how many of them were over the limit. For the network tests: client_table PINDIR.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "dataplane/state/clients.h"

static bool print_client(void *arg, const struct client *client)
{
	char text[INET6_ADDRSTRLEN];

	(void)arg;
	inet_ntop(client->family == FRAME_IPV4 ? AF_INET : AF_INET6, client->address, text,
		sizeof(text));
	printf("%s %llu %llu\n", text, (unsigned long long)client->requests,
		(unsigned long long)client->limited);
	return true;
}

int main(int argc, char **argv)
{
	struct state_failure failure;
	struct state *state;
	struct timespec now;
	int error;

	if (argc != 2) {
		fprintf(stderr, "usage: %s PINDIR\n", argv[0]);
		return 2;
	}
	error = state_open(argv[1], &state, &failure);
	if (error) {
		fprintf(stderr, "%s %s: %s\n", failure.doing, failure.object, strerror(-error));
		return 1;
	}
	clock_gettime(CLOCK_MONOTONIC, &now);
	clients_visit(state, (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec,
		print_client, NULL);
	state_close(state);
	return 0;
}
