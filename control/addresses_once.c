/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The addresses of this host, read once; see addresses_once.h. What does not fit the table is
 * left out: without a data plane it only serves to recognise ourselves.
 */
#include "control/addresses_once.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define INTERFACES_MAX 256

static void add(struct localaddr_set *set, int family, const void *bytes, enum localaddr_kind kind)
{
	be32 ipv4;
	be64 ipv6[2];

	if (family == AF_INET) {
		memcpy(&ipv4, bytes, sizeof(ipv4));
		localaddr_set_add(set, localaddr_ipv4(ipv4), kind);
	} else {
		memcpy(ipv6, bytes, sizeof(ipv6));
		localaddr_set_add(set, localaddr_ipv6(ipv6[0], ipv6[1]), kind);
	}
}

/* A loopback address only where it is not answered, as in addresses.c. */
static void add_own(struct localaddr_set *set, const struct config_answered_list *answered,
	const struct config_own_address *own, bool loopback)
{
	if (!config_answered_is(answered, own))
		add(set, own->family, own->bytes, LOCALADDR_IGNORED);
	else if (!loopback)
		add(set, own->family, own->bytes, LOCALADDR_OWN);
}

static int add_ipv4(struct localaddr_set *set, const struct config_answered_list *answered)
{
	struct ifreq *list = calloc(INTERFACES_MAX, sizeof(*list));
	struct ifconf all = {.ifc_len = (int)(INTERFACES_MAX * sizeof(*list))};
	int err = 0, fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	all.ifc_req = list;
	if (!list)
		err = -ENOMEM;
	else if (fd < 0 || ioctl(fd, SIOCGIFCONF, &all))
		err = -errno;
	for (size_t i = 0; !err && i < (size_t)all.ifc_len / sizeof(*list); i++) {
		struct sockaddr_in address;
		const struct config_own_address own = {
			AF_INET, (const uint8_t *)&address.sin_addr, list[i].ifr_name};

		memcpy(&address, &list[i].ifr_addr, sizeof(address));
		if (address.sin_family == AF_INET)
			add_own(set, answered, &own, own.bytes[0] == 127);
	}
	if (fd >= 0)
		close(fd);
	free(list);
	return err;
}

/* Lines "ADDRESS INDEX PREFIX SCOPE FLAGS NAME", ADDRESS as 32 hexadecimal digits. */
static void add_ipv6(struct localaddr_set *set, const struct config_answered_list *answered)
{
	FILE *file = fopen("/proc/net/if_inet6", "re");
	char line[128];

	while (file && fgets(line, sizeof(line), file)) {
		struct in6_addr address;
		char name[16] = "";
		const struct config_own_address own = {AF_INET6, address.s6_addr, name};
		int digits = 0;
		unsigned int byte;

		while (digits < 16 && sscanf(line + 2 * digits, "%2x", &byte) == 1)
			address.s6_addr[digits++] = (uint8_t)byte;
		sscanf(line, "%*s %*s %*s %*s %*s %15s", name);
		if (digits == 16)
			add_own(set, answered, &own, IN6_IS_ADDR_LOOPBACK(&address));
	}
	if (file)
		fclose(file);
}

int addresses_once(struct localaddr_table *table, const struct config *config)
{
	uint64_t other = !(table->current & 1);
	struct localaddr_set *set = &table->set[other];
	int err;

	memset(set, 0, sizeof(*set));
	for (size_t i = 0; i < config->serve_count; i++)
		add(set, config->serve[i].family, config->serve[i].bytes, LOCALADDR_OWN);
	err = add_ipv4(set, &config->answered);
	if (err)
		return err;
	add_ipv6(set, &config->answered);
	compiler_store_release(table->current, table->current + 1);
	return 0;
}
