// SPDX-License-Identifier: GPL-2.0-or-later
/* See bench_target.h. */
#include "control/cli/bench_target.h"

#include "control/cli/neighbour.h"
#include "control/cli/session.h"
#include "control/ethtool.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <linux/sockios.h>
#include <net/if_arp.h>
#include <string.h>

/* Whom many clients are, unless told: private addresses (RFC 1918; RFC 4193). */
#define MANY4 "10.0.0.0"
#define MANY6 "fd4e:7471::1"

static const void *octets_of(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET6)
		return &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
	return &((const struct sockaddr_in *)(const void *)address)->sin_addr;
}

static bool same_network(int family, const void *a, const void *b, const void *mask)
{
	const uint8_t *left = a, *right = b, *bits = mask;

	for (size_t i = 0; i < (family == AF_INET6 ? 16U : 4U); i++) {
		if ((left[i] ^ right[i]) & bits[i])
			return false;
	}
	return true;
}

bool bench_target_private(int family, const void *address)
{
	static const struct {
		uint8_t octets[2];
		uint8_t mask[2];
	} networks[] = {{{10, 0}, {255, 0}}, {{172, 16}, {255, 240}}, {{192, 168}, {255, 255}},
		{{198, 18}, {255, 254}}, {{100, 64}, {255, 192}}};
	const uint8_t *octets = address;

	if (family == AF_INET6)
		return (octets[0] & 0xfe) == 0xfc;
	for (size_t i = 0; i < sizeof(networks) / sizeof(networks[0]); i++) {
		if ((octets[0] & networks[i].mask[0]) == networks[i].octets[0] &&
			(octets[1] & networks[i].mask[1]) == networks[i].octets[1])
			return true;
	}
	return false;
}

/* The interface's own address on the network that `address` is on; NULL: it is on none. */
static const struct sockaddr *own_beside(
	const struct ifaddrs *list, const char *interface, const struct sockaddr_storage *address)
{
	const void *wanted = octets_of((const struct sockaddr *)address);

	for (; list != NULL; list = list->ifa_next) {
		if (list->ifa_addr != NULL && list->ifa_netmask != NULL &&
			list->ifa_addr->sa_family == address->ss_family &&
			strcmp(list->ifa_name, interface) == 0 &&
			same_network(address->ss_family, octets_of(list->ifa_addr), wanted,
				octets_of(list->ifa_netmask)))
			return list->ifa_addr;
	}
	return NULL;
}

static int parse_address(const char *text, struct sockaddr_storage *ret_address)
{
	*ret_address = (struct sockaddr_storage){.ss_family = AF_INET};
	if (inet_pton(AF_INET, text, &((struct sockaddr_in *)(void *)ret_address)->sin_addr) == 1)
		return 0;
	ret_address->ss_family = AF_INET6;
	if (inet_pton(AF_INET6, text, &((struct sockaddr_in6 *)(void *)ret_address)->sin6_addr) ==
		1)
		return 0;
	return -EINVAL;
}

static bool parse_mac(const char *text, uint8_t ret_mac[6])
{
	unsigned int octets[6];
	char more;

	if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%c", &octets[0], &octets[1], &octets[2],
		    &octets[3], &octets[4], &octets[5], &more) != 6)
		return false;
	for (int i = 0; i < 6; i++)
		ret_mac[i] = (uint8_t)octets[i];
	return true;
}

/* Our own end. An exit status. */
static int find_interface(const struct options *options, struct bench_target *target)
{
	struct ifreq request = {0};
	int error;

	if (options->interface == NULL) {
		session_error("bench: --interface is missing: out of which one to send");
		return EXIT_USAGE;
	}
	target->ifindex = if_nametoindex(options->interface);
	error = target->ifindex != 0
			? ethtool_interface(options->interface, SIOCGIFHWADDR, &request)
			: -ENODEV;
	if (error)
		return session_error("bench: interface %s: %s; 'ip -br link' lists them",
			options->interface, strerror(-error));
	if (request.ifr_hwaddr.sa_family != ARPHRD_ETHER)
		return session_error(
			"bench: interface %s: is no Ethernet; nothing is sent", options->interface);
	memcpy(target->link.client_mac, request.ifr_hwaddr.sa_data, 6);
	return EXIT_GOOD;
}

/* The server's MAC address. An exit status. */
static int find_mac(const struct options *options, const struct sockaddr_storage *server,
	bool attached, struct bench_target *target)
{
	int error;

	if (options->mac != NULL) {
		if (parse_mac(options->mac, target->link.server_mac))
			return EXIT_GOOD;
		session_error("bench: --mac: \"%s\" is none; write for example 02:00:5e:10:00:01",
			options->mac);
		return EXIT_USAGE;
	}
	if (!attached)
		return session_error("bench: %s is not on a network that %s is on: a load goes no "
				     "further than the next cable. Give the interface an address "
				     "there, or --mac of the host that is to get it",
			options->operand, options->interface);
	error = neighbour_find(options->interface, server, target->link.server_mac);
	if (error)
		return session_error("bench: MAC address of %s on %s: %s; is it there, and does it "
				     "answer ping? Or give it with --mac",
			options->operand, options->interface, strerror(-error));
	return EXIT_GOOD;
}

/* Address `index` after the first client's, as the generator counts. */
static struct sockaddr_storage client_address(const struct sockaddr_storage *first, uint32_t index)
{
	struct sockaddr_storage address = *first;
	struct sockaddr_in *four = (void *)&address;
	struct sockaddr_in6 *six = (void *)&address;
	uint32_t word;

	if (address.ss_family == AF_INET) {
		four->sin_addr.s_addr = htonl(ntohl(four->sin_addr.s_addr) + index);
		return address;
	}
	memcpy(&word, &six->sin6_addr.s6_addr[4], sizeof(word));
	word = htonl(ntohl(word) + index);
	memcpy(&six->sin6_addr.s6_addr[4], &word, sizeof(word));
	return address;
}

static bool may_ask_as(
	const struct sockaddr_storage *client, const struct ifaddrs *list, const char *interface)
{
	return bench_target_private(
		       client->ss_family, octets_of((const struct sockaddr *)client)) ||
	       own_beside(list, interface, client) != NULL;
}

/* In whose name. An exit status. */
static int find_source(const struct options *options, const struct ifaddrs *list,
	const struct sockaddr *own, struct bench_target *target)
{
	int family = target->family == 6 ? AF_INET6 : AF_INET;
	struct sockaddr_storage source, last;
	const void *octets;

	if (options->source == NULL && options->clients == 1 && own != NULL) {
		memcpy(&source, own,
			family == AF_INET6 ? sizeof(struct sockaddr_in6)
					   : sizeof(struct sockaddr_in));
	} else if (parse_address(options->source      ? options->source
				 : family == AF_INET6 ? MANY6
						      : MANY4,
			   &source) != 0 ||
		   source.ss_family != family) {
		session_error("bench: --source: \"%s\" is no IPv%d address", options->source,
			target->family);
		return EXIT_USAGE;
	}
	last = client_address(&source, (uint32_t)options->clients - 1);
	if (!may_ask_as(&source, list, options->interface) ||
		!may_ask_as(&last, list, options->interface))
		return session_error("bench: %ld client(s) from %s on: replies would go to "
				     "whoever has these addresses; take --source in the network "
				     "of %s, or private addresses",
			options->clients, options->source, options->interface);
	octets = octets_of((const struct sockaddr *)&source);
	if (family == AF_INET6)
		memcpy(&target->source6, octets, sizeof(target->source6));
	else
		memcpy(&target->source4, octets, sizeof(target->source4));
	return EXIT_GOOD;
}

int bench_target_find(const struct options *options, struct bench_target *ret_target)
{
	struct bench_target target = {.link.port = (uint16_t)options->port};
	struct sockaddr_storage server;
	const struct sockaddr *own;
	struct ifaddrs *list = NULL;
	int status = find_interface(options, &target);

	if (status != EXIT_GOOD)
		return status;
	if (parse_address(options->operand, &server) != 0) {
		session_error(
			"bench: \"%s\" is no address; names are not looked up", options->operand);
		return EXIT_USAGE;
	}
	target.family = server.ss_family == AF_INET6 ? 6 : 4;
	if (target.family == 6)
		memcpy(&target.server6, octets_of((struct sockaddr *)&server), 16);
	else
		memcpy(&target.server4, octets_of((struct sockaddr *)&server), 4);
	if (getifaddrs(&list) != 0)
		return session_error("bench: addresses of this host: %s", strerror(errno));
	own = own_beside(list, options->interface, &server);
	status = find_mac(options, &server, own != NULL, &target);
	if (status == EXIT_GOOD)
		status = find_source(options, list, own, &target);
	freeifaddrs(list);
	if (status == EXIT_GOOD)
		*ret_target = target;
	return status;
}
