// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any message about an address makes the whole list be read again: changes are rare, a list of
 * some hundred addresses takes a millisecond, and no bookkeeping can go wrong.
 */
#include "control/addresses.h"

#include "control/address_message.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Seeds that are tried before a table that should fit is given up; each fails with a chance far
 * below one in a hundred at LOCALADDR_MAX. */
#define SEEDS_MAX 64
/* A dump that the kernel says was interrupted by a change is begun again so often; the change is
 * told as an event, too. */
#define DUMPS_MAX 8

struct addresses {
	struct state *state;
	struct mnl_socket *dump; /* NULL: not open */
	struct mnl_socket *events;
	struct config_address *serve;
	size_t serve_count;
	struct config_answered_list answered;
	struct localaddr_entry *list; /* what the next table holds */
	size_t list_count;
	size_t list_size;
	bool overflow; /* the list does not hold them all */
};

static void list_add(
	struct addresses *addresses, struct localaddr address, enum localaddr_kind kind)
{
	if (addresses->list_count >= LOCALADDR_MAX) {
		addresses->overflow = true;
		return;
	}
	addresses->list[addresses->list_count++] = (struct localaddr_entry){address, kind};
}

static struct localaddr address_of(int family, const void *bytes)
{
	be32 ipv4;
	be64 ipv6[2];

	if (family == AF_INET) {
		memcpy(&ipv4, bytes, sizeof(ipv4));
		return localaddr_ipv4(ipv4);
	}
	memcpy(ipv6, bytes, sizeof(ipv6));
	return localaddr_ipv6(ipv6[0], ipv6[1]);
}

/* A loopback address, which no frame carries, only where the socket is to be silent to it. */
static void add_own(struct addresses *addresses, int family, uint32_t ifindex, const uint8_t *bytes)
{
	char name[IF_NAMESIZE] = "";
	const struct config_own_address own = {family, bytes, name};
	bool answered;

	if_indextoname(ifindex, name);
	answered = config_answered_is(&addresses->answered, &own);
	if (!answered || !config_prefix_is_loopback(family, bytes))
		list_add(addresses, address_of(family, bytes),
			answered ? LOCALADDR_OWN : LOCALADDR_IGNORED);
}

/* One RTM_NEWADDR of the dump. */
static int take_address(const struct nlmsghdr *message, void *arg)
{
	struct addresses *addresses = arg;
	struct address_message own;

	if (!address_message_read(message, &own) || own.flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED))
		return MNL_CB_OK;
	add_own(addresses, own.family, own.ifindex, own.local);
	if (own.broadcast)
		list_add(addresses, address_of(AF_INET, own.broadcast), LOCALADDR_BROADCAST);
	return MNL_CB_OK;
}

static int parse_link(const struct nlattr *attribute, void *arg)
{
	const struct nlattr **mac = arg;

	if (mnl_attr_get_type(attribute) == IFLA_ADDRESS &&
		mnl_attr_get_payload_len(attribute) == FRAME_MAC_SIZE)
		*mac = attribute;
	return MNL_CB_OK;
}

/* One RTM_NEWLINK: the program compares with the MAC address in the interface table. */
static int take_link(const struct nlmsghdr *message, void *arg)
{
	const struct ifinfomsg *header = mnl_nlmsg_get_payload(message);
	struct addresses *addresses = arg;
	const struct nlattr *mac = NULL;
	int slot;

	mnl_attr_parse(message, sizeof(*header), parse_link, &mac);
	for (slot = 0; mac != NULL && slot < CONFIG_INTERFACES; slot++) {
		struct interface *interface = &addresses->state->interfaces->entry[slot];

		if (interface->ifindex == (uint32_t)header->ifi_index)
			memcpy(interface->mac, mnl_attr_get_payload(mac), FRAME_MAC_SIZE);
	}
	return MNL_CB_OK;
}

static struct mnl_socket *open_socket(unsigned int groups, int flags)
{
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | flags);

	if (socket != NULL && mnl_socket_bind(socket, groups, MNL_SOCKET_AUTOPID) < 0) {
		mnl_socket_close(socket);
		return NULL;
	}
	return socket;
}

static int dump(struct addresses *addresses, uint16_t type, mnl_cb_t take)
{
	char buffer[16384];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct rtgenmsg *family;
	unsigned int port = mnl_socket_get_portid(addresses->dump);
	ssize_t length;
	int more;

	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	message->nlmsg_seq = 1;
	family = mnl_nlmsg_put_extra_header(
		message, type == RTM_GETLINK ? sizeof(struct ifinfomsg) : sizeof(struct ifaddrmsg));
	family->rtgen_family = AF_UNSPEC;
	if (mnl_socket_sendto(addresses->dump, message, message->nlmsg_len) < 0)
		return -errno;
	do {
		length = mnl_socket_recvfrom(addresses->dump, buffer, sizeof(buffer));
		if (length < 0)
			return -errno;
		more = mnl_cb_run(buffer, length, 1, port, take, addresses);
	} while (more > MNL_CB_STOP);
	return more < 0 ? -errno : 0;
}

/* The whole list under one seed; false: not everything has a slot. */
static bool fill_set(const struct addresses *addresses, struct localaddr_set *set, uint64_t seed)
{
	size_t i;

	memset(set, 0, sizeof(*set));
	set->seed = seed;
	for (i = 0; i < addresses->list_count; i++)
		if (!localaddr_set_add(set, addresses->list[i].address,
			    (enum localaddr_kind)addresses->list[i].kind))
			return false;
	return true;
}

/* Fills the set that is not current, with a seed under which everything has a slot, and turns. */
static int publish(struct addresses *addresses)
{
	struct localaddr_table *table = addresses->state->addresses;
	uint64_t other = !(table->current & 1);
	struct timespec now;
	uint64_t seed;
	int attempt;

	clock_gettime(CLOCK_MONOTONIC, &now);
	seed = (uint64_t)now.tv_nsec << 32 ^ (uint64_t)now.tv_sec ^ (uintptr_t)addresses;
	for (attempt = 0; attempt < SEEDS_MAX; attempt++) {
		seed += 0x9e3779b97f4a7c15ULL;
		if (fill_set(addresses, &table->set[other], seed)) {
			compiler_store_release(table->current, table->current + 1);
			return 0;
		}
	}
	return -ENOSPC;
}

static int read_all(struct addresses *addresses)
{
	size_t i;
	int error;

	addresses->list_count = 0;
	addresses->overflow = false;
	for (i = 0; i < addresses->serve_count; i++)
		list_add(addresses,
			address_of(addresses->serve[i].family, addresses->serve[i].bytes),
			LOCALADDR_OWN);
	if (addresses->dump == NULL)
		addresses->dump = open_socket(0, 0);
	if (addresses->dump == NULL)
		return -errno;
	error = dump(addresses, RTM_GETADDR, take_address);
	if (!error)
		error = dump(addresses, RTM_GETLINK, take_link);
	if (error) {
		/* With the rest of the dump, for which the kernel would refuse the next (EBUSY). */
		mnl_socket_close(addresses->dump);
		addresses->dump = NULL;
	}
	return error;
}

static int refresh(struct addresses *addresses)
{
	int tries = DUMPS_MAX, error;

	do {
		error = read_all(addresses);
	} while (error == -EINTR && --tries > 0);
	return error ? error : publish(addresses);
}

int addresses_set(struct addresses *addresses, const struct config *config)
{
	struct config_address *copy = calloc(config->serve_count + 1, sizeof(*copy));

	if (copy == NULL)
		return -ENOMEM;
	if (config->serve_count > 0)
		memcpy(copy, config->serve, config->serve_count * sizeof(*copy));
	free(addresses->serve);
	addresses->serve = copy;
	addresses->serve_count = config->serve_count;
	addresses->answered = config->answered;
	return refresh(addresses);
}

struct addresses *addresses_new(struct state *state, const struct config *config)
{
	struct addresses *addresses = calloc(1, sizeof(*addresses));
	int error = -ENOMEM;

	if (addresses == NULL)
		return NULL;
	addresses->state = state;
	addresses->list = calloc(LOCALADDR_MAX, sizeof(*addresses->list));
	if (addresses->list == NULL)
		goto out;
	/* Events first: what changes during the dump is told afterwards. */
	addresses->events =
		open_socket(RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_LINK, SOCK_NONBLOCK);
	error = -errno;
	if (addresses->events == NULL)
		goto out;
	error = addresses_set(addresses, config);
out:
	if (error) {
		addresses_free(addresses);
		errno = -error;
		return NULL;
	}
	return addresses;
}

void addresses_free(struct addresses *addresses)
{
	if (addresses == NULL)
		return;
	if (addresses->events != NULL)
		mnl_socket_close(addresses->events);
	if (addresses->dump != NULL)
		mnl_socket_close(addresses->dump);
	free(addresses->serve);
	free(addresses->list);
	free(addresses);
}

int addresses_descriptor(const struct addresses *addresses)
{
	return mnl_socket_get_fd(addresses->events);
}

int addresses_handle(struct addresses *addresses)
{
	char buffer[16384];
	ssize_t length;

	/* What the messages say does not matter, nor that some were lost (ENOBUFS). */
	do {
		length = mnl_socket_recvfrom(addresses->events, buffer, sizeof(buffer));
	} while (length >= 0 || errno == ENOBUFS || errno == EINTR);
	if (errno != EAGAIN && errno != EWOULDBLOCK)
		return -errno;
	return refresh(addresses);
}

bool addresses_complete(const struct addresses *addresses)
{
	return !addresses->overflow;
}

size_t addresses_count(const struct addresses *addresses)
{
	size_t count = 0, i;

	for (i = 0; i < addresses->list_count; i++)
		count += addresses->list[i].kind == LOCALADDR_OWN;
	return count;
}

bool addresses_own(const struct addresses *addresses, int family, const void *bytes)
{
	return localaddr_is_own(
		localaddr_find(addresses->state->addresses, address_of(family, bytes)));
}
