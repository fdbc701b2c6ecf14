// SPDX-License-Identifier: GPL-2.0-or-later
#include "control/reference_id.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <nettle/md5.h>

static be32 of_ipv6(const uint8_t address[16])
{
	uint8_t digest[MD5_DIGEST_SIZE];
	struct md5_ctx context;
	be32 id;

	md5_init(&context);
	md5_update(&context, 16, address);
	md5_digest(&context, sizeof(digest), digest);
	memcpy(&id, digest, sizeof(id));
	return id;
}

be32 reference_id_of(const struct sockaddr_storage *address)
{
	if (address->ss_family == AF_INET) {
		const struct sockaddr_in *ipv4 = (const struct sockaddr_in *)address;

		return (be32){ipv4->sin_addr.s_addr};
	}
	return of_ipv6(((const struct sockaddr_in6 *)address)->sin6_addr.s6_addr);
}

bool reference_id_own_address(const struct sockaddr_storage *to, struct sockaddr_storage *ret_own)
{
	socklen_t length =
		to->ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
	int fd = socket(to->ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool found;

	if (fd < 0)
		return false;
	*ret_own = (struct sockaddr_storage){.ss_family = AF_UNSPEC};
	found = !connect(fd, (const struct sockaddr *)to, length) &&
		!getsockname(fd, (struct sockaddr *)ret_own, &length);
	close(fd);
	return found;
}

be32 reference_id_towards(const struct sockaddr_storage *address)
{
	struct sockaddr_storage own;

	return reference_id_own_address(address, &own) ? reference_id_of(&own) : (be32){0};
}

static be32 of_entry(struct localaddr address)
{
	uint8_t octets[16];

	/* How localaddr_ipv4() marks and holds an IPv4 address. */
	if (address.high == UINT64_MAX)
		return (be32){(uint32_t)address.low};
	memcpy(octets, &address.high, 8);
	memcpy(octets + 8, &address.low, 8);
	return of_ipv6(octets);
}

size_t reference_id_list(const struct localaddr_table *addresses, be32 ret_list[LOCALADDR_MAX])
{
	const struct localaddr_set *set = &addresses->set[addresses->current & 1];
	size_t count = 0, i;

	for (i = 0; i < LOCALADDR_SLOTS && count < LOCALADDR_MAX; i++)
		if (localaddr_is_own((enum localaddr_kind)set->entry[i].kind))
			ret_list[count++] = of_entry(set->entry[i].address);
	return count;
}
