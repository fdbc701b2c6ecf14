// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The steps of respond() that a client's rule and its rate decide.
 */
#ifndef CORE_RESPOND_LIMITS_H
#define CORE_RESPOND_LIMITS_H

#include "dataplane/core/access.h"
#include "dataplane/core/respond_input.h"
#include "dataplane/core/respond_keys.h"
#include "dataplane/core/visit.h"

/* Which set of the client table the caller has to fetch. */
CORE_INLINE uint32_t respond_client_set(uint64_t client, const struct settings *settings)
{
	return clients_set_of(client, settings->limit.sets_log2);
}

/* What the rules say of this client, as ACCESS_* flags. */
CORE_INLINE uint32_t respond_access(const struct respond_input *in)
{
	if (!(in->features & FEATURE_ACCESS))
		return in->settings->access_default;
	return access_flags(
		in->rule, be_load(in->layers.udp->source_port).raw == be16_of(NTP_PORT).raw);
}

/*
 * The verdict on a client's request, unless its rule refuses it. That holds for what is passed up,
 * too: with `mirror` it is another server that reads there. ret_access is set for SERVED.
 */
CORE_INLINE enum verdict respond_by_rule(
	const struct respond_input *in, enum verdict verdict, uint32_t *ret_access)
{
	if (!(in->features & (FEATURE_ACCESS | FEATURE_CLIENTS)))
		return verdict;
	if (verdict != VERDICT_SERVED && verdict != VERDICT_PASS_LONG &&
		verdict != VERDICT_PASS_INTERLEAVED)
		return verdict;
	*ret_access = respond_access(in);
	if (in->features & FEATURE_ACCESS &&
		access_refuses(*ret_access, ntp_wire_version(in->layers.ntp)))
		return VERDICT_DROP_DENIED;
	return verdict;
}

/* Enters the request in the client table. SERVED also where nothing is limited. */
CORE_INLINE enum verdict respond_within_limit(const struct respond_input *in, uint32_t access)
{
	struct visit visit = {
		.mixed = in->client,
		.now_ns = in->now_ns,
		.flags = access,
		.random = in->random,
		.version = ntp_wire_version(in->layers.ntp),
	};

	if (!(in->features & FEATURE_CLIENTS) || in->clients == NULL)
		return VERDICT_SERVED;
	return visit_verdict(visit_enter(in->clients, &in->settings->limit, &visit));
}

#endif
