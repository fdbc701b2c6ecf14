// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The address that a reader of the address table found last to be the host's: nearly all requests
 * of a family go to one, and that one need not be looked up. It is used until the table turns.
 *
 * Each reader, a core or a worker, owns one for each family and alone uses it; zeros: it has found
 * none.
 */
#ifndef CORE_LOCALADDR_RECENT_H
#define CORE_LOCALADDR_RECENT_H

#include "dataplane/core/localaddr.h"

struct localaddr_recent {
	struct localaddr address;
	uint64_t turn; /* the table's `current` when it was found, and one more */
};

/* localaddr_find() for a reader that keeps what it found. recent: NULL: it keeps nothing. */
CORE_INLINE enum localaddr_kind localaddr_recent_find(struct localaddr_recent *recent,
	const struct localaddr_table *table, struct localaddr address)
{
	uint64_t turn = compiler_load_acquire(table->current) + 1;
	enum localaddr_kind kind;

	if (recent != NULL && CORE_LIKELY(recent->turn == turn) &&
		recent->address.low == address.low && recent->address.high == address.high)
		return LOCALADDR_OWN;
	kind = localaddr_find(table, address);
	if (recent != NULL && kind == LOCALADDR_OWN)
		*recent = (struct localaddr_recent){address, turn};
	return kind;
}

#endif
