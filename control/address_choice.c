// SPDX-License-Identifier: GPL-2.0-or-later
#include "control/address_choice.h"

#include <unistd.h>

#include "control/endpoint.h"
#include "dataplane/socket/datagram.h"

void address_choice_avoid(struct address_choice *choice, const struct sockaddr_storage *address)
{
	choice->avoid[choice->next++ % ADDRESS_CHOICE_AVOID_MAX] = *address;
}

static bool avoided(const struct address_choice *choice, const struct sockaddr_storage *address)
{
	unsigned i;

	for (i = 0; i < ADDRESS_CHOICE_AVOID_MAX; i++)
		if (endpoint_same(&choice->avoid[i], address))
			return true;
	return false;
}

/* Does this host have a route there? A socket that sends nothing tells. */
static bool routable(const struct sockaddr_storage *address)
{
	int fd = datagram_socket(address->ss_family);
	bool ret;

	if (fd < 0)
		return false;
	ret = !connect(fd, (const struct sockaddr *)address, endpoint_length(address));
	close(fd);
	return ret;
}

const struct sockaddr_storage *address_choice_best(
	const struct address_choice *choice, const struct address_list *list)
{
	const struct sockaddr_storage *best = NULL;
	int best_rank = -1;
	size_t i;

	for (i = 0; i < list->count; i++) {
		const struct sockaddr_storage *address = &list->address[i];
		int rank;

		if (list->in_use(list->arg, address))
			continue;
		rank = (routable(address) ? 2 : 0) + (avoided(choice, address) ? 0 : 1);
		if (rank > best_rank) {
			best = address;
			best_rank = rank;
		}
	}
	return best;
}
