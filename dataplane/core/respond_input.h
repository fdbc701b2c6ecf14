// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What respond() is given: the frame and all that the caller fetched for it.
 */
#ifndef CORE_RESPOND_INPUT_H
#define CORE_RESPOND_INPUT_H

#include "dataplane/core/clients.h"
#include "dataplane/core/config.h"
#include "dataplane/core/frame.h"
#include "dataplane/core/localaddr_recent.h"
#include "dataplane/core/timepage.h"

/* All pointers are the caller's and stay valid during the call. */
struct respond_input {
	struct frame_layers layers; /* by respond_parse() */
	const struct interface *interface;
	const struct localaddr_table *addresses;
	struct localaddr_recent *recent; /* the caller's alone; NULL: it keeps none */
	const struct timepage *page;     /* respond() reads it; respond_by_template() does not */
	const struct settings *settings;
	struct client_set *clients; /* FEATURE_CLIENTS: respond_client_set() names it */
	uint64_t client;            /* with it: the client's mixed key */
	uint32_t rule;              /* FEATURE_ACCESS: the leaf that respond_rule() finds */
	uint32_t features;          /* FEATURE_*, constant where the compiler should fold */
	uint32_t random;
	uint64_t now_ns;    /* CLOCK_MONOTONIC, when the request came */
	uint64_t waited_ns; /* from then to the clock reading; 0: now_ns is that reading */
	bool no_route;      /* FEATURE_FIB: the caller's lookup found no way back */
};

#endif
