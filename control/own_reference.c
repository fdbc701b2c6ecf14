// SPDX-License-Identifier: GPL-2.0-or-later
#include "control/own_reference.h"

#include "control/endpoint.h"

struct exchange_served own_reference_served(const struct timepage *page)
{
	const struct timepage_sample *sample = page ? timepage_current(page) : NULL;

	if (!sample || !(sample->flags & TIMEPAGE_SYNCHRONISED))
		return (struct exchange_served){0};
	return (struct exchange_served){
		.reference_ts = be64_of(sample->reference_ts),
		.reference_id = sample->reference_id,
		.stratum = sample->stratum,
	};
}

void own_reference_fill(struct own_reference *self, const struct localaddr_table *addresses,
	const struct sockaddr_storage *server)
{
	self->own = (struct exchange_own){.reference_ids = self->ids};
	if (addresses)
		self->own.count = reference_id_list(addresses, self->ids);
	/* Means this host only where the server is on it, too. */
	if (endpoint_is_loopback(server))
		self->ids[self->own.count++] = reference_id_of(server);
}
